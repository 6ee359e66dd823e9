"""Turn what pydantic refuses into findings that a clerk can act on."""

import re
from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from casetrack.language import Text
from casetrack.workflow.findings import Finding, Path, found, line_of, nearest
from casetrack.workflow.schema import (
    Action,
    Deadline,
    Field,
    Label,
    Opening,
    Part,
    Rung,
    Sends,
    Sheet,
    State,
    SubjectPeriod,
)

PARTS: dict[str, type[Part]] = {
    **dict.fromkeys(("label", "again", "kept", "public", "help", "hint"), Label),
    "opening": Opening,
    "sends": Sends,
    "within": SubjectPeriod,
}
PARTS_BY_NAME: dict[str, type[Part]] = {
    "states": State,
    "deadlines": Deadline,
    "actions": Action,
    "fields": Field,
    "ladder": Rung,
}
LABELS = {"label", "public", "fr", "en"}
UNKNOWN = {"type": "unknown_field_type", "role": "unknown_message_role"}
EXPECTED = {
    "string": Text("un texte entre guillemets", "a text in quotes"),
    "list": Text('une liste\u00a0: ["…", "…"]', 'a list: ["…", "…"]'),
    "bool": Text("true ou false", "true or false"),
    "int": Text("un nombre entier", "a whole number"),
    "greater": Text("un nombre à partir de 1", "a number from 1"),
}
A_TABLE = Text("une table\u00a0: { nom = valeur }", "a table: { name = value }")


def explained(error: ValidationError, source: str, file: str) -> Iterator[Finding]:
    """Say every fault of the shape: its code, its line and its sentence."""
    for fault in error.errors():
        path = tuple(
            part for part in fault["loc"] if part not in ("[key]", "constrained-str", "SubjectPeriod")
        )
        # A period is a text or a table: pydantic also says that a table is not a text.
        if "constrained-str" in fault["loc"] and isinstance(fault["input"], dict):
            continue
        code, values = _said(fault["type"], path, fault)
        yield found(code, file, line_of(source, path), **values)


def _said(kind: str, path: Path, fault: ErrorDetails) -> tuple[str, dict[str, object]]:
    name, where = path[-1], ".".join(str(part) for part in path)
    if kind == "missing" or kind == "string_too_short":
        above = ".".join(str(part) for part in path[:-1])
        return ("label_missing" if name in LABELS else "key_missing"), {
            "name": name,
            "where": above or "workflow.toml",
        }
    if kind == "extra_forbidden":
        return ("rung_would_act" if "ladder" in path else "unknown_key"), {
            "name": name,
            "nearest": nearest(str(name), _known_keys(path[:-1])),
        }
    if kind == "string_pattern_mismatch":
        return "name_not_plain", {"name": fault["input"]}
    if kind == "literal_error":
        known = re.findall(r"'([^']+)'", fault["ctx"]["expected"])
        return UNKNOWN.get(str(name), "unknown_value"), {
            "name": fault["input"],
            "nearest": nearest(fault["input"], known),
            "known": ", ".join(known),
        }
    return "value_wrong", {"where": where, "expected": EXPECTED.get(kind.split("_")[0], A_TABLE)}


def _known_keys(path: Path) -> list[str]:
    """Return the keys that a definition may have at `path`."""
    if not path:
        part: type[Part] = Sheet
    elif path[-1] in PARTS:
        part = PARTS[str(path[-1])]
    else:
        part = PARTS_BY_NAME.get(str(path[-2]) if len(path) > 1 else "", Label)
    return [field.alias or name for name, field in part.model_fields.items()]
