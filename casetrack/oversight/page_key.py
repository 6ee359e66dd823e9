"""The key of a page of a list: the day and the number of its last row, as an address holds them."""

from datetime import date


def read_key(text: str | None) -> tuple[date | None, int]:
    """Return the day and the number of "2026-11-23.42"; (None, 0), the first page, for what means nothing."""
    day, _, number = (text or "").partition(".")
    try:
        return date.fromisoformat(day), int(number[:18])
    except ValueError:
        return None, 0
