"""The one gate: every change of an open case goes through `act`; `casetrack.engine.opening` lets it in.

The web, the command line, imports and the clock all come here. State, permission, needs, fields
and version are checked together; the change, its journal line, its timers and its message are
written together, in the caller's transaction.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from casetrack.database.prepared import Copy, Prepared, made
from casetrack.database.tables import (
    Case,
    Event,
    Staff,
    StaffRole,
)
from casetrack.engine import journal, needs, sending, town
from casetrack.engine.actor import Actor
from casetrack.engine.clocks import Clocks, cycle_start
from casetrack.engine.effects import CHECK, EFFECT
from casetrack.engine.fields import Typed, read_fields
from casetrack.engine.permission import SEALED, asking_much, may_read, standing
from casetrack.engine.step import (
    INSERT_EVENT,
    INSERT_TEXT,
    Step,
    armed_by,
    met_by,
    staff_id,
    text_rows,
    typed_dates,
)
from casetrack.errors import ActionNotAllowed, CaseChanged, InvalidFields, NeedsMissing, NotFound
from casetrack.language import Text
from casetrack.workflow import Action, Definition, Field, by_id, destination
from casetrack.workflow.registry import RELATIONS

HAPPENED_ON = "answered_on"
"""Field by which an act says on which day it really happened."""

PERSON = {
    "officer": Text("{name} (agent en charge)", "{name} (officer in charge)"),
    "service_head": Text(
        "{name} (responsable du service) ou un responsable au-dessus",
        "{name} (head of the service) or a head above",
    ),
}

_CASES = Case.__table__
# Not FOR UPDATE: whoever only refers to this case (a duplicate, the trace of a reading) need not wait,
# and two cases attached to each other at the same moment do not wait for each other.
_HELD = Copy(Case, held=True)
_GUARD = (
    _CASES.c.id == bindparam("of_case"),
    _CASES.c.version == bindparam("seen_version"),
    _CASES.c.last_seq == bindparam("seen_seq"),
)


@cache
def _update_case(columns: tuple[str, ...]) -> Prepared:
    """Return the guarded update of these columns: nothing is written over somebody else's act."""
    return Prepared(update(_CASES).where(*_GUARD), *columns)


@dataclass(frozen=True, slots=True)
class AllowedAction:
    """Hold what a person may do now on a case: enough to make a button and its form."""

    name: str
    label: Text
    hint: Text | None
    fields: Mapping[str, Field]
    ends: bool
    tells_citizen: bool
    on_behalf_of_id: int | None


@dataclass(frozen=True, slots=True)
class RefusedAction:
    """Hold an action that belongs to this state but cannot be done now, and why."""

    name: str
    label: Text
    code: str
    reasons: tuple[Text, ...]


def act(
    session: Session,
    case: Case | int,
    action: str,
    *,
    by: Actor,
    at: datetime,
    version: int | None = None,
    effective_on: date | None = None,
    **fields: object,
) -> Event:
    """Do one action on a case and return its journal line; refuse it whole otherwise.

    1. Check state and permission (ActionNotAllowed), the version that the person saw
       (CaseChanged), what must be done first (NeedsMissing), what was typed (InvalidFields).
    2. Apply the effects, move the clocks, take the state of the definition.
    3. Write the case, the journal line, the texts and the message.

    `version` is the one that a form carried; `effective_on` the day on which it really happened,
    where that is not the day of recording. Never commits.
    """
    session.flush()
    case = _held(session, case)
    case.copies = case.named = case.heads = None  # what a page has read of them may be about to change
    definition = by_id(session, case.workflow_id)
    step_action, to_state, on_behalf_of = _permitted(session, definition, case, action, by)
    if version is not None and version != case.version:
        raise _changed(session, case)
    if missing := needs.missing(session, case, step_action, to_citizen=definition.addressed_to == "citizen"):
        raise NeedsMissing(missing)
    place = town.place(session)
    today = place.calendar.day_of(at)
    typed = read_fields(
        session, definition, step_action.fields, fields, today=today, received_on=case.received_on
    )
    if effective_on is None and HAPPENED_ON in typed.values:
        effective_on = date.fromisoformat(str(typed.values[HAPPENED_ON]))
    _check_effective(session, case, typed, effective_on, today)
    subject = town.subject(session, case.subject_id) if case.subject_id else None
    step = Step(
        session,
        case,
        definition,
        action,
        step_action,
        by,
        at,
        effective_on or today,
        case.last_seq + 1,
        typed.values,
        place,
        Clocks(session, definition, place.calendar, subject),
        subject,
        facts=dict(case.facts),
    )
    # Everything is checked before anything is written: a refusal leaves nothing behind.
    for effect in step_action.effects:
        if check := CHECK.get(effect):
            typed.faults.update(check(step))
    if typed.faults:
        raise InvalidFields(typed.faults, {name: one.label.text for name, one in step_action.fields.items()})
    texts = typed.texts(step_action.fields)
    for effect in step_action.effects:
        EFFECT[effect](step)
    _move_clocks(step, to_state)
    _set_columns(step, to_state)
    step.writes.add(INSERT_TEXT, *text_rows(case.id, step.seq, texts))
    if step_action.sends:
        sending.send(step, step_action.sends.message, texts=texts)
    return _write(step, to_state, on_behalf_of, typed, effective_on)


