"""Draw a definition as a Mermaid diagram: its states, and the actions that move a case between them."""

from collections.abc import Iterator

from casetrack.language import Text
from casetrack.workflow.schema import Definition

OPENING = Text("Ouverture", "Opening")
ANYWHERE = Text("Tout état ouvert", "Any open state")
# Mermaid reads these as the end of a label.
ESCAPED = str.maketrans({":": "#58;", ";": "#59;", '"': "#34;", "#": "#35;"})


def draw(definition: Definition, language: str = "fr") -> str:
    """Return the text of the diagram; actions that stay in place are left out."""
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in _lines(definition, language))]) + "\n"


def _lines(definition: Definition, language: str) -> Iterator[str]:
    for key, state in definition.states.items():
        yield f'state "{_said(state.label.text, language)}" as s_{key}'
    if any("*" in action.from_ and action.to for action in definition.actions.values()):
        yield f'state "{_said(ANYWHERE, language)}" as anywhere'
    yield f"[*] --> s_{definition.opens_in} : {_said(OPENING, language)}"
    for (start, end), labels in _moves(definition, language).items():
        yield f"{start} --> s_{end} : {' / '.join(labels)}"
    for key, state in definition.states.items():
        if state.ends:
            yield f"s_{key} --> [*]"
        if state.suspends:
            yield f"class s_{key} suspended"
    if any(state.suspends for state in definition.states.values()):
        yield "classDef suspended stroke-dasharray: 4"


def _moves(definition: Definition, language: str) -> dict[tuple[str, str], list[str]]:
    """Return the labels of the actions between two states, in the order of the file."""
    moves: dict[tuple[str, str], list[str]] = {}
    for action in definition.actions.values():
        for start in action.from_ if action.to else ():
            name = "anywhere" if start == "*" else f"s_{start}"
            moves.setdefault((name, action.to or ""), []).append(_said(action.label.text, language))
    return moves


def _said(label: Text, language: str) -> str:
    return label.within(language).translate(ESCAPED)
