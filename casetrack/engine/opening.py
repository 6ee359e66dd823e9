"""How a case begins: what was typed is checked, a number is taken, its clocks start, its receipt is written."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from casetrack.database.prepared import Prepared
from casetrack.database.tables import CHANNELS, Case, CaseReader, Citizen, Service, Staff, StaffRole, Subject
from casetrack.deadlines.words import filled
from casetrack.engine import journal, sending, told, town
from casetrack.engine.actor import Actor
from casetrack.engine.clocks import Clocks
from casetrack.engine.fields import REQUIRED, Typed, implausible, read_fields, storable
from casetrack.engine.permission import SEALED
from casetrack.engine.reference import next_number
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
from casetrack.errors import ActionNotAllowed, InvalidFields, NotFound
from casetrack.language import Text
from casetrack.spelling import visible
from casetrack.workflow import Action, Definition, published
from casetrack.workflow.registry import RELATIONS

OPENERS = {  # as no service is in charge yet
    "officer": Text("un agent traitant", "a case officer"),
    "service": Text("un agent traitant", "a case officer"),
    "service_head": Text("un responsable de service", "the head of a service"),
}
TREAT = ("officer", "head")
"""Roles of those who have letters in charge, and a list of them."""
NOT_OLD = timedelta(days=60)
"""A letter that arrived longer ago is rare enough for its day to be looked at twice."""
OLD = Text(
    "ce courrier serait arrivé le {day}, il y a plus de soixante jours\u00a0: confirmez-le ou corrigez la date.",
    "this letter would have arrived on {day}, more than sixty days ago: confirm it or correct the date.",
)
CANNOT_TREAT = Text(
    "nommez une personne qui traite des courriers\u00a0: un agent traitant ou un responsable.",
    "name a person who treats letters: a case officer or a head.",
)

_CASES = Case.__table__
_INSERT_CASE = Prepared(
    insert(_CASES).returning(_CASES.c.id), *(column.name for column in _CASES.c if column.name != "id")
)


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
    old_date_confirmed: bool | None = None,
    **fields: object,
) -> Case:
    """Open a case of the newest published version of `workflow`.

    1. Check who opens it and what was typed (ActionNotAllowed, InvalidFields with every fault).
    2. Take its reference number and write the case, its first journal line and its timers.
    3. Put its receipt in the outbox; `silent` leaves it out, for letters acknowledged elsewhere.

    `readers` are the staff named to read it, and at least one of a sealed case (confidentiality 2): the first
    of them who treats letters has it in charge unless `officer` says who, and each is told.
    `old_date_confirmed` is asked of whoever types the day: False refuses one more than sixty days ago, at the
    field of that name, until it is True. An import, which copies what was written elsewhere, leaves it out.
    The clock starts on the day of receipt, not of registration (CRPA, art. L112-1, L112-13).
    """
    workflow_id, definition = published(session, workflow)
    opener = _opener(definition, by)
    place = town.place(session)
    today = place.calendar.day_of(at)
    received_on = received_on or today
    title = visible(storable(title))
    typed = read_fields(session, definition, definition.fields, fields, today=today, received_on=received_on)
    _check_letter(
        typed, title=title, received_on=received_on, today=today, channel=channel, external=external
    )
    if old_date_confirmed is False and received_on < today - NOT_OLD and "received_on" not in typed.faults:
        typed.faults["old_date_confirmed"] = filled(OLD, day=received_on)
    known = _found(session, typed, by, "subject", town.subject, subject)
    in_charge = _found(session, typed, by, "service", town.service, service)
    given_to = _found(session, typed, by, "officer", town.staff, officer)
    named = [_found(session, typed, by, "readers", town.staff, reader) for reader in dict.fromkeys(readers)]
    _require_subject(definition, typed, known)
    service_id = in_charge.id if in_charge else (known.service_id if known else None)
    level = _level(typed, confidentiality, known)
    # The clock opens what it must, whoever reads: the mediator always may.
    if by.kind != "clock" and (level == SEALED or (level == 1 and service_id is None)):
        given_to = given_to or _in_whose_hands(session, definition, typed, named)
        if not (named or given_to):
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
    given = typed_dates(definition.fields, typed.values)
    met = met_by(definition, "open")
    # A letter acknowledged elsewhere has no receipt of ours to be late.
    armed = [key for key in armed_by(definition, "open") if not (silent and key in met)]
    clocks.arm(case, armed, on=today, seq=1, cycle=1, given=given)
    clocks.meet(case, [key for key in met if key in armed], on=today, seq=1)
    clocks.changes.pop("answered_on", None)
    values.update(clocks.changes)
    values["first_due_on"] = values["due_on"]
    readers_named = [reader.id for reader in named]
    on_behalf_of = None if opener is by else opener.id
    return _write_opening(
        step, values, typed, readers=readers_named, silent=silent, on_behalf_of=on_behalf_of
    )


def _write_opening(
    step: Step, values: dict, typed: Typed, *, readers: list[int], silent: bool, on_behalf_of: int | None
) -> Case:
    session, case, definition = step.session, step.case, step.definition
    line = journal.new_line(
        1,
        "",
        at=step.at,
        actor_kind=step.by.kind,
        actor_id=staff_id(step.by),
        on_behalf_of_id=on_behalf_of,
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
    step.writes.add(INSERT_EVENT, {"case_id": case_id, **line})
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
    if case.confidentiality and step.by.kind == "staff":
        in_charge = {values["officer_id"]} if case.confidentiality == SEALED else set()
        people = {key for key in (*readers, *in_charge) if isinstance(key, int)} - {step.by.id}
        told.of_a_case(session, case_id, 1, people, told.NAMED, at=step.at)
    step.writes.add(INSERT_TEXT, *text_rows(case_id, 1, texts := typed.texts(definition.fields)))
    if definition.opening.sends and not silent:
        sending.send(step, definition.opening.sends.message, texts=texts)
    step.writes.send()
    return case


def may_open(session: Session, workflow: str, by: Actor) -> bool:
    """Tell whether this person, or somebody absent whom they replace, may open such a case; nobody where none is published."""
    try:
        definition = published(session, workflow)[1]
    except NotFound:
        return False
    return any(_may_open(definition, person) for person in (by, *by.replaces))


def require_may_open(session: Session, workflow: str, by: Actor) -> None:
    """Raise ActionNotAllowed, which says who may, unless this person may open such a case."""
    _opener(published(session, workflow)[1], by)


def _opener(definition: Definition, by: Actor) -> Actor:
    """Return as whom this person opens such a case: themselves, otherwise somebody absent whom they replace."""
    for person in (by, *by.replaces):
        if _may_open(definition, person):
            return person
    label, names = definition.label, [OPENERS.get(name, RELATIONS[name]) for name in definition.opening.by]
    raise ActionNotAllowed(
        Text(
            f"Ouvrir «\u00a0{label.fr}\u00a0» revient à\u00a0: {', '.join(name.fr for name in names)}.",
            f"Opening “{label.en}” is for: {', '.join(name.en for name in names)}.",
        ),
        code="permission",
    )


def _may_open(definition: Definition, by: Actor) -> bool:
    roles = {
        *by.roles,
        *(("service", "officer") if by.officer_of else ()),
        *(("service_head",) if by.heads else ()),
        by.kind,
    }
    return bool(roles & set(definition.opening.by))


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
            "un courrier ne peut pas être reçu à une date à venir.",
            "a letter cannot be received on a day to come.",
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
    session: Session, typed: Typed, by: Actor, name: str, find: Callable[[Session, int], Any], given: object
) -> Any:
    """Return the subject, service or person given, by row or by number; None, and a fault, if there is none.

    A breach is noted even of a service that was closed since: the clock names what is no longer active.
    """
    if given is None:
        return None
    try:
        row = find(session, given if isinstance(given, int) else given.id)  # type: ignore[attr-defined]
        if row.is_active or by.kind == "clock":
            return row
    except NotFound:
        pass
    typed.faults[name] = Text("n'existe pas, ou plus.", "does not exist, or no longer.")
    return None


def _in_whose_hands(
    session: Session, definition: Definition, typed: Typed, named: Sequence[Staff | None]
) -> Staff | None:
    """Return the first person named who treats letters; None, and a fault, where none of them does."""
    people = [person for person in named if person is not None]
    if definition.addressed_to != "citizen" or not people:
        return None
    treat = select(StaffRole.staff_id).where(
        StaffRole.staff_id.in_([person.id for person in people]), StaffRole.role.in_(TREAT)
    )
    able = set(session.scalars(treat))
    if found := next((person for person in people if person.id in able), None):
        return found
    typed.faults.setdefault("readers", CANNOT_TREAT)
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