def allowed_actions(session: Session, case: Case, by: Actor) -> list[AllowedAction]:
    """Return what this person may do now on this case: the one list behind buttons, forms and tests."""
    with asking_much(session, case):
        if case.confidentiality and not may_read(session, case, by):
            return []
        found = [_allowed(session, case, by, name) for name in by_id(session, case.workflow_id).actions]
    return [action for action in found if action is not None]


def allowed_action(session: Session, case: Case, by: Actor, name: str) -> AllowedAction | None:
    """Return one action of `allowed_actions`, without asking about the others; None when it is not there."""
    if case.confidentiality and not may_read(session, case, by):
        return None
    return _allowed(session, case, by, name)


def _allowed(session: Session, case: Case, by: Actor, name: str) -> AllowedAction | None:
    definition = by_id(session, case.workflow_id)
    action = definition.actions.get(name)
    if action is None or not _belongs(definition, case, name):
        return None
    stands, on_behalf_of = standing(session, case, by, action.by)
    to_citizen = definition.addressed_to == "citizen"
    if not stands or needs.missing(session, case, action, to_citizen=to_citizen):
        return None
    ends = definition.states[action.to or case.state].ends
    if ends and by.kind != "staff":
        return None
    hint = action.hint.text if action.hint else None
    return AllowedAction(
        name, label_of(action, case), hint, action.fields, ends, action.sends is not None, on_behalf_of
    )


def label_of(action: Action, case: Case) -> Text:
    """Return what an action is called on this case: a draft is written once, and corrected from then on."""
    again = action.again if "draft" in action.effects and case.facts.get("draft") else None
    return (again or action.label).text


def refused_actions(session: Session, case: Case, by: Actor) -> list[RefusedAction]:
    """Return the actions of this state that this person cannot do now, each with the way out."""
    with asking_much(session, case):
        return list(_refused(session, case, by))


def _refused(session: Session, case: Case, by: Actor) -> Iterator[RefusedAction]:
    definition = by_id(session, case.workflow_id)
    known: dict[str, str] | None = None
    for name, action in definition.actions.items():
        if not _belongs(definition, case, name):
            continue
        if not standing(session, case, by, action.by)[0]:
            known = _in_place(session, case) if known is None else known
            reasons = (_who_may(action, case, known),)
            yield RefusedAction(name, label_of(action, case), "permission", reasons)
        elif missing := needs.missing(session, case, action, to_citizen=definition.addressed_to == "citizen"):
            yield RefusedAction(name, label_of(action, case), "needs", tuple(missing.values()))


def _permitted(
    session: Session, definition: Definition, case: Case, name: str, by: Actor
) -> tuple[Action, str, int | None]:
    action = definition.actions.get(name)
    if action is None:
        raise ActionNotAllowed(
            Text(
                f"Le circuit de {case.reference} ne connaît pas l'action «\u00a0{name}\u00a0».",
                f"The workflow of {case.reference} has no action “{name}”.",
            ),
            code="unknown_action",
        )
    to_state = destination(definition, case.state, name)
    if to_state is None or not _belongs(definition, case, name):
        state = definition.states[case.state].label.text
        raise ActionNotAllowed(
            Text(
                f"Le dossier {case.reference} est «\u00a0{state.fr}\u00a0»\u00a0: «\u00a0{action.label.fr}\u00a0» n'est pas possible dans cet état.",
                f"Case {case.reference} is “{state.en}”: “{action.label.en}” cannot be done in this state.",
            ),
            code="state",
        )
    stands, on_behalf_of = standing(session, case, by, action.by)
    if not stands:
        raise ActionNotAllowed(_who_may(action, case, _in_place(session, case)), code="permission")
    if definition.states[to_state].ends and by.kind != "staff":
        raise ActionNotAllowed(
            Text(
                "Un dossier n'est clôturé que par une personne nommée.", "Only a named person closes a case."
            ),
            code="closed_only_by_a_person",
        )
    return action, to_state, on_behalf_of


