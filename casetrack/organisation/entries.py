"""What was typed into a form of the administration: the same entries as in a town's file, refused field by field."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ValidationError

from casetrack.engine.fields import NO_ADDRESS
from casetrack.errors import InvalidFields
from casetrack.language import Text
from casetrack.organisation.town_file import Entry
from casetrack.spelling import plain

Kind = TypeVar("Kind", bound=Entry)

EMPTY = Text("ce champ ne peut pas rester vide.", "this field cannot stay empty.")
TOO_LONG = Text("{most} caractères au plus.", "{most} characters at most.")
UNUSABLE = Text("cette valeur ne peut pas être utilisée.", "this value cannot be used.")
TAKEN = Text(
    "«\u00a0{value}\u00a0» est déjà pris\u00a0: choisissez-en un autre.",
    "“{value}” is taken: choose another.",
)
NO_SERVICE = Text("choisissez un service de la liste.", "choose a service of the list.")
PATTERNS = {
    "code": Text(
        "ni accent ni espace\u00a0: VOI pour un service, permis-construire pour un sujet.",
        "no accent and no space: VOI for a service, building-permit for a subject.",
    ),
    "email": NO_ADDRESS,
    "login": Text(
        "minuscules sans accent ni espace, telles que a.martin.",
        "small letters without accent or space, such as a.martin.",
    ),
}


def read(kind: type[Kind], typed: Mapping[str, object]) -> Kind:
    """Return what was typed as an entry; raise InvalidFields with every fault at its field."""
    # A text with a zero byte, which PostgreSQL refuses, or with other marks that nobody can see.
    if hidden := {
        name for name, value in typed.items() if isinstance(value, str) and not plain(value).isprintable()
    }:
        raise InvalidFields(dict.fromkeys(hidden, UNUSABLE))
    try:
        return kind.model_validate(
            {name: value for name, value in typed.items() if name in kind.model_fields}
        )
    except ValidationError as error:
        raise InvalidFields({str(fault["loc"][0]): _said(fault) for fault in error.errors()}) from None


def _said(fault: Mapping) -> Text:
    kind, context = fault["type"], fault.get("ctx", {})
    match kind:
        case "said":
            return Text(context["fr"], context["en"])
        case "missing" | "string_too_short":
            return EMPTY
        case "string_too_long":
            return TOO_LONG.filled(most=context["max_length"])
        case "string_pattern_mismatch" if not str(fault["input"]).strip():
            return EMPTY
        case "string_pattern_mismatch":
            return PATTERNS.get(str(fault["loc"][0]), UNUSABLE)
    return UNUSABLE
