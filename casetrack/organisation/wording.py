"""What administrators write of a workflow: the texts that citizens receive, the choices of its lists."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from casetrack.database.tables import Staff, WorkflowVersion
from casetrack.engine.actor import Actor
from casetrack.engine.fields import storable
from casetrack.errors import DefinitionError, InvalidFields, InvalidInput, NotFound
from casetrack.language import Text
from casetrack.organisation import changes
from casetrack.organisation.entries import EMPTY, TOO_LONG, UNUSABLE
from casetrack.spelling import fold, plain
from casetrack.workflow import Definition, Label, by_id, publish_wording, wording
from casetrack.workflow.messages import SUBJECT
from casetrack.workflow.trying import messages_that_fail

LONGEST, LONGEST_LABEL = 20_000, 200
NEW = ("new1", "new2", "new3")
"""Places for choices to add; enough at once, and the page may be opened again."""
KEEPS = Text(
    "gardez la ligne «\u00a0{block}\u00a0»\u00a0: elle apporte des mentions que ce message doit porter.",
    "keep the line “{block}”: it brings what this message must say.",
)
ONE_STAYS = Text("gardez au moins un choix.", "keep at least one choice.")
BOTH_LANGUAGES = Text("écrivez le libellé dans les deux langues.", "write the label in both languages.")
TWICE = Text("ce libellé est écrit deux fois.", "this label is written twice.")


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold one choice of a list, as the form asks it."""

    code: str
    fr: str
    en: str
    is_kept: bool
    may_go: bool


def texts(definition: Definition, part: str) -> dict[str, str]:
    """Return the text of a part of a message by language; raise NotFound."""
    found = {
        language: definition.messages[file]
        for language in SUBJECT
        if (file := f"{part}.{language}.txt") in definition.messages
    }
    if not found:
        raise NotFound
    return found


def tried(definition: Definition, part: str, typed: Mapping[str, str]) -> tuple[Definition, dict[str, Text]]:
    """Return the definition with what was typed of a part, and what is wrong with it, by language."""
    before = texts(definition, part)
    written = {language: _clean(typed.get(language, "")) for language in before}
    worded = wording.reworded(
        definition, {f"{part}.{language}.txt": text for language, text in written.items()}
    )
    faults = {
        language: fault
        for language, text in written.items()
        if (fault := _fault(before[language], text)) is not None
    }
    for finding in () if faults else messages_that_fail(worded):
        # Whatever message fails, it is for what was typed: it could be written before.
        language = finding.file.rsplit(".", 2)[-2]
        faults.setdefault(language if language in before else next(iter(before)), finding.sentence)
    return worded, faults


def publish_text(
    session: Session, number: int, part: str, typed: Mapping[str, str], *, by: Actor, at: datetime
) -> WorkflowVersion:
    """Publish a town's own text of a part of a message; the cases already open keep theirs.

    Raises InvalidFields with every fault by language, InvalidInput when another version came into force.
    """
    changes.require_administrator(by)
    definition = by_id(session, number)
    worded, faults = tried(definition, part, typed)
    if faults:
        raise InvalidFields(faults)
    # Of a text, that it changed: pages of it are no line of a journal.
    names = [f"{part}.{language}" for language in texts(definition, part)]
    before, after = (
        {f"{part}.{one}": text for one, text in texts(its, part).items()} for its in (definition, worded)
    )
    return _publish(session, number, worded, before, after, private=names, about=part, by=by, at=at)


def choices(definition: Definition, name: str) -> list[Choice]:
    """Return the choices of a list; raise NotFound."""
    if name not in definition.lists:
        raise NotFound
    free = _may_lose(definition, name)
    named = wording.bound(definition)
    return [
        Choice(code, label.fr, label.en, True, free and code not in named)
        for code, label in definition.lists[name].items()
    ]


def typed_choices(definition: Definition, name: str, typed: Mapping[str, str]) -> list[Choice]:
    """Return the choices of a list as they were typed, then the places for new ones."""
    return [
        Choice(
            one.code,
            typed.get(f"fr_{one.code}", one.fr),
            typed.get(f"en_{one.code}", one.en),
            not one.may_go or f"gone_{one.code}" not in typed,
            one.may_go,
        )
        for one in [*choices(definition, name), *(Choice(code, "", "", True, False) for code in NEW)]
    ]


