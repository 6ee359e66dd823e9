"""The fields of a definition as the inputs of a form, and what was typed as the values that the engine reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Request

from casetrack.language import Text
from casetrack.organisation import services, subjects
from casetrack.oversight import cases, choices
from casetrack.workflow import Definition, Field
from web.current import actor, db

OF_THE_SUBJECT = Text("Celui du sujet choisi", "The one of the subject chosen")
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
    empty: Text | None = None
    """What choosing nothing means, where it means something."""


def inputs(
    definition: Definition,
    fields: Mapping[str, Field],
    typed: Mapping[str, str],
    faults: Mapping[str, Text] | None = None,
) -> list[Input]:
    """Return the inputs of these fields, in the order of the definition."""
    tree, offered = None, []
    if any(field.type in ("service", "subject") for field in fields.values()):
        tree, offered = subjects.active_with_tree(db())
    of_subject = "subject" in fields and "service" in fields and not fields["service"].required
    return [
        Input(
            name=name,
            kind=field.type,
            label=field.label.text,
            help=_help(field) if not (of_subject and field.type == "service") else None,
            required=field.required,
            value=typed.get(name, ""),
            fault=(faults or {}).get(name),
            options=_options(definition, field, tree, offered),
            groups=choices.officers(db()) if field.type == "staff" else [],
            empty=OF_THE_SUBJECT if of_subject and field.type == "service" else None,
        )
        for name, field in fields.items()
    ]


def _help(field: Field) -> Text | None:
    return field.help.text if field.help else cases.proposal(field)


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
    found = cases.find_or_none(db(), reference, actor())
    return found.id if found else 0  # no case has this number: the engine says so at the field


def _options(
    definition: Definition,
    field: Field,
    tree: services.Tree | None,
    offered: Sequence[tuple[int, Text, int | None]],
) -> list[Option]:
    match field.type:
        case "choice":
            return [(code, label.text) for code, label in definition.choices(field).items()]
        case "service" if tree:
            return [
                (str(node.id), INDENT * depth + node.name)
                for depth, node in tree.in_order()
                if node.is_active
            ]
        case "subject":
            return [(str(key), _with_service(label, tree, service_id)) for key, label, service_id in offered]
    return []


def _with_service(label: Text, tree: services.Tree | None, service_id: int | None) -> Text:
    """Say a subject with the service that its letters go to."""
    node = tree.nodes.get(service_id) if tree and service_id else None
    return Text(f"{label.fr} → {node.name}", f"{label.en} → {node.name}") if node else label
