"""Casetrack: every letter answered, and every date explained."""
