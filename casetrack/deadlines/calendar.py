"""The working days of a town, and the hour at which its days begin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from casetrack.deadlines.holidays import holidays, zone_named
from casetrack.deadlines.words import WEEKDAYS
from casetrack.errors import InvalidInput
from casetrack.language import Text

ONE_DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """Know the holidays, the local closures (day: reason) and the time zone of a town.

    Local closures move the town's own targets, never a legal period: every question about
    working days says whether it counts them.
    """

    zone: str = "metropole"
    timezone: str = "Europe/Paris"
    closures: Mapping[date, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        zone_named(self.zone)
        _time_zone(self.timezone)
        object.__setattr__(self, "closures", MappingProxyType(dict(self.closures)))

    def is_working_day(self, day: date, *, closures: bool) -> bool:
        """Say whether the day is neither at the weekend nor a holiday (nor a local closure)."""
        return (
            day.weekday() < SATURDAY
            and day not in holidays(self.zone, day.year)
            and not (closures and day in self.closures)
        )

    def why_not_working(self, day: date, *, closures: bool) -> Text | None:
        """Name the reason for which nobody works on that day; None on a working day."""
        if day.weekday() >= SATURDAY:
            return WEEKDAYS[day.weekday()]
        if name := holidays(self.zone, day.year).get(day):
            return Text(f"{name.fr}, jour férié", f"{name.en}, public holiday")
        if closures and day in self.closures:
            reason = self.closures[day]
            return Text(f"{reason}, fermeture locale", f"{reason}, local closure")
        return None

    def previous_working_day(self, day: date, *, closures: bool = True) -> date:
        """Return the last working day on or before `day`, local closures left out."""
        while not self.is_working_day(day, closures=closures):
            day -= ONE_DAY
        return day

    def next_working_day(self, day: date, *, closures: bool = False) -> date:
        """Return the first working day on or after `day`; local closures do not move the law."""
        while not self.is_working_day(day, closures=closures):
            day += ONE_DAY
        return day

    def add_working_days(self, day: date, n: int, *, closures: bool) -> date:
        """Return the nth working day after `day` (before it if `n` is negative; itself if 0)."""
        step = ONE_DAY if n > 0 else -ONE_DAY
        for _ in range(abs(n)):
            day += step
            while not self.is_working_day(day, closures=closures):
                day += step
        return day

    def working_days_between(self, start: date, end: date, *, closures: bool) -> int:
        """Count the working days that lead from `start`, not counted, to `end`, counted.

        Negative when `end` comes first, so that it undoes `add_working_days`.
        """
        step = ONE_DAY if end > start else -ONE_DAY
        counted, day = 0, start
        while day != end:
            day += step
            counted += self.is_working_day(day, closures=closures)
        return counted if end > start else -counted

    def starts_at(self, day: date) -> datetime:
        """Return the instant (UTC) of the local midnight at which the day starts."""
        return datetime.combine(day, time.min, _time_zone(self.timezone)).astimezone(UTC)

    def ends_at(self, day: date) -> datetime:
        """Return the instant (UTC) at which the day is over: a date due on it is missed from then."""
        return self.starts_at(day + ONE_DAY)

    def day_of(self, instant: datetime) -> date:
        """Return the local civil date of an instant; refuse one that does not say its time zone."""
        if instant.utcoffset() is None:
            raise InvalidInput(
                Text(
                    f"L'instant {instant} ne dit pas son fuseau horaire.",
                    f"The instant {instant} does not say its time zone.",
                ),
                code="naive_instant",
            )
        return instant.astimezone(_time_zone(self.timezone)).date()


def _time_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as unknown:
        raise InvalidInput(
            Text(
                f"Le fuseau horaire «\u00a0{name}\u00a0» n'existe pas\u00a0: un nom tel que Europe/Paris ou Indian/Reunion est attendu.",
                f"There is no time zone “{name}”: a name such as Europe/Paris or Indian/Reunion is expected.",
            ),
            code="unknown_timezone",
        ) from unknown
