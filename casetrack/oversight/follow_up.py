"""What was asked of the services, and what became of it: questions and recommendations, with every day promised.

Three queries a page, whatever is in it: the cases, their promises, and the counts behind the links.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, and_, case, func, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseLink, Service, Staff, Timer
from casetrack.engine import Actor, may_open, readable
from casetrack.engine.about import OF_A_SERVICE
from casetrack.engine.clocks import promises
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight.dates import ANSWERED, DONE, Said, briefly, kept, owed
from casetrack.oversight.dysfunctions import NOT_YOURS, WITHOUT_SERVICE, Option
from casetrack.oversight.page_key import read_key
from casetrack.oversight.worklists import PAGE, WAITS_FOR
from casetrack.workflow import Definition, published

READ, WAITED, CLOSED = "a-lire", "attendues", "closes"
REVISED = Text("promis pour le {day}, date revue", "promised for {day}, day revised")
GIVEN_UP = Text("promis pour le {day}, jamais fait", "promised for {day}, never done")
LATE_REVISED = Text("promis pour le {day}, date revue après coup", "promised for {day}, revised afterwards")
OF_A_QUESTION = "answer"
"""Deadline that is answered; the others are done."""
NOT_ANSWERED, NOT_DONE = Text("sans réponse", "no answer"), Text("non réalisée", "not done")


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one promise of the past: which one, what became of it, "late" or "done" or neither."""

    label: Text
    words: Text
    tone: str


