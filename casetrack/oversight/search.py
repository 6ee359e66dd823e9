"""Find a case again: one box, French as people type it, filters beside it; a page at a time, by key.

Nobody finds, counts or exports a case that they may not read: the condition of `readable` is in the query. How many
hold the words is counted for everybody alike: it decides in which order they come, never what is found.

Two SELECTs a page. The first counts, in the index of words, the cases that hold what is asked. Where they are few,
all are put in order; where they are many, the latest come first and only a page of them is read. Where they are
more than `MANY`, and where only filters are given, the cases themselves are walked through, the latest first, at
most `REACH` of them: the page then says how far it looked, and the next one goes on from there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Self

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    SelectBase,
    and_,
    case,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.orm import Session, aliased

from casetrack.database.full_text import holding, standing_in
from casetrack.database.tables import (
    Case,
    Citizen,
    SavedSearch,
    SearchDocument,
    Service,
    Staff,
    Subject,
    Suspension,
)
from casetrack.engine import Actor, readable
from casetrack.errors import InvalidInput
from casetrack.language import Text
from casetrack.oversight import choices
from casetrack.oversight.analyser import Reference, asked, names_in, reference_in
from casetrack.oversight.dates import ANSWERED, Said, kept, owed, suspended
from casetrack.oversight.missed import kind
from casetrack.oversight.worklists import CHANNELS, UNKNOWN_SENDER, is_late
from casetrack.spelling import visible
from casetrack.workflow import Definition, versions

PAGE = 50
REACH = 50_000
"""Cases that a page walks through at most; a town that has no more has each question answered whole."""
FEW = 2_000
"""Cases that are all put in order, those of the very name asked first; of more, the latest come first."""
MANY = 20_000
"""Cases that the index of words lists; where more hold what is asked, a walk soon meets some."""
EXPORTED = 1_000
"""Rows read at once for an export: memory stays the same whatever the number."""
MOST_SAVED = 30
LONGEST_KEPT = 600
"""Signs of the address of a search that is kept."""
WALKED = 3
"""Place in a key, after those that `_rank` gives, of a case that came in the order of arrival alone."""
LATEST_FIRST = (Case.received_on.desc(), Case.id.desc())
Key = tuple[int, date, int]
"""Rank, day of arrival and number of the last case of a page."""
OPENNESS = {"open": Text("Ouverts", "Open"), "closed": Text("Clos", "Closed")}
LATE = Text("En retard", "Late")
LABELS = {  # filter → what its chip says before the value
    "service": Text("Service", "Service"),
    "officer": Text("Agent", "Officer"),
    "subject": Text("Sujet", "Subject"),
    "state": Text("État", "State"),
    "channel": Text("Arrivé par", "Came by"),
    "received_from": Text("Reçu depuis le", "Received from"),
    "received_to": Text("Reçu jusqu'au", "Received until"),
    "openness": Text("Dossiers", "Cases"),
    "late": Text("Délai", "Deadline"),
}
CLOSED = Text("clos", "closed")
NAME_IT = Text("Donnez un nom à cette recherche.", "Give this search a name.")
NAME_TOO_LONG = Text("Ce nom dépasse 60\u00a0caractères.", "This name exceeds 60 characters.")
NOTHING_ASKED = Text(
    "Cherchez d'abord quelque chose, puis gardez la recherche.", "Search for something first, then keep it."
)
TOO_LONG_TO_KEEP = Text(
    "Cette recherche est trop longue pour être gardée\u00a0: cherchez avec moins de mots.",
    "This search is too long to be kept: search with fewer words.",
)
TOO_MANY = Text(
    "Vous gardez déjà 30\u00a0recherches\u00a0: retirez-en une d'abord.",
    "You already keep 30 searches: remove one first.",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Hold what narrows a search; None or empty: not narrowed."""

    service: int | None = None
    officer: int | None = None
    subject: int | None = None
    state: str = ""
    channel: str = ""
    received_from: date | None = None
    received_to: date | None = None
    openness: str = ""
    """"open", "closed", or both."""
    late: bool = False

    @property
    def named(self) -> dict[str, object]:
        """Return the filters that narrow something, in the order of the page."""
        given = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in given if value not in (None, "", False)}

    def without(self, name: str) -> Self:
        """Return the other filters."""
        return replace(self, **{name: getattr(type(self)(), name)})


@dataclass(frozen=True, slots=True)
class Hit:
    """Hold a case that was found, ready to be shown or exported."""

    reference: str
    title: str
    who: Text
    channel: Text
    received_on: date
    state: Text
    subject: str
    service: str
    officer: str
    confidential: bool
    due: Said | None
    due_on: date | None
    answered_on: date | None
    closed_on: date | None
    is_the_one: bool
    """The number of this case is what was asked."""


