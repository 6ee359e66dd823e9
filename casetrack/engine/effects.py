"""What an action may do beside moving the case: one small function an effect."""

from collections.abc import Callable

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseCopy, CaseLink, CaseReader, Subject
from casetrack.engine import told, town
from casetrack.engine.needs import NOBODY_LEFT, next_named
from casetrack.engine.permission import SEALED, may_read
from casetrack.engine.step import Step
from casetrack.language import Text
from casetrack.workflow import by_id

NO_SERVICE = Text(
    "ce dossier est scellé\u00a0: aucun service ne le lit\u00a0; ouvrez-le plutôt à une personne.",
    "this case is sealed: no service reads it; open it to a person instead.",
)


def assign(step: Step) -> None:
    """Give the case to a service, to an officer, or both; another service empties the officer's place.

    A sealed case stays with its officer: the other service's people may not even know of it.
    """
    service, officer = step.values.get("service"), step.values.get("officer")
    if service is not None:
        _move(step, int(str(service)))
    if officer is not None:
        step.changes["officer_id"] = officer


def take(step: Step) -> None:
    """Make the actor the case's officer."""
    step.changes["officer_id"] = step.by.id


def release(step: Step) -> None:
    """Take the case from its officer and its service; a confidential one stays with the heads of its service.

    The front desk, to which the others go back, may not read it. A sealed one goes to the next person named.
    """
    step.changes["officer_id"] = (
        next_named(step.session, step.case) if step.case.confidentiality == SEALED else None
    )
    if step.case.confidentiality == 0:
        step.changes["service_id"] = None


def set_subject(step: Step) -> None:
    """Give the case its subject, which brings the service and the legal dates."""
    if (subject_id := step.values.get("subject")) is None:
        return
    subject = town.subject(step.session, int(str(subject_id)))
    step.changes["subject_id"] = subject.id
    step.changes["confidentiality"] = max(step.case.confidentiality, subject.confidentiality)
    if step.values.get("service") is None and step.changes.get("service_id") is None and subject.service_id:
        _move(step, subject.service_id)
    # The day of the act itself: one typed for it must not bring a missed promise back to life.
    today = step.place.calendar.day_of(step.at)
    step.clocks.change_subject(step.case, subject, on=step.on, today=today, seq=step.seq)
    step.subject = subject


def _move(step: Step, service_id: int) -> None:
    step.changes["service_id"] = service_id
    level = step.changes.get("confidentiality", step.case.confidentiality)
    if service_id != step.case.service_id and level != SEALED:
        step.changes["officer_id"] = None


def name(step: Step) -> None:
    """Let a person read a confidential case, where they act by their role; tell them."""
    reader = int(str(step.values["reader"]))
    key = {"case_id": step.case.id, "staff_id": reader}
    if step.session.get(CaseReader, key) is None:
        step.session.execute(insert(CaseReader).values(**key))
    told.of_a_case(step.session, step.case.id, step.seq, {reader} - {step.by.id}, told.NAMED, at=step.at)


def copy(step: Step) -> None:
    """Let another service follow the case."""
    _copy(step, asked=False)


def ask_opinion(step: Step) -> None:
    """Ask another service for its opinion."""
    _copy(step, asked=True)


def _copy(step: Step, *, asked: bool) -> None:
    key = {"case_id": step.case.id, "service_id": step.values["service"]}
    row = step.session.get(CaseCopy, key, populate_existing=True)
    if row is None:
        step.session.execute(insert(CaseCopy).values(**key, asked_opinion=asked))
    elif asked:
        row.asked_opinion = True
        step.session.flush()


def give_opinion(step: Step) -> None:
    """Note that the services asked, of which the actor is, have given their opinion."""
    mine = step.by.officer_of | step.by.heads
    for absent in step.by.replaces:
        mine |= absent.officer_of | absent.heads
    step.session.execute(
        update(CaseCopy)
        .where(CaseCopy.case_id == step.case.id, CaseCopy.asked_opinion, CaseCopy.service_id.in_(mine))
        .values(asked_opinion=False)
        .execution_options(synchronize_session="fetch")
    )


def give_up_opinion(step: Step) -> None:
    """Wait for no opinion any longer; the services asked still follow the case."""
    step.session.execute(
        update(CaseCopy)
        .where(CaseCopy.case_id == step.case.id, CaseCopy.asked_opinion)
        .values(asked_opinion=False)
        .execution_options(synchronize_session="fetch")
    )


def draft(step: Step) -> None:
    """Make the text typed the draft of the answer; what was endorsed, signed or sent back was another text."""
    _forget(step, "endorsed", "signed", "signed_by", "sent_back")
    step.facts["draft"] = step.seq
    if outcome := step.values.get("outcome"):
        step.facts["outcome"] = outcome


def endorse(step: Step) -> None:
    """Note that the draft was endorsed."""
    step.facts["endorsed"] = step.seq