def _in_place(session: Session, case: Case) -> dict[str, str]:
    """Return by relation the names of the people whom a refusal may give: the officer, the heads of the service."""
    found = {}
    if case.officer_id is not None:
        found["officer"] = town.staff(session, case.officer_id).name
    # Of a sealed case a head may know nothing: to name one would send people to the wrong door.
    if case.service_id is not None and case.confidentiality < SEALED:
        names = _heads(session, case.service_id) if case.heads is None else case.heads
        if names:
            found["service_head"] = ", ".join(names)
    return found


def _heads(session: Session, service_id: int) -> list[str]:
    heads = (
        select(Staff.given_name, Staff.family_name)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(StaffRole.role == "head", StaffRole.service_id == service_id, Staff.is_active)
    )
    return [f"{given} {family}" for given, family in session.execute(heads.order_by(Staff.id))]


def _who_may(action: Action, case: Case, known: Mapping[str, str]) -> Text:
    """Say to whom an action belongs, each once, and by name where somebody is known."""
    label = label_of(action, case)
    names = dict.fromkeys(
        PERSON[name].filled(name=known[name]) if name in known else RELATIONS[name]
        for name in action.by
        # A head of the service, or of one above, is said already; nobody is named to an ordinary case.
        if not (name == "director" and "service_head" in action.by)
        and not (name == "named" and not case.confidentiality)
    )
    return Text(
        f"«\u00a0{label.fr}\u00a0» revient à\u00a0: {', '.join(name.fr for name in names)}.",
        f"“{label.en}” is for: {', '.join(name.en for name in names)}.",
    )


def _belongs(definition: Definition, case: Case, name: str) -> bool:
    # An ordinary case is open to the services: there is nobody to name.
    if "name" in definition.actions[name].effects and not case.confidentiality:
        return False
    return destination(definition, case.state, name) is not None


def _move_clocks(step: Step, to_state: str) -> None:
    """Let the deadlines follow: met, ended, armed, suspended, resumed, as the definition says."""
    clocks, case, definition = step.clocks, step.case, step.definition
    before, after = definition.states[case.state], definition.states[to_state]
    if step.action.reopens:
        clocks.cancel_all(case, on=step.on, seq=step.seq)
        clocks.changes.update(cycle=case.cycle + 1, answered_on=None, implicit_born_on=None)
        cycle_keys = [key for key, deadline in definition.deadlines.items() if deadline.reopens]
        clocks.arm(case, cycle_keys, on=step.on, seq=step.seq, cycle=case.cycle + 1, given={}, reopening=True)
    clocks.meet(case, met_by(definition, step.name), on=step.on, seq=step.seq)
    if case.state != to_state and before.suspends:
        clocks.resume(case, on=_resumed_on(step), seq=step.seq)
    given = typed_dates(step.action.fields, step.values)
    armed = [
        key
        for key in armed_by(definition, step.name)
        if clocks.can_arm(key, given) and not (step.action.reopens and definition.deadlines[key].reopens)
    ]
    if armed:
        clocks.cancel(case, armed, on=step.on, seq=step.seq, status="superseded")
        cycle = clocks.changes.get("cycle", case.cycle)
        clocks.arm(case, armed, on=step.on, seq=step.seq, cycle=cycle, given=given)
    if cancelled := [
        key for key, deadline in definition.deadlines.items() if step.name in deadline.cancelled_by
    ]:
        clocks.cancel(case, cancelled, on=step.on, seq=step.seq)
    if case.state != to_state and after.suspends:
        until = date.fromisoformat(str(step.values[after.until]))
        clocks.suspend(case, after.suspends, on=step.on, until=until, seq=step.seq)
    if after.ends:
        clocks.cancel_all(case, on=step.on, seq=step.seq)
    clocks.write()
    step.changes.update(clocks.changes)


def _resumed_on(step: Step) -> date:
    """Return the day on which the missing items came: the day typed, otherwise the day of the act."""
    given = step.values.get("received")
    return min(date.fromisoformat(str(given)), step.on) if given else step.on


def _set_columns(step: Step, to_state: str) -> None:
    case, changes = step.case, step.changes
    changes["state"] = to_state
    if step.action.reopens:
        changes.update(closed_seq=None, closed_by_id=None, closed_on=None, outcome=None)
        step.facts.clear()
    elif case.cycle == 1 and case.first_answered_on is None and "answered_on" in changes:
        changes["first_answered_on"] = changes["answered_on"]
    # Once kept, late or past its day, what was first promised stays as it was.
    today = step.place.calendar.day_of(step.at)
    is_settled = case.first_answered_on is not None or (case.first_due_on or today) < today
    if case.cycle == 1 and not step.action.reopens and "due_on" in changes and not is_settled:
        changes["first_due_on"] = changes["due_on"]
    if step.definition.states[to_state].ends:
        outcome = step.values.get("outcome") or step.action.outcome or "done"
        changes.update(closed_seq=step.seq, closed_by_id=step.by.id, closed_on=step.on, outcome=outcome)
    if step.facts != case.facts:
        changes["facts"] = step.facts