@dataclass(frozen=True, slots=True)
class Found:
    """Hold a page of results; `after` is the key of the next one, None on the last."""

    hits: tuple[Hit, ...]
    after: str | None
    reached: date | None = None
    """Day of arrival down to which the page looked, where it did not fill and older cases are left."""
    by_arrival: bool = False
    """Many cases hold these words: those of that very name do not come first."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Hold what the filters offer, and the searches that this person keeps: number, name, what was asked."""

    services: list[tuple[int, str]]
    officers: list[tuple[str, list[tuple[int, str]]]]
    subjects: list[tuple[int, str]]
    states: dict[str, Text]
    kept: list[tuple[int, str, str]]


def search(
    session: Session,
    actor: Actor,
    question: str,
    filters: Filters,
    *,
    today: date,
    after: str | None = None,
    limit: int = PAGE,
) -> Found:
    """Return a page of the cases that hold every word asked: that very number first, then that very name.

    The rest is in the order of arrival, the latest first; words of more than `FEW` cases, and filters alone, give that
    order only, and a page that walked through `REACH` cases ends there. Whatever is typed, nothing is raised.
    `after` is the key that the page before gave; one that means nothing gives the first page.
    """
    words = asked(question)
    if not words and not filters.named:
        return Found((), None)
    key = _read_key(after)
    held, edge = _look(session, words, filters, key)
    narrowed = (readable(actor), *_narrowed(filters, today))
    # A next page goes on as the first one did, whatever came since.
    ranked = bool(words) and (key[0] < WALKED if key else held <= FEW)
    if ranked:
        found = _ranked(session, words, question, narrowed, key)
    elif words and held <= MANY:
        edge = None
        found = _by_arrival(_among(session, words, question), narrowed, key)
    else:
        found = _by_arrival(_said(words), narrowed, key, edge)
    rows = session.execute(_detailed(found.limit(limit + 1))).all()
    definitions = versions(session)
    hits = tuple(_hit(row, definitions[row.Case.workflow_id], today) for row in rows[:limit])
    by_arrival = bool(words) and not ranked
    if len(rows) > limit:
        last = rows[limit - 1]
        return Found(hits, _key(last.rank, last.Case.received_on, last.Case.id), by_arrival=by_arrival)
    if edge and not ranked:
        return Found(hits, _key(WALKED, *edge), reached=edge[0], by_arrival=by_arrival)
    return Found(hits, None, by_arrival=by_arrival)


def every(session: Session, actor: Actor, question: str, filters: Filters, *, today: date) -> Iterator[Hit]:
    """Give all the cases of a search, one after the other, for an export."""
    after: str | None = None
    while True:
        found = search(session, actor, question, filters, today=today, after=after, limit=EXPORTED)
        yield from found.hits
        session.expunge_all()
        if (after := found.after) is None:
            return


def offered(session: Session, actor: Actor) -> Choices:
    """Return what the filters offer, the same for everybody so that nothing leaks by it, and what this person keeps."""
    nothing = literal_column("''")
    kept = select(literal_column("4"), SavedSearch.id, SavedSearch.name, SavedSearch.asked, nothing)
    known = choices.offered(session, kept.where(SavedSearch.staff_id == actor.id))
    states: dict[str, Text] = {}
    for definition in versions(session).values():
        states |= {name: state.label.text for name, state in definition.states.items()}
    mine = [(row.key, row.name, row.given) for row in known.more]
    return Choices(known.services, known.officers, known.subjects, states, mine)


def said(filters: Filters, among: Choices, say_day: object) -> list[tuple[str, Text, Text]]:
    """Return each filter with its label and its value in words, to be shown as a chip."""
    people = {key: name for _service, group in among.officers for key, name in group}
    known: dict[str, dict] = {
        "service": dict(among.services),
        "officer": people,
        "subject": dict(among.subjects),
        "state": among.states,
        "channel": CHANNELS,
        "openness": OPENNESS,
        "late": {True: LATE},
    }
    chips = []
    for name, value in filters.named.items():
        words = say_day(value) if isinstance(value, date) else known[name].get(value, f"n°\u00a0{value}")
        chips.append((name, LABELS[name], words if isinstance(words, Text) else Text(words, words)))
    return chips


def saved(session: Session, actor: Actor) -> list[SavedSearch]:
    """Return the searches that this person keeps, by name."""
    return list(
        session.scalars(
            select(SavedSearch).where(SavedSearch.staff_id == actor.id).order_by(SavedSearch.name)
        )
    )


