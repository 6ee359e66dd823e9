"""What an action may ask for before it is done: one function a need, its sentence in the registry."""

from collections.abc import Callable, Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseCopy, CaseReader, Staff, StaffRole
from casetrack.engine import town
from casetrack.engine.permission import SEALED
from casetrack.language import Text
from casetrack.workflow import Action, by_id
from casetrack.workflow.registry import NEEDS as SENTENCES
from casetrack.workflow.registry import READERS

RECIPIENT = Text(
    "Personne à qui écrire\u00a0: l'expéditeur est inconnu. Le responsable du service peut clôturer sans réponse, avec le motif «\u00a0Expéditeur anonyme\u00a0».",
    "Nobody to write to: the sender is unknown. The head of the service may close without an answer, for the reason “Anonymous sender”.",
)
NOBODY_LEFT = Text(
    "Plus personne ne pourrait lire ce dossier scellé\u00a0: ouvrez-le d'abord à une autre personne.",
    "Nobody could read this sealed case any more: open it to another person first.",
)
NOBODY_NEXT = {  # a sealed case goes only to somebody who reads it: role, what is said where nobody holds it
    "service_head": (
        "head",
        Text(
            "Aucun responsable du service ne peut lire ce dossier scellé\u00a0: ouvrez-le d'abord à qui doit viser.",
            "No head of the service may read this sealed case: open it to the one who must endorse first.",
        ),
    ),
    "signatory": (
        "signatory",
        Text(
            "Personne qui signe pour le service ne peut lire ce dossier scellé\u00a0: ouvrez-le d'abord à qui doit signer.",
            "Nobody who signs for the service may read this sealed case: open it to the one who must sign first.",
        ),
    ),
}
REACHES_THE_CITIZEN = ("answers", "informs", "asks")


def missing(
    session: Session, case: Case, action: Action, *, to_citizen: bool, asks: bool = True
) -> dict[str, Text]:
    """Return what must be done first, by code; empty when nothing is missing.

    Without `asks`, only what the case itself tells: a list of fifty would send a question for each.
    """
    needed = (name for name in action.needs if asks or name not in ASKING)
    found = {name: SENTENCES[name] for name in needed if not NEED[name](session, case)}
    if to_citizen and action.sends and action.sends.role in REACHES_THE_CITIZEN and case.citizen_id is None:
        found["recipient"] = RECIPIENT
    if asks and case.confidentiality == SEALED:
        if "release" in action.effects and next_named(session, case) is None:
            found["reader"] = NOBODY_LEFT
        elif lacking := _nobody_next(session, case, action):
            found["reader"] = lacking
    return found


def next_named(session: Session, case: Case) -> int | None:
    """Return somebody at work who is named to read the case, beside its officer; None where there is nobody."""
    query = select(CaseReader.staff_id).join(Staff, Staff.id == CaseReader.staff_id)
    others = query.where(CaseReader.case_id == case.id, Staff.is_active)
    if case.officer_id is not None:
        others = others.where(Staff.id != case.officer_id)
    return session.scalar(others.order_by(Staff.id).limit(1))


def _nobody_next(session: Session, case: Case, action: Action) -> Text | None:
    """Say who must read a sealed case before it is given into their hands; None when they do, or need not."""
    definition = by_id(session, case.workflow_id)
    state = definition.states.get(action.to or "")
    if state is None or state.owner not in NOBODY_NEXT or action.to == case.state:
        return None
    if any(set(READERS[SEALED]) & {*definition.actions[name].by} for name in state.next):
        return None
    role, sentence = NOBODY_NEXT[state.owner]
    services = []
    above = case.service_id
    while above is not None:
        services.append(above)
        above = town.service(session, above).parent_id
    named = select(CaseReader.staff_id).where(CaseReader.case_id == case.id)
    holder = (
        select(StaffRole.id)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(StaffRole.role == role, StaffRole.service_id.in_(services), Staff.is_active)
        .where(or_(Staff.id == case.officer_id, Staff.id.in_(named)))
    )
    return sentence if session.scalar(holder.limit(1)) is None else None


def _fact(*names: str) -> Callable[[Session, Case], bool]:
    return lambda _session, case: all(case.facts.get(name) for name in names)


def _no_opinion_awaited(session: Session, case: Case) -> bool:
    query = select(CaseCopy.service_id).where(CaseCopy.case_id == case.id, CaseCopy.asked_opinion)
    return session.execute(query).first() is None


NEED: dict[str, Callable[[Session, Case], bool]] = {
    "service": lambda _session, case: case.service_id is not None,
    "officer": lambda _session, case: case.officer_id is not None,
    "draft": _fact("draft"),
    "draft_changed": lambda _session, case: not case.facts.get("sent_back"),
    "endorsed": _fact("draft", "endorsed"),
    "signed": _fact("draft", "signed"),
    "no_opinion_awaited": _no_opinion_awaited,
}


ASKING = {"no_opinion_awaited"}
"""Needs that the case itself does not tell."""


def known() -> Iterable[str]:
    """Return the names of the needs that the engine can check."""
    return NEED.keys()
