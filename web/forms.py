"""The fields of a definition as the inputs of a form, and what was typed as the values that the engine reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Request

from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.organisation import services, subjects
from casetrack.oversight import cases, choices
from casetrack.workflow import Definition, Field
from web.current import actor, db

INDENT = "\u2003"

Option = tuple[str, str | Text]
Group = tuple[str, list[Option]]


@dataclass(frozen=True)
class Input:
    """Hold one field, ready to be shown: what was typed stays, with what is wrong about it."""

    name: str
    kind: str
    label: Text
    help: Text | None
    required: bool
    value: str
    fault: Text | None
    options: list[Option]
    groups: list[Group]


def inputs(
    definition: Definition,
    fields: Mapping[str, Field],
    typed: Mapping[str, str],
    faults: Mapping[str, Text] | None = None,
) -> list[Input]:
    """Return the inputs of these fields, in the order of the definition."""
    return [
        Input(
            name=name,
            kind=field.type,
            label=field.label.text,
            help=field.help.text if field.help else None,
            required=field.required,
            value=typed.get(name, ""),
            fault=(faults or {}).get(name),
            options=_options(definition, field),
            groups=choices.officers(db()) if field.type == "staff" else [],
        )
        for name, field in fields.items()
    ]


def typed_in(request: Request, fields: Mapping[str, Field]) -> dict[str, str]:
    """Return what was typed into these fields, as it was typed."""
    return {name: request.form.get(name, "") for name in fields}


def values(fields: Mapping[str, Field], typed: Mapping[str, str]) -> dict[str, object]:
    """Return what the engine reads: the same, but for cases, which people call by their reference."""
    return {
        name: _case_number(text) if fields[name].type == "case" and text.strip() else text
        for name, text in typed.items()
    }


def _case_number(reference: str) -> int:
    try:
        return cases.find(db(), reference.upper(), actor()).id
    except NotFound:
        return 0  # no case has this number: the engine says so at the field


def _options(definition: Definition, field: Field) -> list[Option]:
    match field.type:
        case "choice":
            return [(code, label.text) for code, label in definition.choices(field).items()]
        case "service":
            tree = services.tree(db()).in_order()
            return [(str(node.id), INDENT * depth + node.name) for depth, node in tree if node.is_active]
        case "subject":
            return subject_options()
    return []


def subject_options() -> list[Option]:
    """Return the subjects that a letter may have."""
    return [(str(row.id), Text(row.label, row.label_en or row.label)) for row in subjects.active(db())]
