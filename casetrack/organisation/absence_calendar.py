"""Who is away when, as a month to look at; and who would be replaced by nobody, with what is due meanwhile.

Three queries, whatever the number of people and of absences.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from casetrack.database.tables import Absence, Case, Staff
from casetrack.deadlines import Calendar
from casetrack.deadlines.words import WEEKDAYS, said_month
from casetrack.engine import Actor, readable
from casetrack.language import Text
from casetrack.organisation.absences import may_note, stands_in

ONE_DAY = timedelta(days=1)
AHEAD = timedelta(days=60)
"""How far a missing replacement is looked for: further, there is time to find one."""
MOST_ROWS = 30
"""People shown in a month when nobody is away; in a larger service only those who are."""


@dataclass(frozen=True, slots=True)
class Day:
    """Hold one column of the month: the day, and why nobody works on it."""

    on: date
    letter: Text
    closed: Text | None
    is_today: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hold days one after the other in a row: away, or there (then a single day)."""

    days: int
    starts_on: date
    ends_on: date
    away: bool
    closed: bool
    replaced_by: str
    is_covered: bool
    """Whether somebody at work stands in on each of these days."""


@dataclass(frozen=True, slots=True)
class Month:
    """Hold a month of a team: its days, and each person with what they do of it."""

    name: Text
    first: date
    before: date
    after: date
    days: tuple[Day, ...]
    rows: tuple[tuple[str, tuple[Stretch, ...]], ...]
    only_away: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """Hold an absence that lasts or comes, and the days on which nobody stands in."""

    absence: Absence
    staff: Staff
    replaced_by: Staff | None
    may_change: bool
    uncovered: tuple[date, date] | None
    """First and last day without anybody, within the next sixty days."""
    due: int
    """Open cases of theirs whose answer is due meanwhile, of those that the reader may read."""


@dataclass(frozen=True, slots=True)
class Absences:
    """Hold what the page of absences shows."""

    month: Month
    coming: tuple[Coming, ...]


Known = tuple[Absence, Staff, Staff | None]
Absent = dict[date, dict[int, int | None]]
"""Day → who is away → who was named to stand in."""


def page(
    session: Session, actor: Actor, team: Iterable[Staff], *, month: date, today: date, calendar: Calendar
) -> Absences:
    """Return the month and the coming absences of `team`, as `actor` may see them, in two queries."""
    first = month.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - ONE_DAY
    other = aliased(Staff)
    shown_days = and_(Absence.starts_on <= last, Absence.ends_on >= first)
    # The whole town's: whoever stands in may be of another service, and away too.
    known: list[Known] = [
        tuple(row)
        for row in session.execute(
            select(Absence, Staff, other)
            .join(Staff, Staff.id == Absence.staff_id)
            .outerjoin(other, other.id == Absence.replaced_by_id)
            .where(or_(shown_days, Absence.ends_on >= today))
            .order_by(Absence.starts_on, Staff.family_name, Absence.id)
        )
    ]
    members = {staff.id: staff for staff in team}
    mine = [row for row in known if row[1].id in members]
    absent = _absent(known, min(first, today), max(last, today + AHEAD))
    holes = {row[0].id: _uncovered(row, absent, today) for row in mine if row[0].ends_on >= today}
    due = _due(session, actor, [row for row in mine if holes.get(row[0].id)])
    return Absences(
        month=_month(members, mine, absent, first, last, today, calendar),
        coming=tuple(
            Coming(
                absence, staff, stand_in, may_note(actor, staff), holes[absence.id], due.get(absence.id, 0)
            )
            for absence, staff, stand_in in mine
            if absence.id in holes
        ),
    )


def _due(session: Session, actor: Actor, rows: list[Known]) -> dict[int, int]:
    if not rows:
        return {}
    meanwhile = and_(
        Case.officer_id == Absence.staff_id, Case.due_on >= Absence.starts_on, Case.due_on <= Absence.ends_on
    )
    query = (
        select(Absence.id, func.count())
        .join(Case, meanwhile)
        .where(
            Absence.id.in_([absence.id for absence, *_ in rows]),
            Case.closed_seq.is_(None),
            Case.answered_on.is_(None),
            readable(actor),
        )
    )
    return dict(session.execute(query.group_by(Absence.id)).all())


def _absent(known: list[Known], first: date, last: date) -> Absent:
    """Return who is away on each day, with who was named and has an account still."""
    found: Absent = {}
    for absence, _staff, stand_in in known:
        named = stand_in.id if stand_in and stand_in.is_active else None
        for day in _days(max(absence.starts_on, first), min(absence.ends_on, last)):
            found.setdefault(day, {})[absence.staff_id] = named
    return found


def _uncovered(row: Known, absent: Absent, today: date) -> tuple[date, date] | None:
    absence, *_ = row
    days = _days(max(absence.starts_on, today), min(absence.ends_on, today + AHEAD))
    alone = [day for day in days if stands_in(absent[day], absence.staff_id) is None]
    return (alone[0], alone[-1]) if alone else None


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


# ---- The month -----------------------------------------------------------------------------------


def _month(
    members: dict[int, Staff],
    mine: list[Known],
    absent: Absent,
    first: date,
    last: date,
    today: date,
    calendar: Calendar,
) -> Month:
    days = _days(first, last)
    closed = {day: calendar.why_not_working(day, closures=True) for day in days}
    away: dict[int, list[Known]] = {}
    for row in mine:
        if row[0].starts_on <= last and row[0].ends_on >= first:
            away.setdefault(row[1].id, []).append(row)
    only_away = len(members) > MOST_ROWS
    shown = [staff for key, staff in members.items() if not only_away or key in away]
    return Month(
        name=said_month(first),
        first=first,
        before=(first - ONE_DAY).replace(day=1),
        after=last + ONE_DAY,
        days=tuple(Day(day, _letter(day), closed[day], is_today=day == today) for day in days),
        rows=tuple(
            (staff.name, tuple(_stretches(days, closed, away.get(staff.id, []), absent))) for staff in shown
        ),
        only_away=only_away,
    )


def _letter(day: date) -> Text:
    weekday = WEEKDAYS[day.weekday()]
    return Text(weekday.fr[:1].upper(), weekday.en[:1])


def _stretches(
    days: list[date], closed: dict[date, Text | None], away: list[Known], absent: Absent
) -> Iterable[Stretch]:
    position = 0
    while position < len(days):
        day = days[position]
        row = next((row for row in away if row[0].starts_on <= day <= row[0].ends_on), None)
        if row is None:
            yield Stretch(1, day, day, away=False, closed=bool(closed[day]), replaced_by="", is_covered=True)
            position += 1
            continue
        absence, _staff, stand_in = row
        end = min(absence.ends_on, days[-1])
        covered = all(stands_in(absent[one], absence.staff_id) is not None for one in _days(day, end))
        length = (end - day).days + 1
        yield Stretch(
            length,
            absence.starts_on,
            absence.ends_on,
            away=True,
            closed=False,
            replaced_by=stand_in.name if stand_in else "",
            is_covered=covered,
        )
        position += length