def send_back(step: Step) -> None:
    """Forget endorsement and signature: the draft must be changed, and looked at again; tell the officer."""
    _forget(step, "endorsed", "signed", "signed_by")
    step.facts["sent_back"] = step.seq
    officer = {step.case.officer_id} - {step.by.id, None}
    told.of_a_case(step.session, step.case.id, step.seq, officer, told.SENT_BACK, at=step.at)


def _forget(step: Step, *facts: str) -> None:
    for fact in facts:
        step.facts.pop(fact, None)


def sign(step: Step) -> None:
    """Note who signed the draft (CRPA, art. L212-1)."""
    step.facts["signed"] = step.seq
    step.facts["signed_by"] = step.by.id


def link_original(step: Step) -> None:
    """Attach the case to the one that it repeats."""
    original = step.values["original"]
    links = CaseLink.__table__
    step.session.execute(delete(links).where(links.c.case_id == step.case.id, links.c.kind == "duplicate_of"))
    step.session.execute(insert(links).values(case_id=step.case.id, other_id=original, kind="duplicate_of"))


def _check_assign(step: Step) -> dict[str, Text]:
    given = {name: step.values.get(name) for name in ("service", "officer")}
    subject = _new_subject(step)
    service = given["service"] or (subject.service_id if subject else None)
    if service is None and given["officer"] is None:
        return {"service": Text("choisissez un service ou un agent.", "choose a service or an officer.")}
    return {}


def _check_subject(step: Step) -> dict[str, Text]:
    subject = _new_subject(step)
    sealed = subject is not None and subject.confidentiality == SEALED > step.case.confidentiality
    if sealed and step.case.officer_id is None and next_named(step.session, step.case) is None:
        return {"subject": NOBODY_LEFT}
    return {}


def _check_copy(step: Step) -> dict[str, Text]:
    if step.case.confidentiality == SEALED:
        return {"service": NO_SERVICE}
    if step.values.get("service") == step.case.service_id is not None:
        return {
            "service": Text(
                "ce service est déjà en charge du dossier.", "this service is already in charge of the case."
            )
        }
    return {}


def _check_original(step: Step) -> dict[str, Text]:
    """Refuse an original that would leave the citizen without an answer, or that the actor may not read."""
    if (number := step.values.get("original")) is None:
        return {}
    original = step.session.get_one(Case, number, populate_existing=True)
    if not may_read(step.session, original, step.by):
        return {"original": Text("ce dossier n'existe pas.", "no such case.")}
    if original.id == step.case.id:
        return {
            "original": Text("un dossier n'est pas son propre doublon.", "a case is not its own duplicate.")
        }
    # One answer to a citizen serves two letters of any kind; within the town each kind has its own end.
    to_citizen = by_id(step.session, original.workflow_id).addressed_to == "citizen"
    both_letters = to_citizen and step.definition.addressed_to == "citizen"
    if original.workflow != step.case.workflow and not both_letters:
        return {"original": Text("ce dossier est d'un autre genre.", "this is another kind of case.")}
    # Held until the end, so that nobody closes it as a copy of this one meanwhile; never waited for, since
    # they may be holding it for just that.
    held = select(Case.id).where(Case.id == number).with_for_update(skip_locked=True, key_share=True)
    if step.session.scalar(held) is None:
        return {
            "original": Text(
                "quelqu'un travaille sur ce dossier en ce moment\u00a0: réessayez.",
                "somebody is working on this case at the moment: try again.",
            )
        }
    if step.case.id in _attached_to(step.session, original):
        return {
            "original": Text(
                "ce dossier est lui-même rattaché à celui-ci\u00a0: personne ne répondrait.",
                "that case is itself attached to this one: nobody would answer.",
            )
        }
    return {}


def _attached_to(session: Session, case: Case) -> set[int]:
    """Return the cases to which a closed one was attached, from original to original."""
    followed: set[int] = set()
    current: int | None = case.id
    while current is not None and current not in followed:
        followed.add(current)
        current = session.scalar(
            select(CaseLink.other_id)
            .join(Case, Case.id == CaseLink.case_id)
            .where(CaseLink.case_id == current, CaseLink.kind == "duplicate_of", Case.closed_seq.is_not(None))
        )
    return followed


def _new_subject(step: Step) -> Subject | None:
    number = step.values.get("subject") if "set_subject" in step.action.effects else None
    return town.subject(step.session, int(str(number))) if number is not None else None


CHECK: dict[str, Callable[[Step], dict[str, Text]]] = {
    "assign": _check_assign,
    "set_subject": _check_subject,
    "copy": _check_copy,
    "ask_opinion": _check_copy,
    "link_original": _check_original,
}
"""What is looked at before any effect writes: the faults by field."""

EFFECT: dict[str, Callable[[Step], None]] = {
    function.__name__: function
    for function in (
        assign,
        take,
        release,
        set_subject,
        copy,
        ask_opinion,
        give_opinion,
        give_up_opinion,
        draft,
        endorse,
        send_back,
        name,
        sign,
        link_original,
    )
}
