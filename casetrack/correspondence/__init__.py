"""Correspondence: what comes in, what goes out, and who writes."""
