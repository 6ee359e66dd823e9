"""The dysfunctions, as the mediator and the evaluation unit look at them: what is to be examined, what is in hand,
what came back after it was mended, what was closed within a year; by state, severity, cause, service and age.

Severity and cause are those of the last qualification; before it, the cause is what the clock or a person presumed.
Three queries a page, whatever is in it: the rows, the tabs, the filters of this tab. What the journal says of each is
read of `MOST` at most, those that fall due first or were closed last: there every count stops, and the list ends.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Event, Service, Timer
from casetrack.engine import Actor, readable
from casetrack.engine.permission import RELATION, lent
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight.dates import Said, briefly, owed
from casetrack.oversight.missed import what_was_missed
from casetrack.oversight.page_key import read_key
from casetrack.oversight.worklists import PAGE, WAITS_FOR
from casetrack.workflow import Definition, destination, published

WORKFLOW = "dysfunction"
QUALIFY, GROUP, RECUR = "qualify", "group", "mark_recurring"
"""Actions of the definition that say how grave it is, that join it to another, that say that it came back."""
ROLES = frozenset({"mediator", "evaluation"})
NOT_YOURS = Text(
    "Cette page est celle du médiateur et du pôle évaluation.",
    "This page is for the mediator and the evaluation unit.",
)
EXAMINE, IN_HAND, RECURRING, CLOSED = "a-examiner", "en-cours", "recurrents", "clos"
TABS = {
    EXAMINE: Text("À examiner", "To examine"),
    IN_HAND: Text("En cours", "In hand"),
    RECURRING: Text("Récurrents", "Recurring"),
    CLOSED: Text("Clos depuis un an", "Closed within a year"),
}
A_YEAR = timedelta(days=365)
MOST = 500
"""Dysfunctions of a tab that are counted and listed; a filter looks through the others too."""
FACETS = {
    "etat": Text("État", "State"),
    "gravite": Text("Gravité", "Severity"),
    "cause": Text("Cause", "Cause"),
    "service": Text("Service", "Service"),
    "age": Text("Ancienneté", "Age"),
}
AGES = {
    "30": Text("plus de 30 jours", "more than 30 days"),
    "90": Text("plus de 90 jours", "more than 90 days"),
}
UNQUALIFIED = Text("non qualifiée", "not qualified")
WITHOUT_SERVICE = Text("sans service", "no service")
CLOSED_ON = Text("clos", "closed")
TONES = {"critical": "late", "major": "soon"}


@dataclass(frozen=True, slots=True)
class Option:
    """Hold one link of a filter, with how many dysfunctions of the tab it would keep alone."""

    code: str
    label: Text
    count: int


@dataclass(frozen=True, slots=True)
class Item:
    """Hold one dysfunction of the list."""

    reference: str
    title: str
    missed: Text | None
    """What the clock saw missed when it opened this one; None of what a person reported."""
    service: str
    confidential: bool
    severity: Text | None
    tone: str
    cause: Text
    days: int
    """Days since it was reported."""
    recurs: bool
    due: Said
    """The next day that somebody owes on it; of a closed one, the day of its closing."""
    state: Text
    next_step: Text | None
    """What this person may do next."""
    waits_for: Text | None
    may_group: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """Hold a page of dysfunctions, and what may be filtered."""

    tab: str
    tabs: Mapping[str, int]
    more: frozenset[str]
    """The tabs that hold as many as are counted, or more."""
    most: int
    items: tuple[Item, ...]
    after: str | None
    facets: Mapping[str, tuple[Option, ...]]
    total: int
    """How many are open."""
    to_qualify: int
    late: int
    """How many open ones have something due that nobody did."""


def queue(
    session: Session,
    actor: Actor,
    *,
    today: date,
    chosen: Mapping[str, str],
    tab: str = "",
    after: str | None = None,
) -> Queue:
    """Return a page of a tab that meets the filters chosen (names of `FACETS`), what is due first at the top.

    Without a known `tab`, the first that holds something. Raises NotFound for somebody who is neither the
    mediator nor of the evaluation unit.
    """
    refuse_others(actor)
    _version, definition = published(session, WORKFLOW)
    mine = and_(Case.workflow == WORKFLOW, readable(actor))
    counted = _by_state(session, mine, definition, today)
    tabs = _tabs(counted, definition)
    if tab not in TABS:
        tab = next((name for name in (EXAMINE, IN_HAND, CLOSED) if tabs[name]), EXAMINE)
    within = _listed(tab, definition, today).where(mine)
    where = [_is(name, code, definition, today) for name, code in chosen.items() if name in FACETS and code]
    rows = _rows(session, definition, within.where(*where), is_closed=tab == CLOSED, after=after)
    # A filter keeps what it says of the whole tab: these are counted without the other filters.
    filtered = _counted(session, within, definition, today)
    return Queue(
        tab=tab,
        tabs=tabs,
        more=frozenset(name for name in (EXAMINE, IN_HAND, CLOSED) if tabs[name] == MOST),
        most=MOST,
        items=tuple(_item(session, row, definition, actor, today) for row in rows[:PAGE]),
        after=_key(rows[PAGE - 1]) if len(rows) > PAGE else None,
        facets=_facets(filtered, definition),
        total=tabs[EXAMINE] + tabs[IN_HAND],
        to_qualify=sum(row.count for row in counted if row.state == definition.opens_in),
        late=sum(row.late for row in counted),
    )


def are_theirs(actor: Actor) -> bool:
    """Tell whether this person is the mediator or of the evaluation unit, or replaces one of them."""
    return any(person.roles & ROLES for person in (actor, *actor.replaces))


def refuse_others(actor: Actor) -> None:
    """Raise NotFound for somebody whose pages these are not."""
    if not are_theirs(actor):
        raise NotFound(NOT_YOURS)


# ---- The tabs --------------------------------------------------------------------------------------


def _states(tab: str, definition: Definition) -> list[str]:
    """Return the states of a tab: those that wait for the mediator or the unit, the other open ones, the ends."""
    return [
        name
        for name, state in definition.states.items()
        if tab == RECURRING
        and not state.ends
        or tab == (CLOSED if state.ends else EXAMINE if state.owner in ROLES else IN_HAND)
    ]


def _in_tab(tab: str, definition: Definition, today: date) -> ColumnElement[bool]:
    states = Case.state.in_(_states(tab, definition))
    if tab == CLOSED:
        return and_(states, Case.closed_on >= today - A_YEAR)
    return and_(states, Case.closed_seq.is_(None), _recurs() if tab == RECURRING else true())


def _recurs() -> ColumnElement[bool]:
    """Tell whether it came back after it was mended, or was opened again."""
    marked = exists().where(Event.case_id == Case.id, Event.action == RECUR)
    return or_(Case.cycle > 1, marked)


def _listed(tab: str, definition: Definition, today: date) -> Select:
    """Return the question of the numbers of a tab, as many as are counted, by an index of their own."""
    order = (Case.closed_on.desc(), Case.id.desc()) if tab == CLOSED else (Case.due_on, Case.id)
    return select(Case.id).where(_in_tab(tab, definition, today)).order_by(*order).limit(MOST)


def _by_state(
    session: Session, mine: ColumnElement[bool], definition: Definition, today: date
) -> Sequence[Row]:
    """Count those of each tab by state, in one SELECT of three parts."""
    parts = []
    for tab in (EXAMINE, IN_HAND, CLOSED):
        listed = _listed(tab, definition, today).where(mine).subquery()
        is_open = tab != CLOSED
        recurs = case((_recurs(), 1), else_=0) if is_open else literal(0)
        late = case((_next_due() < today, 1), else_=0) if is_open else literal(0)
        parts.append(
            select(Case.state, recurs.label("recurs"), late.label("late")).join(
                listed, listed.c.id == Case.id
            )
        )
    each = union_all(*parts).subquery()
    counts = (func.count().label("count"), func.sum(each.c.late).label("late"))
    return session.execute(
        select(each.c.state, each.c.recurs, *counts).group_by(each.c.state, each.c.recurs)
    ).all()


def _tabs(counted: Sequence[Row], definition: Definition) -> dict[str, int]:
    found = dict.fromkeys(TABS, 0)
    for row in counted:
        for tab in (EXAMINE, IN_HAND, CLOSED):
            found[tab] += row.count if row.state in _states(tab, definition) else 0
        found[RECURRING] += row.count if row.recurs else 0
    return found


# ---- What the journal says of each -----------------------------------------------------------------


def _next_due() -> ColumnElement[date]:
    """Return the first day that is owed on an open one: the whole of it, or a step."""
    return (
        select(func.min(Timer.due_on))
        .where(Timer.case_id == Case.id, Timer.status == "running")
        .scalar_subquery()
    )


def _qualification() -> ColumnElement[str]:
    """Return what the last qualification of a case wrote in the journal."""
    return (
        select(Event.payload)
        .where(Event.case_id == Case.id, Event.action == QUALIFY)
        .order_by(Event.seq.desc())
        .limit(1)
        .scalar_subquery()
    )


def _said(field: str, codes: Iterable[str], written: ColumnElement[str] | None = None) -> ColumnElement[str]:
    """Read a choice out of the journal's canonical JSON, the same on both databases; `written` where it was read."""
    written = _qualification() if written is None else written
    return case(*((written.contains(f'"{field}":"{code}"', autoescape=True), code) for code in codes))