def publish_choices(
    session: Session, number: int, name: str, typed: Mapping[str, str], *, by: Actor, at: datetime
) -> WorkflowVersion:
    """Publish a town's own choices of a list: labels changed, choices added, reasons taken away.

    Raises InvalidFields with every fault by field, InvalidInput when another version came into force.
    """
    changes.require_administrator(by)
    definition = by_id(session, number)
    written = _read_choices(definition, name, typed)
    worded = wording.reworded(definition, {}, {name: written})
    before, after = ({"choices": [label.fr for label in its.lists[name].values()],
                      "choices_en": [label.en for label in its.lists[name].values()]}
                     for its in (definition, worded))  # fmt: skip
    return _publish(session, number, worded, before, after, about=name, by=by, at=at)


def _publish(
    session: Session,
    number: int,
    worded: Definition,
    before: Mapping[str, object],
    after: Mapping[str, object],
    *,
    private: Collection[str] = (),
    about: str,
    by: Actor,
    at: datetime,
) -> WorkflowVersion:
    try:
        row = publish_wording(session, number, worded, at=at, by=session.get_one(Staff, by.id))
    except DefinitionError as error:
        raise InvalidInput(error.findings[0].sentence, code="unproved") from None
    changes.record(
        session,
        by=by,
        at=at,
        what="wording_published",
        about=f"{worded.key} {worded.version}, {about}",
        before=before,
        after=after,
        private=private,
    )
    return row


def _fault(before: str, text: str) -> Text | None:
    if not text.strip():
        return EMPTY
    if len(text) > LONGEST:
        return TOO_LONG.filled(most=LONGEST)
    lost = [block for block in wording.included(before) if block not in wording.included(text)]
    return KEEPS.filled(block=f'{{% include "{lost[0]}" %}}') if lost else None


def _read_choices(definition: Definition, name: str, typed: Mapping[str, str]) -> dict[str, Label]:
    faults: dict[str, Text] = {}
    written: dict[str, Label] = {}
    for one in typed_choices(definition, name, typed):
        labels = {"fr": plain(one.fr), "en": plain(one.en)}
        if not one.is_kept or (one.code in NEW and not any(labels.values())):
            continue
        for language, label in labels.items():
            if not label:
                faults[f"{language}_{one.code}"] = BOTH_LANGUAGES
            elif len(label) > LONGEST_LABEL:
                faults[f"{language}_{one.code}"] = TOO_LONG.filled(most=LONGEST_LABEL)
            elif not label.isprintable():
                faults[f"{language}_{one.code}"] = UNUSABLE
            elif any(fold(label) == fold(getattr(known, language)) for known in written.values()):
                faults[f"{language}_{one.code}"] = TWICE
        if not faults:
            code = _new_code(labels["en"], definition.lists[name], written) if one.code in NEW else one.code
            written[code] = Label(**labels)
    if faults:
        raise InvalidFields(faults)
    if not written:
        raise InvalidInput(ONE_STAYS, code="list_empty")
    return written


def _may_lose(definition: Definition, name: str) -> bool:
    """Tell whether choices may go: the reason of an act is read by its own version, a cause by every list."""
    fields = [("", field) for field in definition.fields.values()]
    fields += [its for action in definition.actions.values() for its in action.fields.items()]
    offering = [key for key, field in fields if field.of == name]
    return bool(offering) and set(offering) == {"outcome"}


def _new_code(label: str, *known: Mapping[str, object]) -> str:
    """Return a name for the journal, out of the English label, that no other choice has."""
    code = re.sub(r"[^a-z0-9]+", "_", fold(label)).strip("_")[:40] or "choice"
    code = code if code[0].isalpha() else f"choice_{code}"
    taken = {name for names in known for name in names}
    return next(
        name for name in (code, *(f"{code}_{n}" for n in range(2, len(taken) + 3))) if name not in taken
    )


def _clean(text: str) -> str:
    return storable(text).replace("\r\n", "\n").rstrip() + "\n"
