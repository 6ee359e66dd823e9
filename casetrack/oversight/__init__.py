"""Oversight: what must be seen, and by whom."""
