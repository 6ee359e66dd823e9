"""The one gate: every change of a case goes through `open_case` or `act`.

The web, the command line, imports and the clock all come here. State, permission, needs, fields
and version are checked together; the change, its journal line, its timers and its message are
written together, in the caller's transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from casetrack.database.prepared import Copy, Prepared, made
from casetrack.database.tables import (
    CHANNELS,
    Case,
    CaseReader,
    CaseText,
    Citizen,
    Event,
    Service,
    Staff,
    Subject,
)
from casetrack.engine import journal, needs, sending, town
from casetrack.engine.actor import Actor
from casetrack.engine.clocks import Clocks, cycle_start
from casetrack.engine.effects import CHECK, EFFECT
from casetrack.engine.fields import REQUIRED, Typed, implausible, read_fields, storable
from casetrack.engine.permission import standing
from casetrack.engine.reference import next_number
from casetrack.engine.step import Step
from casetrack.errors import ActionNotAllowed, CaseChanged, InvalidFields, NeedsMissing, NotFound
from casetrack.language import Text
from casetrack.workflow import Action, Definition, Field, by_id, destination, published
from casetrack.workflow.registry import RELATIONS

HAPPENED_ON = "answered_on"
"""Field by which an act says on which day it really happened."""

_CASES = Case.__table__
_INSERT_CASE = Prepared(
    insert(_CASES).returning(_CASES.c.id), *(column.name for column in _CASES.c if column.name != "id")
)
_INSERT_EVENT = Prepared(insert(Event.__table__).inline(), *Event.__table__.c.keys())
_INSERT_TEXT = Prepared(insert(CaseText.__table__).inline(), *CaseText.__table__.c.keys())
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


def open_case(
    session: Session,
    workflow: str,
    *,
    by: Actor,
    at: datetime,
    title: str,
    received_on: date | None = None,
    channel: str = "post",
    citizen: Citizen | int | None = None,
    subject: Subject | int | None = None,
    service: Service | int | None = None,
    officer: Staff | int | None = None,
    confidentiality: int = 0,
    readers: Sequence[int] = (),
    external: tuple[str, str] | None = None,
    silent: bool = False,
    **fields: object,
) -> Case:
    """Open a case of the newest published version of `workflow`.

    1. Check who opens it and what was typed (ActionNotAllowed, InvalidFields with every fault).
    2. Take its reference number and write the case, its first journal line and its timers.
    3. Put its receipt in the outbox; `silent` leaves it out, for letters acknowledged elsewhere.

    `readers` are the staff named to read it, and at least one of a sealed case (confidentiality 2).
    The clock starts on the day of receipt, not of registration (CRPA, art. L112-1, L112-13).
    """
    workflow_id, definition = published(session, workflow)
    _check_opening(definition, by)
    place = town.place(session)
    today = place.calendar.day_of(at)
    received_on = received_on or today
    title = " ".join(storable(title).split())
    typed = read_fields(session, definition, definition.fields, fields, today=today, received_on=received_on)
    _check_letter(
        typed, title=title, received_on=received_on, today=today, channel=channel, external=external
    )
    known = _found(session, typed, "subject", town.subject, subject)
    in_charge = _found(session, typed, "service", town.service, service)
    given_to = _found(session, typed, "officer", town.staff, officer)
    named = [_found(session, typed, "readers", town.staff, reader) for reader in dict.fromkeys(readers)]
    _require_subject(definition, typed, known)
    service_id = in_charge.id if in_charge else (known.service_id if known else None)
    level = _level(typed, confidentiality, known)
    # The clock opens what it must, whoever reads: the mediator always may.
    if by.kind != "clock" and (level == 2 or (level == 1 and service_id is None)) and not (named or given_to):
        typed.faults["readers"] = Text("nommez au moins une personne.", "name at least one person.")
    if typed.faults:
        raise InvalidFields(typed.faults)
    session.flush()
    values: dict[str, object] = {
        "workflow_id": workflow_id,
        "workflow": workflow,
        "state": definition.opens_in,
        "version": 1,
        "last_seq": 1,
        "last_hash": "",
        "sealed_seq": 0,
        "title": title,
        "channel": channel,
        "received_on": received_on,
        "registered_at": at,
        "citizen_id": citizen.id if isinstance(citizen, Citizen) else citizen,
        "subject_id": known.id if known else None,
        "service_id": service_id,
        "officer_id": given_to.id if given_to else None,
        "confidentiality": level,
        "fields": typed.payload(definition.fields),
        "facts": {},
        "external_source": external[0] if external else None,
        "external_id": external[1] if external else None,
        "cycle": 1,
        "due_on": None,
        "act_by": None,
        "implicit_on": None,
        "answered_on": None,
        "first_due_on": None,
        "first_answered_on": None,
        "implicit_born_on": None,
        "closed_seq": None,
        "closed_by_id": None,
        "closed_on": None,
        "outcome": None,
    }
    number = next_number(session, definition.counter, today.year)
    values["reference"] = definition.reference.format(year=today.year, number=number)
    case = Case()
    vars(case).update(values)
    if isinstance(citizen, Citizen):
        vars(case)["citizen"] = citizen
    clocks = Clocks(session, definition, place.calendar, known)
    opening = _opening_action(definition)
    step = Step(
        session, case, definition, "open", opening, by, at, today, 1, typed.values, place, clocks, known
    )
    given = _dates(definition.fields, typed.values)
    met = _met_by(definition, "open")
    # A letter acknowledged elsewhere has no receipt of ours to be late.
    armed = [key for key in _armed_by(definition, "open") if not (silent and key in met)]
    clocks.arm(case, armed, on=today, seq=1, cycle=1, given=given)
    clocks.meet(case, [key for key in met if key in armed], on=today, seq=1)
    clocks.changes.pop("answered_on", None)
    values.update(clocks.changes)
    values["first_due_on"] = values["due_on"]
    return _write_opening(step, values, typed, readers=[reader.id for reader in named], silent=silent)


def _write_opening(step: Step, values: dict, typed: Typed, *, readers: list[int], silent: bool) -> Case:
    session, case, definition = step.session, step.case, step.definition
    line = journal.new_line(
        1,
        "",
        at=step.at,
        actor_kind=step.by.kind,
        actor_id=_staff_id(step.by),
        action="open",
        from_state=None,
        to_state=definition.opens_in,
        payload={
            "reference": case.reference,
            "workflow": f"{definition.key}@{definition.version}",
            "received_on": values["received_on"],
            "channel": values["channel"],
            "subject": values["subject_id"],
            "service": values["service_id"],
            **typed.payload(definition.fields),
        },
    )
    values["last_hash"] = line["hash"]
    case_id = _INSERT_CASE.run(session, values).fetchone()[0]
    step.writes.add(_INSERT_EVENT, {"case_id": case_id, **line})
    vars(case).update(values, id=case_id)
    # SQLite gives the number of a row that was rolled back to the next one.
    if gone := session.identity_map.get(identity_key(Case, case_id)):
        session.expunge(gone)
    make_transient_to_detached(case)
    session.add(case)
    for row in step.clocks.new:
        row["case_id"] = case_id
    step.clocks.write()
    if readers:
        session.execute(insert(CaseReader), [{"case_id": case_id, "staff_id": reader} for reader in readers])
    step.writes.add(_INSERT_TEXT, *_text_rows(case_id, 1, texts := typed.texts(definition.fields)))
    if definition.opening.sends and not silent:
        sending.send(step, definition.opening.sends.message, texts=texts)
    step.writes.send()
    return case


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
        raise InvalidFields(typed.faults)
    texts = typed.texts(step_action.fields)
    for effect in step_action.effects:
        EFFECT[effect](step)
    _move_clocks(step, to_state)
    _set_columns(step, to_state)
    step.writes.add(_INSERT_TEXT, *_text_rows(case.id, step.seq, texts))
    if step_action.sends:
        sending.send(step, step_action.sends.message, texts=texts)
    return _write(step, to_state, on_behalf_of, typed, effective_on)


def allowed_actions(session: Session, case: Case, by: Actor) -> list[AllowedAction]:
    """Return what this person may do now on this case: the one list behind buttons, forms and tests."""
    definition = by_id(session, case.workflow_id)
    to_citizen = definition.addressed_to == "citizen"
    allowed = []
    for name, action in definition.actions.items():
        if not _belongs(definition, case, name):
            continue
        stands, on_behalf_of = standing(session, case, by, action.by)
        if stands and not needs.missing(session, case, action, to_citizen=to_citizen):
            ends = definition.states[action.to or case.state].ends
            if ends and by.kind != "staff":
                continue
            allowed.append(
                AllowedAction(
                    name,
                    action.label.text,
                    action.hint.text if action.hint else None,
                    action.fields,
                    ends,
                    action.sends is not None,
                    on_behalf_of,
                )
            )
    return allowed


def refused_actions(session: Session, case: Case, by: Actor) -> list[RefusedAction]:
    """Return the actions of this state that this person cannot do now, each with the way out."""
    definition = by_id(session, case.workflow_id)
    refused = []
    for name, action in definition.actions.items():
        if not _belongs(definition, case, name):
            continue
        if not standing(session, case, by, action.by)[0]:
            refused.append(RefusedAction(name, action.label.text, "permission", (_who_may(action),)))
        elif missing := needs.missing(session, case, action, to_citizen=definition.addressed_to == "citizen"):
            refused.append(RefusedAction(name, action.label.text, "needs", tuple(missing.values())))
    return refused


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
    if to_state is None:
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
        raise ActionNotAllowed(_who_may(action), code="permission")
    if definition.states[to_state].ends and by.kind != "staff":
        raise ActionNotAllowed(
            Text(
                "Un dossier n'est clôturé que par une personne nommée.", "Only a named person closes a case."
            ),
            code="closed_only_by_a_person",
        )
    return action, to_state, on_behalf_of


def _who_may(action: Action) -> Text:
    names = [RELATIONS[name] for name in action.by]
    return Text(
        f"«\u00a0{action.label.fr}\u00a0» revient à\u00a0: {', '.join(name.fr for name in names)}.",
        f"“{action.label.en}” is for: {', '.join(name.en for name in names)}.",
    )


def _belongs(definition: Definition, case: Case, name: str) -> bool:
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
    clocks.meet(case, _met_by(definition, step.name), on=step.on, seq=step.seq)
    if case.state != to_state and before.suspends:
        clocks.resume(case, on=_resumed_on(step), seq=step.seq)
    given = _dates(step.action.fields, step.values)
    armed = [
        key
        for key in _armed_by(definition, step.name)
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
    elif case.cycle == 1 and "answered_on" in changes:
        changes["first_answered_on"] = changes["answered_on"]
    if case.cycle == 1 and not step.action.reopens and "due_on" in changes and case.first_answered_on is None:
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
        actor_id=_staff_id(step.by),
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
    step.writes.add(_INSERT_EVENT, {"case_id": case.id, **line})
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
    label = (
        definition.actions[last.action].label.text
        if last.action in definition.actions
        else Text("Enregistrer", "Register")
    )
    who = " ".join(part for part in (last.given_name, last.family_name) if part)
    at = last.at.astimezone(ZoneInfo(town.place(session).calendar.timezone))
    return CaseChanged(
        Text(
            f"{who or 'Une autre personne'} a modifié ce dossier le {at:%d/%m/%Y} à {at:%H} h {at:%M} («\u00a0{label.fr}\u00a0»).",
            f"{who or 'Somebody else'} changed this case on {at:%Y-%m-%d} at {at:%H:%M} (“{label.en}”).",
        )
    )


def _check_opening(definition: Definition, by: Actor) -> None:
    roles = {
        *by.roles,
        *(("service", "officer") if by.officer_of else ()),
        *(("service_head",) if by.heads else ()),
        by.kind,
    }
    if not roles & set(definition.opening.by):
        raise ActionNotAllowed(
            Text("Vous ne pouvez pas ouvrir ce genre de dossier.", "You may not open this kind of case."),
            code="permission",
        )


def _check_letter(
    typed: Typed,
    *,
    title: str,
    received_on: date,
    today: date,
    channel: str,
    external: tuple[str, str] | None,
) -> None:
    if not title:
        typed.faults["title"] = REQUIRED
    elif len(title) > 300:
        typed.faults["title"] = Text("300 caractères au plus.", "300 characters at most.")
    if received_on > today:
        typed.faults["received_on"] = Text(
            "un courrier ne peut pas être reçu demain.", "a letter cannot be received tomorrow."
        )
    elif fault := implausible(received_on, today):
        typed.faults["received_on"] = fault
    if channel not in CHANNELS:
        typed.faults["channel"] = Text("ce canal n'existe pas.", "there is no such channel.")
    if external and (len(external[0]) > 60 or len(external[1]) > 200):
        typed.faults["external"] = Text(
            "60 caractères au plus pour la source, 200 pour le numéro.",
            "60 characters at most for the source, 200 for the number.",
        )


def _found(
    session: Session, typed: Typed, name: str, find: Callable[[Session, int], Any], given: object
) -> Any:
    """Return the subject, service or person given, by row or by number; None, and a fault, if there is none."""
    if given is None:
        return None
    try:
        if (row := find(session, given if isinstance(given, int) else given.id)).is_active:  # type: ignore[attr-defined]
            return row
    except NotFound:
        pass
    typed.faults[name] = Text("n'existe pas, ou plus.", "does not exist, or no longer.")
    return None


def _level(typed: Typed, confidentiality: int, subject: Subject | None) -> int:
    """Return how confidential the case is: as typed, at least as its subject asks."""
    if confidentiality not in (0, 1, 2):
        typed.faults["confidentiality"] = Text("0, 1 ou 2.", "0, 1 or 2.")
        return 0
    return max(confidentiality, subject.confidentiality if subject else 0)


def _require_subject(definition: Definition, typed: Typed, subject: Subject | None) -> None:
    if subject is None and definition.addressed_to == "citizen":
        typed.faults.setdefault("subject", REQUIRED)


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


def _opening_action(definition: Definition) -> Action:
    return Action.model_construct(
        label=definition.label,
        hint=None,
        from_=[],
        to=definition.opens_in,
        by=definition.opening.by,
        needs=[],
        fields=definition.fields,
        sends=definition.opening.sends,
        effects=[],
        decides=False,
        outcome=None,
        reopens=False,
    )


def _armed_by(definition: Definition, name: str) -> list[str]:
    return [key for key, deadline in definition.deadlines.items() if name in deadline.armed_by]


def _met_by(definition: Definition, name: str) -> list[str]:
    return [key for key, deadline in definition.deadlines.items() if name in deadline.met_by]


def _text_rows(case_id: int, seq: int, texts: Mapping[str, str]) -> list[dict[str, object]]:
    return [{"case_id": case_id, "seq": seq, "field": name, "body": body} for name, body in texts.items()]


def _dates(fields: Mapping[str, Field], values: Mapping[str, object]) -> dict[str, date]:
    return {
        name: date.fromisoformat(str(value)) for name, value in values.items() if fields[name].type == "date"
    }


def _staff_id(by: Actor) -> int | None:
    return by.id if by.kind == "staff" else None