def _severity(definition: Definition, written: ColumnElement[str] | None = None) -> ColumnElement[str]:
    return _said("severity", definition.choices(definition.actions[QUALIFY].fields["severity"]), written)


def cause_of(definition: Definition) -> ColumnElement[str]:
    """Return the cause of each dysfunction: as it was last qualified, otherwise as it was presumed."""
    codes = definition.choices(definition.fields["cause"])
    return func.coalesce(_said("cause", codes), _presumed())


def _presumed() -> ColumnElement[str]:
    return Case.fields["cause"].as_string()


# ---- The rows --------------------------------------------------------------------------------------


def _rows(
    session: Session,
    definition: Definition,
    within: Select,
    *,
    is_closed: bool,
    after: str | None,
) -> Sequence[Row]:
    day, number = read_key(after)
    on = Case.closed_on if is_closed else func.coalesce(_next_due(), Case.due_on, Case.received_on)
    order = (on.desc(), Case.id.desc()) if is_closed else (on, Case.id)
    listed = within.subquery()
    page = select(Case.id, on.label("day")).join(listed, listed.c.id == Case.id)
    if day is not None:
        place, last = tuple_(on, Case.id), tuple_(day, number)
        page = page.where(place < last if is_closed else place > last)
    # What the journal says is asked of this page alone.
    shown = page.order_by(*order).limit(PAGE + 1).subquery()
    query = (
        select(
            Case,
            Service.name.label("service"),
            shown.c.day,
            _severity(definition).label("severity"),
            cause_of(definition).label("cause"),
            _recurs().label("recurs"),
        )
        .join(shown, shown.c.id == Case.id)
        .outerjoin(Service, Service.id == Case.service_id)
    )
    order = (shown.c.day.desc(), Case.id.desc()) if is_closed else (shown.c.day, Case.id)
    return session.execute(query.order_by(*order)).all()


