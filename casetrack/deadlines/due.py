"""When an answer is due, the day to aim at, and why.

A period gives a last day; suspended days push it back; only a franc period (the citizen's time
to go to court) rolls over a weekend or a holiday. The town's own promise never does: its working
target is the last working day on or before it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from casetrack.deadlines.calendar import ONE_DAY, Calendar
from casetrack.deadlines.period import Period
from casetrack.deadlines.words import sentence
from casetrack.errors import InvalidInput
from casetrack.language import Text

TWO_MONTHS = Period(months=2)
TWO_MONTHS_FRANC = Period(months=2, franc=True)

REVERSED = Text(
    "La suspension commence le {first} et finit avant, le {again}.",
    "The suspension starts on {first} and ends before, on {again}.",
)
OPEN = Text(
    "La suspension commencée le {first} n'a pas de fin annoncée.",
    "The suspension that began on {first} has no announced end.",
)


@dataclass(frozen=True, slots=True)
class Suspension:
    """Hold a time during which a clock stands still: from `starts_on` until `ends_on`, not included."""

    starts_on: date
    ends_on: date | None

    def __post_init__(self) -> None:
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise InvalidInput(
                sentence(REVERSED, first=self.starts_on, again=self.ends_on),
                code="suspension_reversed",
            )


class Stop(NamedTuple):
    """Hold what one suspension did: its days inside the period, and the last day that follows."""

    starts_on: date
    ends_on: date
    days: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Due:
    """Hold the day that is owed, the working day to aim at, and what they come from."""

    due_on: date
    act_by: date
    period: Period
    start: date
    calendar: Calendar
    suspensions: tuple[Suspension, ...] = ()

    @property
    def explanation(self) -> tuple[Text, ...]:
        """Say how the two dates were found, one sentence a step; worked out only when asked."""
        from casetrack.deadlines.explanation import explain

        return explain(self)


def due(period: Period, start: date, *, calendar: Calendar, suspensions: Sequence[Suspension] = ()) -> Due:
    """Return the day due, its working target and their explanation.

    Suspensions may come in any order and overlap; an open one is refused: close it with its
    announced end.
    """
    last_day = due_on(period, start, calendar, suspensions)
    target = act_by(last_day, start, calendar)
    return Due(last_day, target, period, start, calendar, tuple(suspensions))


def due_on(period: Period, start: date, calendar: Calendar, suspensions: Sequence[Suspension] = ()) -> date:
    """Return the last day of the period that starts on `start`, suspended days added."""
    last_day = unrolled(period, start, calendar, suspensions)
    return calendar.next_working_day(last_day) if period.franc else last_day


def unrolled(period: Period, start: date, calendar: Calendar, suspensions: Sequence[Suspension] = ()) -> date:
    """Return the last day before a franc period rolls over a weekend or a holiday."""
    last_day = period.ends_on(start, calendar)
    if suspensions:
        for stop in stops(period, start, calendar, suspensions):
            last_day = stop.due_on
    return last_day


def act_by(due_on: date, start: date, calendar: Calendar) -> date:
    """Return the last working day on or before `due_on`, or `due_on` if there is none since `start`.

    A target before the letter came would be missed at birth.
    """
    target = calendar.previous_working_day(due_on)
    return target if target >= start else due_on


def stops(
    period: Period, start: date, calendar: Calendar, suspensions: Sequence[Suspension]
) -> Iterator[Stop]:
    """Follow the suspensions of a period in order, each with the last day it leads to.

    Only days inside the running period count, the day of receipt included: one that begins after
    the last day comes too late. A period in working days is pushed back by working days.
    """
    end = period.ends_on(start, calendar)
    for starts_on, ends_on in _union(suspensions):
        starts_on = max(starts_on, start)
        if ends_on <= starts_on:
            continue
        if starts_on > end:
            return
        if period.working_days:
            days = calendar.working_days_between(starts_on - ONE_DAY, ends_on - ONE_DAY, closures=False)
            end = calendar.add_working_days(end, days, closures=False)
        else:
            days = (ends_on - starts_on).days
            end += timedelta(days=days)
        yield Stop(starts_on, ends_on, days, end)


def suspended_days(suspensions: Sequence[Suspension]) -> int:
    """Count the calendar days that at least one suspension covers."""
    return sum((ends_on - starts_on).days for starts_on, ends_on in _union(suspensions))


def implicit_decision_on(
    received_on: date,
    calendar: Calendar,
    *,
    period: Period = TWO_MONTHS,
    suspensions: Sequence[Suspension] = (),
) -> date:
    """Return the last day on which the town may still decide (CRPA, art. L231-1 and L231-4).

    The decision is born when that day is over: record it from `calendar.ends_at(day)`.
    """
    return due_on(period, received_on, calendar, suspensions)


def court_limit(notified_on: date, calendar: Calendar) -> Due:
    """Return the last day to go to court against a decision notified on that day.

    Two months franc, rolled over (CJA, art. R421-1; CE, 19 September 2014, n° 362568).
    """
    return due(TWO_MONTHS_FRANC, notified_on, calendar=calendar)


@dataclass(frozen=True, slots=True)
class Offset:
    """Hold the place of a rung of a ladder: days before or after a date, or the breach itself."""

    days: int = 0
    working: bool = False
    breach: bool = False

    @classmethod
    def parse(cls, text: str) -> "Offset":
        """Read "-10 working days", "+3 days" or "breach"; refuse another text."""
        return _parsed_offset(text)

    def __str__(self) -> str:
        """Write the offset as `parse` reads it."""
        if self.breach:
            return "breach"
        unit = "working day" if self.working else "day"
        return f"{self.days:+} {unit}{'' if abs(self.days) == 1 else 's'}"


def offset(day: date, rung: Offset | str, calendar: Calendar) -> date:
    """Return the day of a rung counted from `day`; working days leave out local closures."""
    rung = Offset.parse(rung) if isinstance(rung, str) else rung
    if rung.breach:
        return day + ONE_DAY
    if rung.working:
        return calendar.add_working_days(day, rung.days, closures=True)
    return day + timedelta(days=rung.days)


def rung_on(due_on: date, act_by: date, rung: Offset | str, calendar: Calendar) -> date:
    """Return the day of a rung: in working days from the target, otherwise from the day due.

    The breach is the day after the day due, even where the target came days before.
    """
    rung = Offset.parse(rung) if isinstance(rung, str) else rung
    return offset(act_by if rung.working else due_on, rung, calendar)


def _union(suspensions: Sequence[Suspension]) -> list[tuple[date, date]]:
    """Merge suspensions that overlap or touch, in order; refuse one that is still open."""
    merged: list[tuple[date, date]] = []
    for suspension in sorted(suspensions, key=lambda s: s.starts_on):
        starts_on, ends_on = suspension.starts_on, suspension.ends_on
        if ends_on is None:
            raise InvalidInput(sentence(OPEN, first=starts_on), code="suspension_open")
        if merged and starts_on <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends_on))
        elif ends_on > starts_on:
            merged.append((starts_on, ends_on))
    return merged


@lru_cache(maxsize=1000)
def _parsed_offset(text: str) -> Offset:
    if text.strip() == "breach":
        return Offset(breach=True)
    if found := re.fullmatch(r"([+-]\d{1,3}) (working )?days?", text.strip()):
        return Offset(days=int(found[1]), working=bool(found[2]))
    raise InvalidInput(
        Text(
            f"«\u00a0{text}\u00a0» n'est pas un moment d'une échelle de rappels\u00a0; écrivez par exemple\u00a0: -10 working days, +3 days, breach.",
            f"“{text}” is not a place on a ladder; write for example: -10 working days, +3 days, breach.",
        ),
        code="unknown_offset",
    )