def save(session: Session, actor: Actor, name: str, question: str, *, at: datetime) -> None:
    """Keep a search under a name, in the place of one that had it; raise InvalidInput with the reason."""
    name = visible(name)
    if not name:
        raise InvalidInput(NAME_IT, code="name")
    if len(name) > 60:
        raise InvalidInput(NAME_TOO_LONG, code="name")
    if not question:
        raise InvalidInput(NOTHING_ASKED, code="nothing_asked")
    if len(question) > LONGEST_KEPT:
        raise InvalidInput(TOO_LONG_TO_KEEP, code="too_long")
    mine = {row.name: row for row in saved(session, actor)}
    if (known := mine.get(name)) is not None:
        known.asked, known.saved_at = question, at
        return
    if len(mine) >= MOST_SAVED:
        raise InvalidInput(TOO_MANY, code="too_many")
    session.add(SavedSearch(staff_id=actor.id, name=name, asked=question, saved_at=at))


def forget(session: Session, actor: Actor, key: int) -> None:
    """Forget a search that this person keeps; another's is left alone."""
    session.execute(delete(SavedSearch).where(SavedSearch.id == key, SavedSearch.staff_id == actor.id))


def _look(
    session: Session, words: list[tuple[str, ...]], filters: Filters, key: Key | None
) -> tuple[int, tuple[date, int] | None]:
    """Count the cases that hold these words, at most one more than `MANY`, and tell where a walk ends: None at the last."""
    edge = select(Case.received_on, Case.id).where(*_of_days(filters), *_beyond(key)).order_by(*LATEST_FIRST)
    far = edge.offset(REACH - 1).limit(1).subquery()
    some = holding(words, session.get_bind().dialect.name).limit(MANY + 1).subquery() if words else None
    held = select(func.count()).select_from(some).scalar_subquery() if words else literal(0)
    one = select(held.label("held")).subquery()
    row = session.execute(select(one, far.c.received_on, far.c.id).outerjoin(far, true())).one()
    return row.held, (row.received_on, row.id) if row.id is not None else None


def _ranked(
    session: Session,
    words: list[tuple[str, ...]],
    question: str,
    narrowed: Iterable[ColumnElement[bool]],
    key: Key | None,
) -> Select:
    """Return the question that puts all that hold these words in order, with what stands first."""
    holding_all = Case.id.in_(_holding(session, words, question))
    query = select(Case.id, Case.received_on, _rank(question).label("rank")).where(holding_all, *narrowed)
    if names_in(question):
        query = query.outerjoin(Citizen, Citizen.id == Case.citizen_id)
    # A fence: PostgreSQL would walk through the cases in the order asked below, hoping to meet these soon.
    found = query.offset(0).subquery()
    ranked = select(found).order_by(found.c.rank, found.c.received_on.desc(), found.c.id.desc())
    if key:
        beyond = tuple_(found.c.received_on, found.c.id) < (key[1], key[2])
        ranked = ranked.where(or_(found.c.rank > key[0], and_(found.c.rank == key[0], beyond)))
    return ranked


def _by_arrival(
    where: ColumnElement[bool],
    narrowed: Iterable[ColumnElement[bool]],
    key: Key | None,
    edge: tuple[date, int] | None = None,
) -> Select:
    """Return the question that the cases answer one after the other, the latest first, down to the edge."""
    query = select(Case.id, Case.received_on, literal(WALKED).label("rank")).where(
        where, *narrowed, *_beyond(key)
    )
    if edge:
        query = query.where(tuple_(Case.received_on, Case.id) >= edge)
    return query.order_by(*LATEST_FIRST)


def _among(session: Session, words: list[tuple[str, ...]], question: str) -> ColumnElement[bool]:
    """Return the condition of the cases that hold these words, seen from the index of arrivals."""
    # By the bare number SQLite would fetch each of them, to put them in order.
    return (Case.id + 0).in_(_holding(session, words, question))


def _said(words: list[tuple[str, ...]]) -> ColumnElement[bool]:
    """Return the same condition, read in the words of each case that a walk meets."""
    if not words:
        return true()
    # As a value of each case: read as a join, PostgreSQL would put all of both together first.
    return select(standing_in(words)).where(SearchDocument.case_id == Case.id).scalar_subquery()


def _detailed(found: Select) -> Select:
    """Return these cases with what the page shows of each, read for this page alone."""
    listed = found.subquery()
    until = (
        select(func.max(Suspension.announced_until))
        .where(Suspension.case_id == Case.id, Suspension.ends_on.is_(None))
        .scalar_subquery()
    )
    return (
        select(
            Case,
            Citizen,
            Service.name.label("service"),
            Subject.label.label("subject"),
            Staff,
            until.label("until"),
            listed.c.rank,
        )
        .join(listed, listed.c.id == Case.id)
        .outerjoin(Citizen, Citizen.id == Case.citizen_id)
        .outerjoin(Service, Service.id == Case.service_id)
        .outerjoin(Subject, Subject.id == Case.subject_id)
        .outerjoin(Staff, Staff.id == Case.officer_id)
        .order_by(listed.c.rank, *LATEST_FIRST)
    )


