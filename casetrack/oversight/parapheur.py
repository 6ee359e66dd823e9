"""The drafts that wait for a head to endorse or a signatory to sign, one after the other, most urgent first."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseText, Event, Staff
from casetrack.engine import Actor, AllowedAction, allowed_actions, readable
from casetrack.language import Text
from casetrack.oversight import cases, worklists
from casetrack.oversight.cases import Letter
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
    letter: Letter | None
    """The whole letter as it would leave; None with nobody to write to."""
    text: str
    """The draft alone."""
    decides: tuple[AllowedAction, ...]
    """Actions that need no word: endorse, sign."""
    sends_back: tuple[AllowedAction, ...]
    """Actions that ask why."""
    previous: str | None
    following: tuple[Line, ...]
    more: bool


def sheet(
    session: Session,
    actor: Actor,
    *,
    today: date,
    at: datetime,
    reference: str | None = None,
    after: str | None = None,
) -> Sheet | None:
    """Return this draft, or the first that waits after the key `after`, in three queries; None when none waits.

    Raises NotFound for a case that this person may not read. A case that waits for them no longer gives None.
    """
    waits = worklists.awaits_hand(session, actor)
    wanted = cases.find(session, reference, actor) if reference else None
    if wanted is not None:
        after = worklists.key_before(wanted)
    page = worklists.urgent(session, actor, waits, today=today, after=after, size=FOLLOWING + 1)
    if wanted is None and not page.lines:
        return sheet(session, actor, today=today, at=at) if after else None
    first, *following = page.lines or [None]
    if first is None or reference not in (None, first.reference):
        return None
    case = wanted or cases.find(session, first.reference, actor)
    beside = session.execute(_beside(actor, case, waits)).one()
    definition = by_id(session, case.workflow_id)
    proposed = definition.states[case.state].next
    allowed = [one for one in allowed_actions(session, case, actor) if one.name in proposed]
    letter = cases.whole_letter(session, case, actor, at=at, answer=beside.text or "")
    return Sheet(
        case=case,
        who=first.who,
        state=first.state,
        due=owed(case.due_on, today) if case.due_on else None,
        drafted_by=beside.drafted_by or "",
        outcome=_outcome(definition, case),
        letter=letter,
        text=beside.text or "",
        decides=tuple(one for one in allowed if not one.fields),
        sends_back=tuple(one for one in allowed if one.fields),
        previous=beside.previous,
        following=tuple(following),
        more=page.after is not None,
    )


def _beside(actor: Actor, case: Case, waits: ColumnElement[bool]) -> Select:
    """Return what stands beside the case, in one query: the text, who wrote it, the draft before this one."""
    draft = case.facts.get(DRAFTS) or 0
    text = select(CaseText.body).where(
        CaseText.case_id == case.id, CaseText.seq == draft, CaseText.field == "answer"
    )
    writer = (
        select(Staff.given_name + " " + Staff.family_name)
        .join(Event, Event.actor_id == Staff.id)
        .where(Event.case_id == case.id, Event.seq == draft)
    )
    before = or_(Case.due_on < case.due_on, and_(Case.due_on == case.due_on, Case.id < case.id))
    previous = (
        select(Case.reference)
        .where(Case.closed_seq.is_(None), Case.answered_on.is_(None), readable(actor), waits, before)
        .order_by(Case.due_on.desc(), Case.id.desc())
        .limit(1)
    )
    return select(
        text.scalar_subquery().label("text"),
        writer.scalar_subquery().label("drafted_by"),
        previous.scalar_subquery().label("previous"),
    )


def _outcome(definition: Definition, case: Case) -> Text | None:
    code = case.facts.get("outcome")
    for action in definition.actions.values():
        if DRAFTS in action.effects and (field := action.fields.get("outcome")):
            label = definition.choices(field).get(str(code))
            return label.text if label else None
    return None
