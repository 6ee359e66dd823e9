"""Why a dysfunction happened, and whether it is mended: read out of its journal, its letters, and those like it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseLink, Event, Staff
from casetrack.deadlines import Calendar
from casetrack.engine import Actor, readable
from casetrack.engine.fields import storable
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight.cases import NO_SUCH_CASE, CasePage
from casetrack.oversight.dates import ANSWERED, Said, briefly, kept, moment, owed
from casetrack.oversight.dysfunctions import A_YEAR, QUALIFY, RECUR, WORKFLOW, cause_of, refuse_others
from casetrack.oversight.history import CITIZEN, CLOCK, Entry, what_happened
from casetrack.workflow import Definition, by_id, published

LETTERS, LIKE = 10, 20
"""Cases shown of each kind; the rest are counted."""
LINES = 40
"""Lines shown of the journal of one letter, the newest."""
SHARED = "duplicate_of"


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one step of the way: its name, and whether it is "done", "now" or "" (to come)."""

    label: Text
    status: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """Hold what the journal says of the cause and of the correction, each as it was last said."""

    steps: tuple[Step, ...]
    severity: Text | None
    cause: Text | None
    recurs: bool
    whys: str
    root_cause: Text | None
    plan: str
    correction: Said | None
    evidence: str
    verification: Said | None
    finding: str
    outcome: Text | None


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one line of a letter's journal: when, who, what."""

    when: Text
    who: Text
    what: Text
    is_clock: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """Hold one letter that a dysfunction is about: what was promised, what became of it, its journal."""

    reference: str
    title: str
    confidential: bool
    promised: Text | None
    answered: Said | None
    journal: tuple[Line, ...]
    """Empty of a confidential letter: its own page is read, and the reading noted."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Hold one dysfunction of the same service and of the same cause."""

    reference: str
    title: str
    reported_on: Text
    state: Text
    is_open: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Hold what happened: the letters, and what happened in the same way within a year."""

    case: Case
    cause: Text
    letters: tuple[Letter, ...]
    more_letters: int
    alike: tuple[Alike, ...]
    alike_count: int
    alike_open: int


def analysis(page: CasePage) -> Analysis | None:
    """Return what the page of a dysfunction says of its cause and correction, without any query; None of another case."""
    definition, case = page.definition, page.case
    if definition.key != WORKFLOW:
        return None
    last = _last_said(page.history)
    clocks = {clock.key: clock.due for clock in page.clocks}
    acts = definition.actions

    def chosen(action: str, field: str) -> Text | None:
        code = last.get((action, field)) or (case.fields.get(field) if action == QUALIFY else None)
        label = definition.choices(acts[action].fields[field]).get(str(code)) if code else None
        return label.text if label else None

    return Analysis(
        steps=_steps(definition, case),
        severity=chosen(QUALIFY, "severity"),
        cause=chosen(QUALIFY, "cause"),
        recurs=case.cycle > 1 or any(entry.action == RECUR for entry in page.history),
        whys=last.get(("record_analysis", "whys"), ""),
        root_cause=chosen("propose_plan", "root_cause"),
        plan=last.get(("propose_plan", "plan"), ""),
        correction=clocks.get("correction"),
        evidence=last.get(("declare_fixed", "evidence"), ""),
        verification=clocks.get("verification"),
        finding=last.get(("close", "finding"), ""),
        outcome=chosen("close", "outcome"),
    )


def facts(session: Session, actor: Actor, reference: str, *, calendar: Calendar, today: date) -> Facts:
    """Return the letters that a dysfunction is about, and the dysfunctions like it, in three queries.

    Raises NotFound for who is neither the mediator nor of the evaluation unit, or may not read it.
    """
    refuse_others(actor)
    # The newest definition knows every code that an older one used: they are never taken away.
    found = session.execute(
        select(Case).where(Case.reference == storable(reference), Case.workflow == WORKFLOW, readable(actor))
    ).scalar()
    if found is None:
        raise NotFound(NO_SUCH_CASE)
    _version, definition = published(session, WORKFLOW)
    letters, more = _letters(session, actor, found, calendar, today)
    rows = _alike(session, actor, found, definition)
    own = next((row.own for row in rows), None) or str(found.fields.get("cause"))
    label = definition.choices(definition.fields["cause"]).get(own)
    others = [row for row in rows if row.Case.id != found.id]
    return Facts(
        case=found,
        cause=label.text if label else Text("", ""),
        letters=letters,
        more_letters=more,
        alike=tuple(_said(row.Case, definition, today) for row in others[:LIKE]),
        alike_count=rows[0].total - 1 if rows else 0,
        alike_open=rows[0].still_open - int(found.is_open) if rows else 0,
    )


# ---- The way of a dysfunction ----------------------------------------------------------------------


def _last_said(history: Iterable[Entry]) -> dict[tuple[str, str], str]:
    """Return what was last typed or chosen in each field of each action."""
    found: dict[tuple[str, str], str] = {}
    for entry in history:  # newest first
        for name, value in (*entry.payload.items(), *entry.written.items()):
            found.setdefault((entry.action, name), str(value))
    return found


def _steps(definition: Definition, case: Case) -> tuple[Step, ...]:
    """Return the states on the way to the first end of the file; another end comes right after the beginning."""
    ends = [name for name, state in definition.states.items() if state.ends]
    way = [name for name, state in definition.states.items() if not state.ends] + ends[:1]
    if case.state not in way:
        way = [definition.opens_in, case.state]
    here = way.index(case.state)
    is_over = definition.states[case.state].ends
    return tuple(
        Step(
            definition.states[name].label.text,
            "now" if place == here and not is_over else "done" if place <= here else "",
        )
        for place, name in enumerate(way)
    )


# ---- The letters -----------------------------------------------------------------------------------


def _letters(
    session: Session, actor: Actor, case: Case, calendar: Calendar, today: date
) -> tuple[tuple[Letter, ...], int]:
    """Return the letters of this dysfunction and of those that joined it, each with its journal, in one query."""
    joined = select(CaseLink.case_id).where(CaseLink.other_id == case.id, CaseLink.kind == SHARED)
    about = select(CaseLink.other_id).where(
        CaseLink.kind == "about", or_(CaseLink.case_id == case.id, CaseLink.case_id.in_(joined))
    )
    shown = (
        select(Case.id, func.count().over().label("total"))
        .where(Case.id.in_(about), readable(actor))
        .order_by(Case.received_on, Case.id)
        .limit(LETTERS)
        .subquery()
    )
    rows = session.execute(
        select(Case, Event, (Staff.given_name + " " + Staff.family_name).label("who"), shown.c.total)
        .join(shown, shown.c.id == Case.id)
        .join(Event, Event.case_id == Case.id)
        .outerjoin(Staff, Staff.id == Event.actor_id)
        .order_by(Case.received_on, Case.id, Event.seq.desc())
    ).all()
    journals: dict[int, list[Row]] = {}
    for row in rows:
        journals.setdefault(row.Case.id, []).append(row)
    letters = tuple(_letter(session, lines, calendar, today) for lines in journals.values())
    return letters, (rows[0].total - len(letters)) if rows else 0


def _letter(session: Session, rows: Sequence[Row], calendar: Calendar, today: date) -> Letter:
    one = rows[0].Case
    definition = by_id(session, one.workflow_id)
    due_on, answered_on = one.first_due_on or one.due_on, one.first_answered_on or one.answered_on
    answered = None
    if due_on is not None:
        answered = owed(due_on, today) if answered_on is None else kept(due_on, answered_on, today, ANSWERED)
    lines = () if one.confidentiality else rows[:LINES]
    return Letter(
        reference=one.reference,
        title=one.title,
        confidential=one.confidentiality > 0,
        promised=briefly(due_on, today) if due_on else None,
        answered=answered,
        journal=tuple(_line(row, definition, calendar, today) for row in lines),
    )


def _line(row: Row, definition: Definition, calendar: Calendar, today: date) -> Line:
    event = row.Event
    payload: Mapping = json.loads(event.payload)
    who = {"clock": CLOCK, "citizen": CITIZEN}.get(event.actor_kind, Text(row.who or "", row.who or ""))
    what = what_happened(event, payload, definition)
    return Line(moment(event.at, calendar.timezone, today), who, what, event.actor_kind == "clock")


# ---- Those like it ---------------------------------------------------------------------------------


def _alike(session: Session, actor: Actor, case: Case, definition: Definition) -> Sequence[Row]:
    """Return the last dysfunctions of the same service and cause, itself among them, and how many there are.

    In one query: those open, and those closed within a year before it was reported or since.
    """
    of_it = select(cause_of(definition)).where(Case.id == case.id).correlate(None).scalar_subquery()
    recent = or_(Case.closed_seq.is_(None), Case.closed_on >= case.received_on - A_YEAR)
    query: Select = (
        select(
            Case,
            of_it.label("own"),
            func.count().over().label("total"),
            func.count(Case.id).filter(Case.closed_seq.is_(None)).over().label("still_open"),
        )
        .where(
            Case.workflow == WORKFLOW,
            Case.service_id == case.service_id if case.service_id else Case.service_id.is_(None),
            recent,
            readable(actor),
            or_(Case.id == case.id, cause_of(definition) == of_it),
        )
        .order_by(and_(Case.id == case.id).desc(), Case.received_on.desc(), Case.id.desc())
        .limit(LIKE + 1)
    )
    return session.execute(query).all()


def _said(one: Case, definition: Definition, today: date) -> Alike:
    return Alike(
        reference=one.reference,
        title=one.title,
        reported_on=briefly(one.received_on, today),
        state=definition.states[one.state].label.text,
        is_open=one.is_open,
    )
