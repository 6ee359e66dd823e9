"""The only place that reads the time; everything else receives an instant or a date."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant, aware, in UTC, to the second.

    Seconds are enough for letters, and the journal reads better without fractions.
    """
    return datetime.now(UTC).replace(microsecond=0)
