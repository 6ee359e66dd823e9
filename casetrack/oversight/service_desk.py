"""What the head of a service looks at in the morning: who carries which letters, what comes, what was escalated.

Three queries whatever the number of cases: the people, the load as one grouped SELECT, the beginning of each list.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    select,
)
from sqlalchemy.orm import Session, aliased

from casetrack.database.tables import Absence, Case, Notification, Service, Staff, StaffRole, Timer
from casetrack.deadlines import Calendar
from casetrack.engine import Actor, readable
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight import notifications, worklists
from casetrack.oversight.dates import THIS_WEEK, briefly
from casetrack.oversight.worklists import Page, is_drafted, owed_to_citizens, stands_still

DAYS = 10
"""Working days shown ahead, today included."""
SHOWN = 10
"""Cases shown in each list of the page."""
NO_SERVICE = Text(
    "Vous ne dirigez pas ce service, ou il n'existe pas.",
    "You do not head this service, or there is no such service.",
)
BARS = (("late", "late"), ("week", "soon"), ("later", "calm"), ("waiting", "wait"))
"""Parts of a bar, in order: group of cases, tone."""


@dataclass(frozen=True, slots=True)
class Load:
    """Hold how many open cases an officer or a service carries, by urgency."""

    key: int | None
    """Number of the officer (None: nobody) or of the service."""
    name: str
    away: Text | None
    late: int
    week: int
    later: int
    waiting: int
    answered: int
    bar: tuple[tuple[str, float, float], ...] = ()
    """Parts of the bar: tone, beginning and width in percent of the heaviest load."""

    @property
    def open(self) -> int:
        """Return all of them."""
        return self.late + self.week + self.later + self.waiting + self.answered


@dataclass(frozen=True, slots=True)
class Away:
    """Hold an absence that lasts or comes within the days shown, and what is due meanwhile."""

    name: str
    starts_on: date
    ends_on: date
    replaced_by: str
    due: int
    """Answers of this person due during the absence, within the days shown."""


@dataclass(frozen=True, slots=True)
class Day:
    """Hold what must leave on a working day, and how many are away."""

    on: date
    words: Text
    count: int
    undrafted: int
    away: int
    bar: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class ServicePage:
    """Hold everything that the page shows."""

    name: str
    service_id: int | None
    above: int | None
    """The service above, when this person heads it too."""
    total: Load
    by_officer: tuple[Load, ...]
    by_service: tuple[Load, ...]
    days: tuple[Day, ...]
    escalated: Page
    unassigned: Page
    to_decide: Page
    """Drafts that wait for this person to endorse or sign."""
    away: tuple[Away, ...]

    @property
    def coming(self) -> int:
        """Return how many answers are promised within the days shown."""
        return sum(day.count for day in self.days)

    @property
    def undrafted(self) -> int:
        """Return how many of them nobody has drafted."""
        return sum(day.undrafted for day in self.days)


def headed(actor: Actor) -> frozenset[int]:
    """Return the services that this person heads, or whose absent head they replace, with those below."""
    return frozenset().union(*(person.heads for person in (actor, *actor.replaces)))


def page(
    session: Session, actor: Actor, *, today: date, calendar: Calendar, service_id: int | None = None
) -> ServicePage:
    """Return the page of one service and those below it, or of all that this person heads.

    Raises NotFound for a service that they do not head.
    """
    mine = headed(actor)
    if not mine or (service_id is not None and service_id not in mine):
        raise NotFound(NO_SERVICE)
    direct = frozenset().union(*(person.heads_directly for person in (actor, *actor.replaces))) & mine
    if service_id is None and len(direct) == 1:
        (service_id,) = direct
    days = _days(calendar, today)
    services, people = _people(session, mine, [service_id] if service_id else sorted(direct), today, days[-1])
    tops = [service_id] if service_id else [key for key, row in services.items() if row.parent_id not in mine]
    if len(tops) == 1:
        service_id = tops[0]
    scope = sorted(frozenset().union(*(_below(services, top) for top in tops)))
    rows = session.execute(_counted(session, actor, scope, today=today, last=days[-1])).all()
    in_scope = and_(Case.service_id.in_(scope), worklists.in_hand(session))
    lists = worklists.urgent_lists(
        session,
        actor,
        {
            "escalated": and_(in_scope, _told(actor)),
            "unassigned": and_(in_scope, Case.officer_id.is_(None)),
            "to_decide": worklists.awaits_hand(session, actor),
        },
        today=today,
        size=SHOWN,
        missed=_missed(actor),
    )
    own = [row for row in rows if row.service_id == service_id]
    here = [person for person in people.values() if service_id in person.services]
    children = [key for key in scope if services[key].parent_id == service_id] if service_id else tops
    return ServicePage(
        name=services[service_id].name if service_id else "",
        service_id=service_id,
        above=services[service_id].parent_id
        if service_id and services[service_id].parent_id in mine
        else None,
        total=_load(None, "", None, rows),
        by_officer=_by_officer(own, here, today) if service_id else (),
        by_service=_by_service(services, children, rows) if children else (),
        days=_by_day(rows, days, today, here),
        away=_away_soon(rows, here, today),
        **lists,
    )


@dataclass(slots=True)
class _Person:
    """Hold what the page reads of somebody who has a role in the service."""

    staff: Staff
    services: set[int]
    is_officer: bool
    absences: dict[int, tuple[Absence, Staff | None]]

    def absence_on(self, day: date) -> tuple[Absence, Staff | None] | None:
        """Return the absence of that day."""
        return next(
            (row for row in self.absences.values() if row[0].starts_on <= day <= row[0].ends_on), None
        )


def _people(
    session: Session, mine: frozenset[int], shown: list[int], today: date, last: date
) -> tuple[dict[int, Service], dict[int, _Person]]:
    """Read the services headed and, of those in `shown`, who has a role there and is away when, in one query."""
    other = aliased(Staff)
    holds = and_(StaffRole.service_id == Service.id, StaffRole.service_id.in_(shown))
    overlaps = and_(Absence.staff_id == Staff.id, Absence.starts_on <= last, Absence.ends_on >= today)
    query = (
        select(Service, Staff, StaffRole.role, Absence, other)
        .outerjoin(StaffRole, holds)
        .outerjoin(Staff, and_(Staff.id == StaffRole.staff_id, Staff.is_active))
        .outerjoin(Absence, overlaps)
        .outerjoin(other, other.id == Absence.replaced_by_id)
        .where(Service.id.in_(mine))
        .order_by(Staff.family_name, Staff.given_name, Staff.id, Absence.starts_on)
    )
    services, people = {}, {}
    for service, staff, role, absence, stand_in in session.execute(query):
        services[service.id] = service
        if staff is None:
            continue
        person = people.setdefault(staff.id, _Person(staff, set(), False, {}))
        person.services.add(service.id)
        person.is_officer |= role == "officer"
        if absence is not None:
            person.absences[absence.id] = (absence, stand_in)
    return services, people


def _counted(session: Session, actor: Actor, scope: list[int], *, today: date, last: date) -> Select:
    """Count the open cases by service, officer, urgency and, for the answers that come soon, day and draft."""
    still = stands_still(today)
    group = case(
        (Case.due_on.is_(None), "later"),
        (Case.answered_on.is_not(None), "answered"),
        (still, "waiting"),
        (Case.due_on < today, "late"),
        (Case.due_on <= today + THIS_WEEK, "week"),
        else_="later",
    )
    comes = and_(Case.due_on >= today, Case.act_by <= last, Case.answered_on.is_(None), ~still)
    # The expressions hold values: PostgreSQL groups by them only as the columns of an inner query.
    each = (
        select(
            Case.service_id,
            Case.officer_id,
            group.label("urgency"),
            case((and_(comes, owed_to_citizens(session)), Case.act_by)).label("day"),
            case((is_drafted(session), 1), else_=0).label("drafted"),
        )
        .where(
            Case.closed_seq.is_(None), Case.service_id.in_(scope), worklists.in_hand(session), readable(actor)
        )
        .subquery()
    )
    counted = select(*each.c, func.count().label("count")).group_by(*each.c).subquery()
    return select(counted, Staff).outerjoin(Staff, Staff.id == counted.c.officer_id)


def _told(actor: Actor) -> ColumnElement[bool]:
    """Return the condition of a day missed, of which the clock told this person, and which is owed still."""
    return exists().where(
        Notification.case_id == Case.id, Notification.staff_id == actor.id, notifications.missed()
    )


def _missed(actor: Actor) -> ScalarSelect[str]:
    """Return the days missed of a case, of which the clock told this person: "key day|key day"."""
    day = Timer.key + " " + cast(Timer.due_on, String)
    return (
        select(func.aggregate_strings(day, "|"))
        .select_from(Timer)
        .join(Notification, Notification.case_id == Timer.case_id)
        .where(
            Timer.case_id == Case.id,
            Notification.staff_id == actor.id,
            notifications.tells_of_a_miss(),
            notifications.still_owed(),
        )
        .correlate(Case)
        .scalar_subquery()
    )


def _below(services: dict[int, Service], top: int) -> set[int]:
    found, waiting = set(), [top]
    while waiting:
        if (current := waiting.pop()) not in found:
            found.add(current)
            waiting += [key for key, row in services.items() if row.parent_id == current]
    return found


def _days(calendar: Calendar, today: date) -> list[date]:
    first = calendar.next_working_day(today, closures=True)
    return [calendar.add_working_days(first, number, closures=True) for number in range(DAYS)]


# ---- Loads ---------------------------------------------------------------------------------------


def _load(key: int | None, name: str, away: Text | None, rows: Iterable[Row]) -> Load:
    found = dict.fromkeys(("late", "week", "later", "waiting", "answered"), 0)
    for row in rows:
        found[row.urgency] += row.count
    return Load(key, name, away, **found)


def _with_bars(loads: list[Load]) -> tuple[Load, ...]:
    most = max((load.open for load in loads), default=0) or 1
    drawn = []
    for load in loads:
        parts = [(tone, getattr(load, group)) for group, tone in BARS]
        counts = {group: getattr(load, group) for group in ("late", "week", "later", "waiting", "answered")}
        drawn.append(Load(load.key, load.name, load.away, **counts, bar=_bar(parts, most)))
    return tuple(drawn)


def _bar(parts: list[tuple[str, int]], most: int) -> tuple[tuple[str, float, float], ...]:
    drawn, start = [], 0.0
    for tone, count in parts:
        width = round(100 * count / most, 1)
        if count:
            drawn.append((tone, round(start, 1), width))
        start += width
    return tuple(drawn)


def _by_officer(rows: list[Row], here: list[_Person], today: date) -> tuple[Load, ...]:
    """Return the load of each officer, the heaviest first, even of those who carry nothing; nobody's last."""
    carrying = {row.officer_id: row.Staff for row in rows if row.officer_id}
    names = {person.staff.id: person.staff.name for person in here if person.is_officer}
    names |= {key: staff.name for key, staff in carrying.items()}
    said = {person.staff.id: _said_of(person, here, today) for person in here}
    loads = [
        _load(key, name, said.get(key), (row for row in rows if row.officer_id == key))
        for key, name in names.items()
    ]
    nobody = _load(None, "", None, (row for row in rows if row.officer_id is None))
    ordered = sorted(loads, key=lambda load: -load.open)
    return _with_bars([*ordered, nobody] if nobody.open else ordered)