def _item(session: Session, row: Row, definition: Definition, actor: Actor, today: date) -> Item:
    one, state = row.Case, definition.states[row.Case.state]
    severities = definition.choices(definition.actions[QUALIFY].fields["severity"])
    causes = definition.choices(definition.fields["cause"])
    day = date.fromisoformat(row.day) if isinstance(row.day, str) else row.day
    next_step = _next_step(session, one, definition, actor)
    return Item(
        reference=one.reference,
        title=one.title,
        missed=what_was_missed(one),
        service=row.service or "",
        confidential=one.confidentiality > 0,
        severity=severities[row.severity].text if row.severity else None,
        tone=TONES.get(row.severity, ""),
        cause=causes[row.cause].text if row.cause in causes else Text("", ""),
        days=(today - one.received_on).days,
        recurs=bool(row.recurs) and not state.ends,
        due=Said("calm", CLOSED_ON, briefly(day, today), day) if state.ends else owed(day, today),
        state=state.label.text,
        next_step=next_step,
        waits_for=WAITS_FOR.get(state.owner or "") if next_step is None else None,
        may_group=destination(definition, one.state, GROUP) is not None,
    )


def _next_step(session: Session, one: Case, definition: Definition, actor: Actor) -> Text | None:
    """Return the first step of this state that this person may take; the row is readable already."""
    people = (actor, *lent(one, actor))
    for name in definition.states[one.state].next:
        action = definition.actions[name]
        if any(RELATION[relation](session, one, person) for relation in action.by for person in people):
            return action.label.text
    return None


