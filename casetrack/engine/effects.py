"""What an action may do beside moving the case: one small function an effect."""

from collections.abc import Callable

from sqlalchemy import delete, insert, update

from casetrack.database.tables import CaseCopy, CaseLink
from casetrack.engine import town
from casetrack.engine.step import Step
from casetrack.errors import InvalidFields
from casetrack.language import Text


def assign(step: Step) -> None:
    """Give the case to a service, to an officer, or both; another service empties the officer's place."""
    service, officer = step.values.get("service"), step.values.get("officer")
    if service is None and officer is None and "service_id" not in step.changes:
        raise InvalidFields(
            {"service": Text("choisissez un service ou un agent.", "choose a service or an officer.")}
        )
    if service is not None:
        step.changes["service_id"] = service
        if service != step.case.service_id:
            step.changes["officer_id"] = None
    if officer is not None:
        step.changes["officer_id"] = officer


def take(step: Step) -> None:
    """Make the actor the case's officer."""
    step.changes["officer_id"] = step.by.id


def release(step: Step) -> None:
    """Take the case from its officer and its service."""
    step.changes.update(service_id=None, officer_id=None)


def set_subject(step: Step) -> None:
    """Give the case its subject, which brings the service and the legal dates."""
    if (subject_id := step.values.get("subject")) is None:
        return
    subject = town.subject(step.session, int(str(subject_id)))
    step.changes["subject_id"] = subject.id
    if step.values.get("service") is None and step.changes.get("service_id") is None and subject.service_id:
        step.changes["service_id"] = subject.service_id
    step.changes["confidentiality"] = max(step.case.confidentiality, subject.confidentiality)
    step.clocks.change_subject(step.case, subject, on=step.on, seq=step.seq)
    step.subject = subject


def copy(step: Step) -> None:
    """Let another service follow the case."""
    _copy(step, asked=False)


def ask_opinion(step: Step) -> None:
    """Ask another service for its opinion."""
    _copy(step, asked=True)


def _copy(step: Step, *, asked: bool) -> None:
    key = {"case_id": step.case.id, "service_id": step.values["service"]}
    if step.values["service"] == step.case.service_id:
        raise InvalidFields(
            {
                "service": Text(
                    "ce service est déjà en charge du dossier.",
                    "this service is already in charge of the case.",
                )
            }
        )
    row = step.session.get(CaseCopy, key)
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
    """Make the text typed the draft of the answer; what was endorsed or signed was another text."""
    send_back(step)
    step.facts["draft"] = step.seq
    if outcome := step.values.get("outcome"):
        step.facts["outcome"] = outcome


def endorse(step: Step) -> None:
    """Note that the draft was endorsed."""
    step.facts["endorsed"] = step.seq


def send_back(step: Step) -> None:
    """Forget endorsement and signature: the draft must be looked at again."""
    for name in ("endorsed", "signed", "signed_by"):
        step.facts.pop(name, None)


def sign(step: Step) -> None:
    """Note who signed the draft (CRPA, art. L212-1)."""
    step.facts["signed"] = step.seq
    step.facts["signed_by"] = step.by.id


def link_original(step: Step) -> None:
    """Attach the case to the one that it repeats."""
    original = step.values["original"]
    if original == step.case.id:
        raise InvalidFields(
            {"original": Text("un dossier n'est pas son propre doublon.", "a case is not its own duplicate.")}
        )
    links = CaseLink.__table__
    step.session.execute(delete(links).where(links.c.case_id == step.case.id, links.c.kind == "duplicate_of"))
    step.session.execute(insert(links).values(case_id=step.case.id, other_id=original, kind="duplicate_of"))


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
        sign,
        link_original,
    )
}
