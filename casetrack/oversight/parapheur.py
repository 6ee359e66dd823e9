"""The drafts that wait for a head to endorse or a signatory to sign, one after the other, most urgent first."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Event, Staff
from casetrack.engine import Actor, AllowedAction, allowed_actions, readable
from casetrack.engine.sending import answer_text
from casetrack.language import Text
from casetrack.oversight import cases, worklists
from casetrack.oversight.dates import Said, owed
from casetrack.oversight.worklists import Line
from casetrack.workflow import Definition, by_id

FOLLOWING = 10
"""Drafts listed after the one shown."""
DRAFTS = "draft"
"""Effect of the action that writes the text."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Hold one draft to decide on, with its neighbours."""

    case: Case
    who: Text
    state: Text
    due: Said | None
    drafted_by: str
    outcome: Text | None
    text: str
    decides: tuple[AllowedAction, ...]
    """Actions that need no word: endorse, sign."""
    sends_back: tuple[AllowedAction, ...]
    """Actions that ask why."""
    previous: str | None
    following: tuple[Line, ...]
    more: bool


def sheet(
    session: Session, actor: Actor, *, today: date, reference: str | None = None, after: str | None = None
) -> Sheet | None:
    """Return this draft, or the first that waits after the key `after`; None when none waits.

    Raises NotFound for a case that this person may not read. A case that waits for them no longer gives None.
    """
    waits = worklists.awaits_hand(session, actor)
    if reference is None:
        page = worklists.urgent(session, actor, waits, today=today, after=after, size=FOLLOWING + 1)
        if not page.lines:
            return sheet(session, actor, today=today) if after else None
        case = cases.find(session, page.lines[0].reference, actor)
        following, more = page.lines[1:], page.after is not None
    else:
        case = cases.find(session, reference, actor)
        if session.scalar(select(Case.id).where(Case.id == case.id, waits)) is None:
            return None
        key = worklists.key_of(case)
        page = worklists.urgent(session, actor, waits, today=today, after=key, size=FOLLOWING)
        following, more = page.lines, page.after is not None
    definition = by_id(session, case.workflow_id)
    proposed = definition.states[case.state].next
    allowed = [one for one in allowed_actions(session, case, actor) if one.name in proposed]
    known = case.citizen.name if case.citizen else None
    return Sheet(
        case=case,
        who=Text(known, known) if known else worklists.UNKNOWN_SENDER,
        state=definition.states[case.state].label.text,
        due=owed(case.due_on, today) if case.due_on else None,
        drafted_by=_drafted_by(session, case),
        outcome=_outcome(definition, case),
        text=answer_text(session, case),
        decides=tuple(one for one in allowed if not one.fields),
        sends_back=tuple(one for one in allowed if one.fields),
        previous=_previous(session, actor, case, waits),
        following=tuple(following),
        more=more,
    )


def _previous(session: Session, actor: Actor, case: Case, waits: ColumnElement[bool]) -> str | None:
    if case.due_on is None:
        return None
    before = or_(Case.due_on < case.due_on, (Case.due_on == case.due_on) & (Case.id < case.id))
    return session.scalar(
        select(Case.reference)
        .where(Case.closed_seq.is_(None), Case.answered_on.is_(None), readable(actor), waits, before)
        .order_by(Case.due_on.desc(), Case.id.desc())
        .limit(1)
    )


def _drafted_by(session: Session, case: Case) -> str:
    query = select(Staff).join(Event, Event.actor_id == Staff.id)
    found = session.scalar(query.where(Event.case_id == case.id, Event.seq == case.facts.get(DRAFTS)))
    return found.name if found else ""


def _outcome(definition: Definition, case: Case) -> Text | None:
    code = case.facts.get("outcome")
    for action in definition.actions.values():
        if DRAFTS in action.effects and (field := action.fields.get("outcome")):
            label = definition.choices(field).get(str(code))
            return label.text if label else None
    return None