def _said_of(person: _Person, here: list[_Person], today: date) -> Text | None:
    """Say that somebody is away today, or whom they replace."""
    if row := person.absence_on(today):
        return said_away(row[0].ends_on, row[1], today)
    replaced = [
        other.staff.name
        for other in here
        if (row := other.absence_on(today)) and row[1] and row[1].id == person.staff.id
    ]
    names = ", ".join(replaced)
    return Text(f"remplace {names}", f"replaces {names}") if replaced else None


def said_away(until: date, stand_in: Staff | None, today: date) -> Text:
    """Say until when somebody is away, and who stands in."""
    day = briefly(until, today)
    if stand_in is None:
        return Text(f"absence jusqu'au {day.fr}, sans remplaçant", f"away until {day.en}, nobody stands in")
    return Text(
        f"absence jusqu'au {day.fr}, remplacement par {stand_in.name}",
        f"away until {day.en}, replaced by {stand_in.name}",
    )


def _away_soon(rows: list[Row], here: list[_Person], today: date) -> tuple[Away, ...]:
    """Return the absences within the days shown, the first to begin first."""
    found = []
    for person in here:
        for absence, stand_in in person.absences.values():
            due = sum(
                row.count
                for row in rows
                if row.officer_id == person.staff.id
                and row.day is not None
                and max(absence.starts_on, today) <= row.day <= absence.ends_on
            )
            replaced_by = stand_in.name if stand_in else ""
            found.append(Away(person.staff.name, absence.starts_on, absence.ends_on, replaced_by, due))
    return tuple(sorted(found, key=lambda away: (away.starts_on, away.name)))


def _by_service(services: dict[int, Service], keys: list[int], rows: list[Row]) -> tuple[Load, ...]:
    """Return the load of each service with those below it, the most late first."""
    loads = []
    for key in keys:
        inside = _below(services, key)
        load = _load(key, services[key].name, None, (row for row in rows if row.service_id in inside))
        if services[key].is_active or load.open:
            loads.append(load)
    return _with_bars(sorted(loads, key=lambda load: (-load.late, -load.open, load.name)))


def _by_day(rows: list[Row], days: list[date], today: date, here: list[_Person]) -> tuple[Day, ...]:
    counts = {day: [0, 0] for day in days}
    for row in rows:
        if row.day is not None:
            # A closure noted since may have made it a day off: it must leave on the working day before.
            on = max((day for day in days if day <= row.day), default=days[0])
            counts[on][row.drafted] += row.count
    most = max(sum(both) for both in counts.values()) or 1
    return tuple(
        Day(
            day,
            briefly(day, today),
            sum(both),
            both[0],
            sum(person.absence_on(day) is not None for person in here),
            _bar([("late", both[0]), ("calm", both[1])], most),
        )
        for day, both in counts.items()
    )