def _write(
    step: Step, to_state: str, on_behalf_of: int | None, typed: Typed, effective_on: date | None
) -> Event:
    session, case = step.session, step.case
    line = journal.new_line(
        step.seq,
        case.last_hash,
        at=step.at,
        actor_kind=step.by.kind,
        actor_id=staff_id(step.by),
        on_behalf_of_id=on_behalf_of,
        action=step.name,
        from_state=case.state,
        to_state=to_state,
        ends=step.definition.states[to_state].ends,
        payload=typed.payload(step.action.fields),
        effective_on=effective_on,
    )
    changes = {**step.changes, "version": case.version + 1, "last_seq": step.seq, "last_hash": line["hash"]}
    guard = {"of_case": case.id, "seen_version": case.version, "seen_seq": case.last_seq}
    step.writes.add(INSERT_EVENT, {"case_id": case.id, **line})
    step.writes.add(_update_case(tuple(sorted(changes))), {**changes, **guard})
    if step.writes.send() != 1:
        raise _changed(session, case)
    vars(case).update(changes)
    return made(Event, {"case_id": case.id, **line})


def _held(session: Session, case: Case | int) -> Case:
    """Hold the case until the end of the transaction; raise CaseChanged if it is not the one that was read.

    What only the clock wrote meanwhile (a warning, a breach) disturbs nobody: the chain goes on from it.
    """
    held = _HELD.of(session, case if isinstance(case, int) else case.id)
    if isinstance(case, int):
        if held is None:
            raise NotFound(Text(f"Il n'y a pas de dossier n° {case}.", f"There is no case {case}."))
        return _known(session, held)
    if held is None or held.version != case.version:
        raise _changed(session, case)
    vars(case).update(last_seq=held.last_seq, last_hash=held.last_hash)
    return case


def _known(session: Session, held: Case) -> Case:
    """Return the session's own object of this case where it has one, brought up to date."""
    known = session.identity_map.get(identity_key(Case, held.id))
    if known is None:
        return held
    vars(known).update(vars(held))
    return known


def _changed(session: Session, case: Case) -> CaseChanged:
    """Say who changed the case, what they did and when."""
    definition = by_id(session, case.workflow_id)
    last = session.execute(
        select(Event.action, Event.at, Event.actor_kind, Staff.given_name, Staff.family_name)
        .join(Staff, Staff.id == Event.actor_id, isouter=True)
        .where(Event.case_id == case.id, Event.action.in_([*definition.actions, "open"]))
        .order_by(Event.seq.desc())
        .limit(1)
    ).first()
    if last is None or last.actor_kind == "clock":  # nobody has done anything since the clock opened it
        return CaseChanged(
            Text("Ce dossier n'est plus celui qui était affiché.", "This case is no longer the one shown.")
        )
    who = " ".join(part for part in (last.given_name, last.family_name) if part)
    at = last.at.astimezone(ZoneInfo(town.place(session).calendar.timezone))
    done = _done(definition, last.action)
    return CaseChanged(
        Text(
            f"{who or 'Une autre personne'} a {done.fr} le {at:%d/%m/%Y} à {at:%H}\u00a0h\u00a0{at:%M}.",
            f"{who or 'Somebody else'} {done.en} on {at:%Y-%m-%d} at {at:%H:%M}.",
        )
    )


def _done(definition: Definition, name: str) -> Text:
    """Say what was done, after the name of who did it; a definition without the words says that something changed."""
    if name not in definition.actions:
        return Text("enregistré ce dossier", "registered this case")
    action = definition.actions[name]
    label = action.label
    return (
        action.done.text
        if action.done
        else Text(f"modifié ce dossier («\u00a0{label.fr}\u00a0»)", f"changed this case (“{label.en}”)")
    )


def _check_effective(
    session: Session, case: Case, typed: Typed, effective_on: date | None, today: date
) -> None:
    """Refuse a day on which the act cannot have happened: tomorrow, or before this cycle began."""
    if effective_on is None:
        return
    name = HAPPENED_ON if HAPPENED_ON in typed.values else "effective_on"
    began_on = cycle_start(session, case)
    if effective_on > today:
        typed.faults.setdefault(name, Text("cela n'est pas encore arrivé.", "this has not happened yet."))
    elif effective_on < began_on:
        typed.faults.setdefault(
            name, Text(f"au plus tôt le {began_on:%d/%m/%Y}.", f"no earlier than {began_on}.")
        )
