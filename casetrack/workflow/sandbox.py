"""What a template may do: show what it is given, and choose between it. Nothing that repeats or counts.

A text of 190 characters with loops in loops stops a server for good: only what is listed here is taken.
"""

from collections.abc import Mapping
from typing import Any

from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError

from casetrack.errors import InvalidInput
from casetrack.language import Text

ALLOWED = (
    nodes.Template,
    nodes.TemplateData,
    nodes.Output,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Filter,
    nodes.Include,
)
FILTERS = ("capitalize", "default", "first", "last", "length", "lower", "title", "trim", "upper")
LONGEST_TEMPLATE, LONGEST_MESSAGE = 100_000, 1_000_000
"""Characters of one text, and of what it becomes with everything that it shows."""
MOST_BLOCKS = 200
"""Blocks that one message brings in, those of its blocks among them: twice two, twenty times over, is a million."""
MOST_JOINED = 4
"""Texts that `~` puts together at once: more would be a long text before anything has counted it."""
TOO_LONG = Text("ce texte dépasse {most} caractères.", "this text exceeds {most} characters.")
TOO_MANY = Text("ce texte fait entrer plus de {most} blocs.", "this text brings in more than {most} blocks.")


class Forbidden(SecurityError):
    """Refuse what a template may not do, and say where it stands."""

    def __init__(self, what: str, name: str | None, line: int) -> None:
        super().__init__(f"{what} may not be used in a template")
        self.name, self.lineno = name, line


class Sandbox(ImmutableSandboxedEnvironment):
    """Templates show and choose between what they are given: no call, no loop, no arithmetic, no global."""

    def __init__(self, messages: Mapping[str, str], **options: Any) -> None:
        super().__init__(**options)
        self.messages = messages
        self._known: dict[str, int] = {}
        self.globals.clear()
        self.filters = {name: self.filters[name] for name in FILTERS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look a name up among what is given first: a field may be called "items" or "keys"."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_callable(self, obj: Any) -> bool:
        """Refuse every call, whatever the list above lets through."""
        return False

    def written(self, name: str, data: Mapping[str, Any]) -> str:
        """Write a template; raise what Jinja raises on a wrong one, InvalidInput for one that becomes too long."""
        template = self.get_template(name)
        if self._blocks(name) > MOST_BLOCKS:
            raise InvalidInput(TOO_MANY.filled(most=MOST_BLOCKS), code="too_long")
        pieces, size = [], 0
        for piece in template.generate(data):
            size += len(piece)
            if size > LONGEST_MESSAGE:
                raise InvalidInput(TOO_LONG.filled(most=LONGEST_MESSAGE), code="too_long")
            pieces.append(piece)
        return "".join(pieces)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        if len(source) > LONGEST_TEMPLATE:
            raise InvalidInput(TOO_LONG.filled(most=LONGEST_TEMPLATE), code="too_long")
        tree = super()._parse(source, name, filename)
        waiting: list[nodes.Node] = [tree]
        while waiting:
            node = waiting.pop()
            if not _is_allowed(node):
                raise Forbidden(type(node).__name__, name, node.lineno)
            waiting.extend(node.iter_child_nodes())
        return tree

    def _blocks(self, name: str, above: frozenset[str] = frozenset()) -> int:
        """Return how many blocks a template brings in; one that comes back to itself fails when it is written."""
        if name not in self.messages or name in above:
            return 0
        if name not in self._known:
            tree = self.parse(self.messages[name], name, name)
            inner = (node.template.value for node in tree.find_all(nodes.Include))
            self._known[name] = min(
                sum(1 + self._blocks(one, above | {name}) for one in inner), MOST_BLOCKS + 1
            )
        return self._known[name]


def _is_allowed(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Getitem):
        return isinstance(node.arg, nodes.Const)
    if isinstance(node, nodes.Include):
        return isinstance(node.template, nodes.Const) and isinstance(node.template.value, str)
    if isinstance(node, nodes.Concat):  # {{ ", " ~ officer.title if officer.title else "" }}, and no longer
        return len(node.nodes) <= MOST_JOINED and node.find(nodes.Concat) is None
    if isinstance(node, nodes.List | nodes.Tuple):  # {% if outcome in ["refusal", "partial"] %}
        return all(isinstance(item, nodes.Const) for item in node.items)
    return isinstance(node, ALLOWED)
