"""Models of answers: texts with merge fields that administrators keep, and officers begin from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casetrack.database.tables import AnswerModel, Case, Citizen, Subject
from casetrack.engine import sending
from casetrack.engine.actor import Actor
from casetrack.engine.fields import storable
from casetrack.errors import InvalidFields, InvalidInput, NotFound
from casetrack.language import Text
from casetrack.organisation import changes
from casetrack.organisation.entries import EMPTY, TAKEN, TOO_LONG, UNUSABLE
from casetrack.spelling import fold, plain
from casetrack.workflow import messages
from casetrack.workflow.messages import MAXIMAL, fill, sample
from casetrack.workflow.trying import CASES, text_fails

LONGEST_LABEL, LONGEST = 200, 20_000
BODIES = ("body_fr", "body_en")
NO_SUBJECT = Text("choisissez un sujet de la liste.", "choose a subject of the list.")
NO_MODEL = Text("choisissez un modèle de la liste.", "choose a model of the list.")
CANNOT_BE_WRITTEN = Text("{case}\u00a0: {problem}", "{case}: {problem}")
CANNOT_BE_FILLED = Text(
    "Ce modèle ne convient pas à ce dossier\u00a0: {problem} Prévenez un administrateur.",
    "This model does not suit this case: {problem} Tell an administrator.",
)


@dataclass(frozen=True, slots=True)
class Preview:
    """Hold a model written from much or from little: what comes out, or why nothing does."""

    known: Text
    language: str
    body: str
    fault: Text | None


def every(session: Session) -> list[tuple[AnswerModel, str]]:
    """Return every model with the subject that it is for, empty for all, in the order of their labels."""
    rows = session.execute(select(AnswerModel, Subject.label).outerjoin(Subject))
    return sorted(((model, label or "") for model, label in rows), key=lambda row: fold(row[0].label))


def offered(session: Session, case: Case) -> list[AnswerModel]:
    """Return the models for the subject of a case, then those for all."""
    fitting = or_(AnswerModel.subject_id.is_(None), AnswerModel.subject_id == case.subject_id)
    models = session.scalars(select(AnswerModel).where(AnswerModel.is_active, fitting))
    return sorted(models, key=lambda model: (model.subject_id is None, fold(model.label)))


def begin(session: Session, case: Case, key: int, action: str, *, by: Actor, at: datetime) -> str:
    """Return the text that a model gives on this case, in the citizen's language where it has it.

    Raises NotFound for a model that is not offered, InvalidInput for one that cannot be written.
    """
    model = next((one for one in offered(session, case) if one.id == key), None)
    if model is None:
        raise NotFound(NO_MODEL)
    citizen = session.get(Citizen, case.citizen_id) if case.citizen_id else None
    in_english = citizen is not None and citizen.language == "en" and model.body_en != ""
    # The days in the language of the text, also of a French one that an English reader gets for want of another.
    language, body = ("en", model.body_en) if in_english else ("fr", model.body_fr)
    known = sending.known_of(session, case, action, by=by, at=at, language=language)
    if problem := text_fails(body, known):
        raise InvalidInput(
            CANNOT_BE_FILLED.filled(problem=problem),
            code="model_fails",
        )
    return fill(body, known)


def add(session: Session, typed: Mapping[str, str], *, by: Actor, at: datetime) -> AnswerModel:
    """Create a model from a form; raise InvalidFields with every fault at its field."""
    changes.require_administrator(by)
    model = AnswerModel(**_values(session, typed, None))
    session.add(model)
    session.flush()
    after = _snapshot(session, model)
    changes.record(
        session, by=by, at=at, what="answer_model_added", about=model.label, after=after, private=BODIES
    )
    return model


def change(
    session: Session, model: AnswerModel, typed: Mapping[str, str], *, by: Actor, at: datetime
) -> None:
    """Change a model; the answers that began from it stay as they are. Raises InvalidFields."""
    changes.require_administrator(by)
    before = _snapshot(session, model)
    for name, value in _values(session, typed, model).items():
        setattr(model, name, value)
    session.flush()
    after = _snapshot(session, model)
    # Of a text, that it changed: pages of it are no line of a journal.
    changes.record(
        session, by=by, at=at, what="answer_model_changed", about=before["label"], before=before, after=after,
        private=BODIES,
    )  # fmt: skip


def previews(typed: Mapping[str, object]) -> list[Preview]:
    """Write both texts when everything is known and when almost nothing is; empty ones are left out.

    A fault that both cases have is said once.
    """
    written: list[Preview] = []
    for name in BODIES:
        body, language = _clean(str(typed.get(name) or "")), name[-2:]
        for data, known in CASES if body else ():
            seen = _before(data, language)
            fault = text_fails(body, seen)
            if fault is None or not any((one.language, one.fault) == (language, fault) for one in written):
                written.append(Preview(known, language, "" if fault else fill(body, seen), fault))
    return written


def merge_fields() -> Iterator[tuple[str, str]]:
    """Give each merge field of a model with an example: `case.reference`, "2026-A-000123"."""
    return messages.merge_fields(_before(MAXIMAL, "fr"))


def _before(data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return what is known before anything is answered, as a letter in this language says it."""
    known = sample(data, language)
    return {part: known[part] for part in sending.KNOWN_BEFORE}


def _values(session: Session, typed: Mapping[str, str], model: AnswerModel | None) -> dict[str, object]:
    faults: dict[str, Text] = {}
    label = plain(str(typed.get("label", "")))
    bodies = {name: _clean(typed.get(name, "")) for name in BODIES}
    if fault := _label_fault(session, label, model):
        faults["label"] = fault
    subject_id = None
    if given := str(typed.get("subject", "")).strip():
        subject_id = session.scalar(select(Subject.id).where(Subject.code == storable(given)))
        if subject_id is None:
            faults["subject"] = NO_SUBJECT
    for name, body in bodies.items():
        if fault := _body_fault(body, name[-2:], required=name == "body_fr"):
            faults[name] = fault
    if faults:
        raise InvalidFields(faults)
    return {"label": label, "subject_id": subject_id, **bodies, "is_active": bool(typed.get("is_active"))}


def _clean(text: str) -> str:
    return storable(text).replace("\r\n", "\n").strip()


def _label_fault(session: Session, label: str, model: AnswerModel | None) -> Text | None:
    if not label:
        return EMPTY
    if not label.isprintable():
        return UNUSABLE
    if len(label) > LONGEST_LABEL:
        return TOO_LONG.filled(most=LONGEST_LABEL)
    same = session.scalar(select(AnswerModel.id).where(AnswerModel.label == label))
    taken = same is not None and (model is None or same != model.id)
    return TAKEN.filled(value=label) if taken else None


def _body_fault(body: str, language: str, *, required: bool) -> Text | None:
    if not body:
        return EMPTY if required else None
    if len(body) > LONGEST:
        return TOO_LONG.filled(most=LONGEST)
    problems = {known: text_fails(body, _before(data, language)) for data, known in CASES}
    failing = {known: problem for known, problem in problems.items() if problem}
    if len(failing) == len(CASES) and len(set(failing.values())) == 1:
        return next(iter(failing.values()))
    return next((CANNOT_BE_WRITTEN.filled(case=known, problem=said) for known, said in failing.items()), None)


def _snapshot(session: Session, model: AnswerModel) -> dict[str, Any]:
    subject = session.get(Subject, model.subject_id) if model.subject_id else None
    return {
        "label": model.label,
        "subject": subject.label if subject else "",
        "body_fr": model.body_fr,
        "body_en": model.body_en,
        "is_active": model.is_active,
    }