def _key(row: Row) -> str:
    return f"{row.day}.{row.Case.id}"


# ---- The filters -----------------------------------------------------------------------------------


def _is(name: str, code: str, definition: Definition, today: date) -> ColumnElement[bool]:
    severities = definition.choices(definition.actions[QUALIFY].fields["severity"])
    match name:
        case "service":
            return Case.service_id == int(code[:18]) if code.isdecimal() else Case.service_id.is_(None)
        case "gravite" if code == "-":
            return _severity(definition).is_(None)
        case "gravite" if code in severities:
            return _severity(definition) == code
        case "cause" if code in definition.choices(definition.fields["cause"]):
            return cause_of(definition) == code
        case "etat" if code in definition.states:
            return Case.state == code
        case "age" if code in AGES:
            return Case.received_on < today - timedelta(days=int(code))
    return false()  # typed by hand: nothing is called so


def _counted(session: Session, within: Select, definition: Definition, today: date) -> Sequence[Row]:
    """Count the dysfunctions of a tab by everything that a filter asks, in one grouped SELECT."""
    listed = within.subquery()
    read = (
        select(
            Case.state,
            Case.service_id,
            Service.name.label("service"),
            _presumed().label("presumed"),
            _qualification().label("written"),
            case(
                *((Case.received_on < today - timedelta(days=int(age)), age) for age in reversed(AGES)),
                else_="",
            ).label("age"),
        )
        .join(listed, listed.c.id == Case.id)
        .outerjoin(Service, Service.id == Case.service_id)
        .offset(0)  # a fence: the journal would be read once for every choice
        .subquery()
    )
    causes = definition.choices(definition.fields["cause"])
    each = select(
        read.c.state,
        read.c.service_id,
        read.c.service,
        read.c.age,
        _severity(definition, read.c.written).label("severity"),
        func.coalesce(_said("cause", causes, read.c.written), read.c.presumed).label("cause"),
    ).subquery()
    return session.execute(select(*each.c, func.count().label("count")).group_by(*each.c)).all()


def _facets(rows: Sequence[Row], definition: Definition) -> dict[str, tuple[Option, ...]]:
    severities = definition.choices(definition.actions[QUALIFY].fields["severity"])
    causes = definition.choices(definition.fields["cause"])
    services = {str(row.service_id or "-"): row.service for row in rows}
    # Causes and services by their number, the rest in the order of the definition. What no case has is not offered.
    named = {
        "cause": {code: label.text for code, label in causes.items()},
        "gravite": {code: severities[code].text for code in reversed(severities)} | {"-": UNQUALIFIED},
        "etat": {name: state.label.text for name, state in definition.states.items()},
        "service": {
            key: Text(name, name) if name else WITHOUT_SERVICE
            for key, name in sorted(services.items(), key=lambda one: one[1] or "~")
        },
        "age": AGES,
    }
    found: dict[str, dict[str, int]] = {name: dict.fromkeys(labels, 0) for name, labels in named.items()}
    for row in rows:
        keys = {"etat": row.state, "gravite": row.severity or "-", "cause": row.cause,
                "service": str(row.service_id or "-")}  # fmt: skip
        for name, key in keys.items():
            found[name][key] = found[name].get(key, 0) + row.count
        for age in AGES:
            found["age"][age] += row.count if row.age and int(row.age) >= int(age) else 0
    offered = {
        name: [Option(code, label, found[name][code]) for code, label in labels.items() if found[name][code]]
        for name, labels in named.items()
    }
    for name in ("cause", "service"):
        offered[name].sort(key=lambda option: -option.count)
    return {name: tuple(options) for name, options in offered.items()}