def _beyond(key: Key | None) -> list[ColumnElement[bool]]:
    return [tuple_(Case.received_on, Case.id) < (key[1], key[2])] if key else []


def _holding(session: Session, words: list[tuple[str, ...]], question: str) -> SelectBase:
    found = holding(words, session.get_bind().dialect.name)
    if (asked_for := reference_in(question)) and asked_for.year:
        # A case is found by its number even before its words are read.
        numbered = aliased(Case)
        return union(found, select(numbered.id).where(numbered.reference.in_(spellings(asked_for))))
    return found


def spellings(found: Reference) -> list[str]:
    """Return a number as it may be written: padded with zeros, differently from one workflow to the next."""
    padded = (found.number.zfill(width) for width in range(len(found.number), 10))
    return [f"{found.year}-{found.series}-{number}" for number in padded]


def _rank(question: str) -> ColumnElement[int]:
    """0: the number asked; 1: that number without its series, or written by somebody of that very name; 2: the rest."""
    if found := reference_in(question):
        if found.year:
            is_it = Case.reference.in_(spellings(found))
        else:
            is_it = or_(*(Case.reference.endswith(spelling) for spelling in spellings(found)))
        return case((is_it, 0), else_=2)
    if (bare := question.strip()).isdecimal() and len(bare) <= 9:
        ends = (Case.reference.endswith(f"-{bare.zfill(width)}") for width in range(len(bare), 10))
        return case((or_(*ends), 1), else_=2)
    if names := names_in(question):
        key = Citizen.search_key
        begins = or_(*(or_(key == name, key.startswith(f"{name} ", autoescape=True)) for name in names))
        named_so = and_(begins, *(key.contains(name, autoescape=True) for name in names))
        return case((named_so, 1), else_=2)
    return literal(2)


def _narrowed(filters: Filters, today: date) -> Iterator[ColumnElement[bool]]:
    # By the bare columns SQLite would take an index of the open ones, and put all of a state in order for one page.
    equal = {
        "service": Case.service_id + 0,
        "officer": Case.officer_id + 0,
        "subject": Case.subject_id + 0,
        "state": func.coalesce(Case.state, ""),
        "channel": func.coalesce(Case.channel, ""),
    }
    for name, value in filters.named.items():
        if name in equal:
            yield equal[name] == value
    yield from _of_days(filters)
    if filters.openness:
        yield Case.closed_seq.is_(None) if filters.openness == "open" else Case.closed_seq.is_not(None)
    if filters.late:
        yield and_(Case.closed_seq.is_(None), is_late(today))


def _of_days(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.received_from:
        yield Case.received_on >= filters.received_from
    if filters.received_to:
        yield Case.received_on <= filters.received_to


def _hit(row: Row, definition: Definition, today: date) -> Hit:
    found = row.Case
    state = definition.states[found.state]
    unknown = UNKNOWN_SENDER if definition.addressed_to == "citizen" else kind(found, definition)
    return Hit(
        reference=found.reference,
        title=found.title,
        who=Text(row.Citizen.name, row.Citizen.name) if row.Citizen else unknown,
        channel=CHANNELS[found.channel],
        received_on=found.received_on,
        state=state.label.text,
        subject=row.subject or "",
        service=row.service or "",
        officer=row.Staff.name if row.Staff else "",
        confidential=found.confidentiality > 0,
        due=_due(found, row.until, today),
        due_on=found.due_on,
        answered_on=found.answered_on,
        closed_on=found.closed_on,
        is_the_one=row.rank == 0,
    )


def _due(found: Case, until: date | None, today: date) -> Said | None:
    if found.answered_on is not None and found.due_on is not None:
        return kept(found.due_on, found.answered_on, today, ANSWERED)
    if found.closed_on is not None:
        return kept(found.closed_on, found.closed_on, today, CLOSED)
    if found.due_on is None:
        return None
    if until is not None and until > today:
        return suspended(until, today)
    return owed(found.due_on, today)


def _key(rank: int, received_on: date, number: int) -> str:
    return f"{rank}.{received_on.isoformat()}.{number}"


def _read_key(text: str | None) -> Key | None:
    rank, _, rest = (text or "").partition(".")
    day, _, number = rest.partition(".")
    try:
        return (int(rank[:1]), date.fromisoformat(day), int(number[:18]))
    except ValueError:
        return None
