"""Write every message of a definition from much and from little, in both languages, before a citizen reads it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from traceback import extract_tb
from typing import Any

from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SecurityError

from casetrack.errors import InvalidInput
from casetrack.language import Text
from casetrack.workflow.findings import Fault, Finding, found, line_of, nearest
from casetrack.workflow.messages import MAXIMAL, MINIMAL, SUBJECT, fill, render, sample
from casetrack.workflow.paths import OPENING, form
from casetrack.workflow.sandbox import Forbidden
from casetrack.workflow.schema import Definition, Field

SAMPLES = {"date": "mercredi 23 décembre 2026", "integer": 3, "boolean": True}
FORBIDDEN = Text(
    "ce texte calcule ou répète\u00a0: il ne peut que montrer des données et choisir entre elles.",
    "this text computes or repeats: it may only show what it is given and choose between it.",
)
CASES = (
    (MAXIMAL, Text("quand tout est connu", "when everything is known")),
    (MINIMAL, Text("quand presque rien n'est connu", "when almost nothing is known")),
)


def messages_that_fail(definition: Definition) -> Iterator[Finding]:
    """Find the messages that are missing, unused, or cannot be written."""
    for path, code, values in _missing(definition):
        yield found(code, definition.file, line_of(definition.source, path), **values)
    for name in _unused(definition):
        yield found("template_unused", _file(definition, name), 1, name=name)
    for key in (OPENING, *definition.actions):
        if sends := sent_by(definition, key):
            for language in SUBJECT:
                if f"{sends}.{language}.txt" in definition.messages:
                    yield from _tried(definition, sends, language, form(definition, key))


def sent_by(definition: Definition, key: str) -> str | None:
    """Return the message that an action, or the opening, sends."""
    sends = definition.opening.sends if key == OPENING else definition.actions[key].sends
    return sends.message if sends else None


def sent(definition: Definition) -> list[str]:
    """Return the messages that a definition sends, each once, in the order of its actions."""
    keys = (OPENING, *definition.actions)
    return [name for name in dict.fromkeys(sent_by(definition, key) for key in keys) if name]


def _missing(definition: Definition) -> Iterator[Fault]:
    written = {name.partition(".")[0] for name in definition.messages}
    for key in (OPENING, *definition.actions):
        if (name := sent_by(definition, key)) is None:
            continue
        path = (("opening",) if key == OPENING else ("actions", key)) + ("sends", "message")
        absent = [
            f"{name}.{language}.txt"
            for language in SUBJECT
            if f"{name}.{language}.txt" not in definition.messages
        ]
        if len(absent) == len(SUBJECT):
            yield path, "unknown_template", {"name": name, "nearest": nearest(name, written)}
        elif absent:
            yield path, "template_language_missing", {"name": name, "missing": absent[0]}


def _unused(definition: Definition) -> Iterator[str]:
    leaving = sent(definition)
    for name in definition.messages:
        included = any(name in text for text in definition.messages.values())
        if name.partition(".")[0] not in leaving and not included:
            yield name


def _tried(
    definition: Definition, name: str, language: str, fields: Mapping[str, Field]
) -> Iterator[Finding]:
    """Write a message twice, and say the first thing that goes wrong."""
    for data, case in CASES:
        typed = {
            key: SAMPLES.get(field.type, "exemple") if field.required or data is MAXIMAL else ""
            for key, field in fields.items()
        }
        try:
            render(definition.messages, name, language, sample({**data, "fields": typed}, language))
        except Exception as error:  # whatever a template does wrong, it is its author who must know
            file, line = _place(definition, error, f"{name}.{language}.txt")
            code = "template_forbidden" if isinstance(error, SecurityError) else "template_fails"
            yield found(code, _file(definition, file), line, case=case, problem=_problem(error))
            return


def text_fails(text: str, data: Mapping[str, Any]) -> Text | None:
    """Say why a text with merge fields cannot be written from this; None when it can."""
    try:
        fill(text, data)
    except TemplateSyntaxError as error:
        return Text(
            f"ligne {error.lineno}\u00a0: une accolade n'est pas refermée, ou le texte entre accolades n'est pas un champ.",
            f"line {error.lineno}: a brace is left open, or what stands between braces is no field.",
        )
    except SecurityError:
        return FORBIDDEN
    except Exception as error:  # whatever a text does wrong, it is its author who must know
        return _problem(error)
    return None


def _place(definition: Definition, error: Exception, name: str) -> tuple[str, int]:
    """Return the template and the line where it went wrong."""
    if isinstance(error, TemplateSyntaxError | Forbidden):
        return error.name or name, error.lineno
    frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename in definition.messages]
    return (frames[-1].filename, frames[-1].lineno or 1) if frames else (name, 1)


def _problem(error: Exception) -> Text:
    """Say what went wrong as a clerk can mend it."""
    named = re.findall(r"'([^']*)'", str(error))
    if isinstance(error, InvalidInput):
        return error.sentence
    if isinstance(error, TemplateNotFound):
        return Text(f"le bloc «\u00a0{error.name}\u00a0» n'existe pas.", f"there is no block “{error.name}”.")
    if isinstance(error, UndefinedError) and named[:1] == ["None"]:
        return Text(
            f"«\u00a0{named[-1]}\u00a0» est demandé à ce qui peut manquer\u00a0: entourez-le de {{% if … %}}.",
            f"“{named[-1]}” is asked of something that may be absent: put it inside {{% if … %}}.",
        )
    if isinstance(error, UndefinedError) and named:
        return Text(
            f"«\u00a0{named[-1]}\u00a0» n'est pas une donnée d'un message\u00a0: corrigez ce nom.",
            f"“{named[-1]}” is not something that a message knows: correct this name.",
        )
    return Text(f"{type(error).__name__}: {error}", f"{type(error).__name__}: {error}")


def _file(definition: Definition, name: str) -> str:
    """Return the file of a message, which may be a block that several workflows share."""
    folder = Path(definition.file).parent
    block = folder.parent / "blocks" / name
    return str(
        block
        if block.is_file() and not (folder / "messages" / name).is_file()
        else folder / "messages" / name
    )