@dataclass(frozen=True, slots=True)
class Followed:
    """Hold one row: what was asked of whom about which case, what is owed now, and what was before."""

    reference: str
    title: str
    confidential: bool
    about: tuple[str, str] | None
    """Number and title of the case that it is about; None where this person may not read it."""
    service: str
    officer: str
    asked_on: Text
    state: Text
    waits_for: Text | None
    due: Said
    past: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Hold a page of what was asked, and what may be filtered."""

    definition: Definition
    tab: str
    tabs: Mapping[str, int]
    rows: tuple[Followed, ...]
    after: str | None
    services: tuple[Option, ...]
    states: tuple[Option, ...]
    late: int
    """How many are owed and late, in every service."""


def follow_up(
    session: Session,
    actor: Actor,
    kind: str,
    *,
    today: date,
    tab: str = "",
    service: str = "",
    state: str = "",
    after: str | None = None,
) -> FollowUp:
    """Return a page of the cases of this kind, the first due first; the closed ones, the last closed first.

    Without a known `tab`, the first that holds something. Raises NotFound for who may not open such a case.
    """
    if not may_open(session, kind, actor):
        raise NotFound(NOT_YOURS)
    _number, definition = published(session, kind)
    counted = _counted(session, actor, kind, today)
    tabs = dict.fromkeys((READ, WAITED, CLOSED), 0)
    for row in counted:
        tabs[_tab(definition, row.state)] += row.count
    if tab not in tabs:
        tab = next((name for name, count in tabs.items() if count), READ)
    states = [name for name in definition.states if _tab(definition, name) == tab]
    where = [Case.state.in_([name for name in states if state in ("", name)])]
    if service:
        where.append(
            Case.service_id == int(service[:18]) if service.isdecimal() else Case.service_id.is_(None)
        )
    rows = _page(session, actor, kind, where, is_closed=tab == CLOSED, after=after)
    past = _promises(session, definition, [row.Case.id for row in rows[:PAGE]])
    inside = [row for row in counted if row.state in states]
    return FollowUp(
        definition=definition,
        tab=tab,
        tabs=tabs,
        rows=tuple(_followed(row, past[row.Case.id], definition, today) for row in rows[:PAGE]),
        after=_key(rows[PAGE - 1].Case, is_closed=tab == CLOSED) if len(rows) > PAGE else None,
        services=_by_service(inside),
        states=_by_state(inside, definition),
        late=sum(row.late for row in counted),
    )


def _tab(definition: Definition, state: str) -> str:
    """Tell where a state is shown: it waits for the service, it is to be read, or it is over."""
    its = definition.states.get(state)
    if its is None or its.ends:
        return CLOSED
    return WAITED if its.owner in OF_A_SERVICE else READ


def _counted(session: Session, actor: Actor, kind: str, today: date) -> Sequence[Row]:
    """Count by state and service: the open ones and the closed ones, in one SELECT of two halves, an index each."""
    is_late = and_(Case.closed_seq.is_(None), Case.answered_on.is_(None), Case.due_on < today)
    each = select(Case.state, Case.service_id, case((is_late, 1), else_=0).label("late"))
    each = each.where(Case.workflow == kind, readable(actor))
    both = each.where(Case.closed_seq.is_(None)).union_all(each.where(Case.closed_on.is_not(None))).subquery()
    counts = (func.count().label("count"), func.sum(both.c.late).label("late"))
    return session.execute(
        select(both.c.state, both.c.service_id, Service.name.label("service"), *counts)
        .outerjoin(Service, Service.id == both.c.service_id)
        .group_by(both.c.state, both.c.service_id, Service.name)
    ).all()


def _page(
    session: Session,
    actor: Actor,
    kind: str,
    where: list[ColumnElement[bool]],
    *,
    is_closed: bool,
    after: str | None,
) -> Sequence[Row]:
    day, number = read_key(after)
    last = Case.closed_on if is_closed else Case.due_on
    where = [*where, Case.closed_on.is_not(None) if is_closed else Case.closed_seq.is_(None)]
    if day is not None:
        beyond = last < day if is_closed else last > day
        where = [*where, beyond | and_(last == day, Case.id < number if is_closed else Case.id > number)]
    order = (last.desc(), Case.id.desc()) if is_closed else (last, Case.id)
    # The case that it is about, where this person may read it: number and title at once, in the same query.
    about = (
        select(Case.reference + "\n" + Case.title)
        .where(Case.id == CaseLink.other_id, readable(actor))
        .correlate(CaseLink)
        .scalar_subquery()
    )
    query = (
        select(Case, Service.name.label("service"), Staff, about.label("about"))
        .outerjoin(Service, Service.id == Case.service_id)
        .outerjoin(Staff, Staff.id == Case.officer_id)
        .outerjoin(CaseLink, and_(CaseLink.case_id == Case.id, CaseLink.kind == "about"))
        .where(Case.workflow == kind, readable(actor), *where)
    )
    return session.execute(query.order_by(*order).limit(PAGE + 1)).all()


def _promises(session: Session, definition: Definition, cases: list[int]) -> Mapping[int, list[Timer]]:
    """Return the promises of these cases in the order in which they were given."""
    found: dict[int, list[Timer]] = defaultdict(list)
    query = select(Timer).where(Timer.case_id.in_(cases), Timer.key.in_(promises(definition)))
    for timer in session.scalars(query.order_by(Timer.case_id, Timer.armed_seq, Timer.id)):
        found[timer.case_id].append(timer)
    return found


def _followed(row: Row, given: list[Timer], definition: Definition, today: date) -> Followed:
    one = row.Case
    state = definition.states[one.state]
    number, _, title = (row.about or "").partition("\n")
    # The last promise, while it is owed or kept, is the date of the row; the others are what came before.
    past = given if state.ends and one.answered_on is None else given[:-1]
    return Followed(
        reference=one.reference,
        title=one.title,
        confidential=one.confidentiality > 0,
        about=(number, title) if number else None,
        service=row.service or "",
        officer=row.Staff.name if row.Staff else "",
        asked_on=briefly(one.received_on, today),
        state=state.label.text,
        waits_for=WAITS_FOR.get(state.owner or ""),
        due=_due(one, given[-1].key, today),
        past=tuple(_step(timer, definition, today) for timer in past),
    )


def _due(one: Case, key: str, today: date) -> Said:
    """Say the last day promised, of the deadline `key`, and what became of it."""
    due_on = one.due_on or one.received_on
    is_answer = key == OF_A_QUESTION
    if one.answered_on is not None:
        return kept(due_on, one.answered_on, today, ANSWERED if is_answer else DONE)
    if one.closed_on is not None:
        tone = "late" if one.closed_on > due_on else "calm"
        return Said(
            tone, NOT_ANSWERED if is_answer else NOT_DONE, briefly(one.closed_on, today), one.closed_on
        )
    return owed(due_on, today)


def _step(timer: Timer, definition: Definition, today: date) -> Step:
    label = definition.deadlines[timer.key].label.text
    if timer.met_on is not None:
        said = kept(timer.due_on, timer.met_on, today)
        return Step(
            label, Text(f"{said.words.fr}, {said.day.fr}", f"{said.words.en}, {said.day.en}"), said.tone
        )
    was_late = timer.ended_on is not None and timer.ended_on > timer.due_on
    words = GIVEN_UP if timer.status == "cancelled" else LATE_REVISED if was_late else REVISED
    day = briefly(timer.due_on, today)
    return Step(label, words.filled(day=day), "late" if was_late else "calm")


def _by_service(rows: Sequence[Row]) -> tuple[Option, ...]:
    found: dict[str, int] = defaultdict(int)
    names = {str(row.service_id or "-"): row.service for row in rows}
    for row in rows:
        found[str(row.service_id or "-")] += row.count
    return tuple(
        Option(code, Text(names[code], names[code]) if names[code] else WITHOUT_SERVICE, found[code])
        for code in sorted(found, key=lambda code: (-found[code], names[code] or "~"))
    )


def _by_state(rows: Sequence[Row], definition: Definition) -> tuple[Option, ...]:
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        found[row.state] += row.count
    return tuple(
        Option(name, state.label.text, found[name])
        for name, state in definition.states.items()
        if found[name]
    )


def _key(one: Case, *, is_closed: bool) -> str:
    day = one.closed_on if is_closed else one.due_on
    return f"{day.isoformat() if day else ''}.{one.id}"
