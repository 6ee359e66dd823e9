"""What an action may ask for before it is done: one function a need, its sentence in the registry."""

from collections.abc import Callable, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseCopy, CaseReader
from casetrack.language import Text
from casetrack.workflow import Action
from casetrack.workflow.registry import NEEDS as SENTENCES

RECIPIENT = Text(
    "Personne à qui écrire\u00a0: ajoutez une adresse à l'expéditeur, ou clôturez sans réponse avec le motif «\u00a0anonyme\u00a0».",
    "Nobody to write to: add an address to the sender, or close without an answer with the reason “anonymous”.",
)
SEALED = Text(
    "Plus personne ne pourrait lire ce dossier scellé\u00a0: donnez-le d'abord à un autre agent.",
    "Nobody could read this sealed case any more: give it to another officer first.",
)
REACHES_THE_CITIZEN = ("answers", "informs", "asks")


def missing(session: Session, case: Case, action: Action, *, to_citizen: bool) -> dict[str, Text]:
    """Return what must be done first, by code; empty when nothing is missing."""
    found = {name: SENTENCES[name] for name in action.needs if not NEED[name](session, case)}
    if to_citizen and action.sends and action.sends.role in REACHES_THE_CITIZEN and case.citizen_id is None:
        found["recipient"] = RECIPIENT
    if "release" in action.effects and case.confidentiality == 2 and not has_named_readers(session, case):
        found["reader"] = SEALED
    return found


def has_named_readers(session: Session, case: Case) -> bool:
    """Tell whether somebody is named to read the case, beside its officer."""
    return session.execute(select(CaseReader).where(CaseReader.case_id == case.id)).first() is not None


def _fact(*names: str) -> Callable[[Session, Case], bool]:
    return lambda _session, case: all(case.facts.get(name) for name in names)


def _no_opinion_awaited(session: Session, case: Case) -> bool:
    query = select(CaseCopy.service_id).where(CaseCopy.case_id == case.id, CaseCopy.asked_opinion)
    return session.execute(query).first() is None


NEED: dict[str, Callable[[Session, Case], bool]] = {
    "service": lambda _session, case: case.service_id is not None,
    "officer": lambda _session, case: case.officer_id is not None,
    "draft": _fact("draft"),
    "endorsed": _fact("draft", "endorsed"),
    "signed": _fact("draft", "signed"),
    "no_opinion_awaited": _no_opinion_awaited,
}


def known() -> Iterable[str]:
    """Return the names of the needs that the engine can check."""
    return NEED.keys()
