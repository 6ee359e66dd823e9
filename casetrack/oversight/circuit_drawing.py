"""A workflow as a drawing: states in rows from the opening to the ends, arrows between them. Sugiyama's method, in short.

1. A depth-first walk from the opening says which moves lead back.
2. Each state stands one row below the lowest that leads to it.
3. An arrow over several rows gets a bend in each, and each row is ordered by what stands above and below it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from casetrack.language import Text
from casetrack.workflow import Definition

BOX, BOX_HEIGHT, BEND, GAP, ROW = 164, 46, 14, 22, 104
"""Pixels: a state, a bend of an arrow, between two neighbours, from row to row."""
MARGIN = 24
SWEEPS = 12
LONGEST_LINE = 20
"""Letters that fit beside each other in a box."""

Node = str | tuple[str, str, int]
"""A state, or a bend: the move it belongs to, and its row."""


@dataclass(frozen=True, slots=True)
class Box:
    """Hold a state: where, its label in lines, and what is particular about it."""

    key: str
    x: float
    y: float
    lines: Text
    """One line of the label to a line of the text."""
    opens: bool
    ends: bool
    suspends: bool
    from_anywhere: bool
    """Whether an action leads here from any open state: such arrows would cover the others."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """Hold the moves from a state to another: the path as SVG writes it, and the actions."""

    path: str
    actions: tuple[Text, ...]
    leads_back: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Hold everything to be drawn, in pixels."""

    width: int
    height: int
    box: tuple[int, int]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def drawing(definition: Definition) -> Drawing:
    """Return the drawing of a definition; moves from any state and steps that stay in place are left to the table."""
    moves = _moves(definition)
    back = _leading_back(definition.opens_in, moves)
    forward = [(end, start) if (start, end) in back else (start, end) for start, end in moves]
    rows = _rows(definition, forward)
    chains = {move: _chain(way, rows) for move, way in zip(moves, forward, strict=True)}
    ordered = _ordered(rows, chains.values())
    width = max(sum(_width(node) + GAP for node in row) for row in ordered)
    places = _places(ordered, width)
    return Drawing(
        width=width + 2 * MARGIN,
        height=(len(ordered) - 1) * ROW + BOX_HEIGHT + 2 * MARGIN,
        box=(BOX, BOX_HEIGHT),
        boxes=tuple(
            Box(
                key,
                places[key][0] - BOX / 2,
                places[key][1],
                _lines(state.label.text),
                opens=key == definition.opens_in,
                ends=state.ends,
                suspends=bool(state.suspends),
                from_anywhere=any(
                    action.to == key and "*" in action.from_ for action in definition.actions.values()
                ),
            )
            for key, state in definition.states.items()
        ),
        arrows=tuple(
            Arrow(_path([places[node] for node in chains[move]]), tuple(labels), move in back)
            for move, labels in moves.items()
        ),
    )


def _moves(definition: Definition) -> dict[tuple[str, str], list[Text]]:
    moves: dict[tuple[str, str], list[Text]] = {}
    for action in definition.actions.values():
        for start in action.from_:
            if action.to and start not in ("*", action.to):
                moves.setdefault((start, action.to), []).append(action.label.text)
    return moves


def _leading_back(opening: str, moves: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the moves that close a circle: left out, every way leads down."""
    following: dict[str, list[str]] = {}
    for start, end in moves:
        following.setdefault(start, []).append(end)
    back, done, on_the_way = set(), set(), []

    def walk(state: str) -> None:
        on_the_way.append(state)
        for end in following.get(state, ()):
            if end in on_the_way:
                back.add((state, end))
            elif end not in done:
                walk(end)
        done.add(on_the_way.pop())

    for state in (opening, *following):
        if state not in done:
            walk(state)
    return back


def _rows(definition: Definition, forward: list[tuple[str, str]]) -> dict[str, int]:
    rows = dict.fromkeys(definition.states, 0)
    for _ in rows:  # the longest way has as many steps as there are states, less one
        for start, end in forward:
            rows[end] = max(rows[end], rows[start] + 1)
    # Whatever ends a case stands at the foot.
    foot = max(rows.values())
    return {key: foot if definition.states[key].ends else row for key, row in rows.items()}


def _chain(way: tuple[str, str], rows: Mapping[str, int]) -> list[Node]:
    start, end = way
    bends: list[Node] = [(start, end, row) for row in range(rows[start] + 1, rows[end])]
    return [start, *bends, end]


def _ordered(rows: Mapping[str, int], chains: Iterable[list[Node]]) -> list[list[Node]]:
    """Return the nodes of each row, from left to right, with few crossings."""
    ordered: list[list[Node]] = [[] for _ in range(max(rows.values()) + 1)]
    neighbours: dict[Node, list[Node]] = {}
    for key, row in rows.items():
        ordered[row].append(key)
    for chain in chains:
        for node in chain[1:-1]:
            ordered[node[2]].append(node)
        for one, other in zip(chain, chain[1:], strict=False):
            neighbours.setdefault(one, []).append(other)
            neighbours.setdefault(other, []).append(one)
    for _ in range(SWEEPS):
        for row in ordered:
            at = {node: (place + 0.5) / len(line) for line in ordered for place, node in enumerate(line)}
            row.sort(key=lambda node: _middle([at[other] for other in neighbours.get(node, ())], at[node]))
    return ordered


def _middle(places: list[float], own: float) -> float:
    return sum(places) / len(places) if places else own


def _places(ordered: list[list[Node]], width: int) -> dict[Node, tuple[float, float]]:
    """Return the middle of the top of each node."""
    places = {}
    for number, row in enumerate(ordered):
        x = MARGIN + (width - sum(_width(node) + GAP for node in row)) / 2
        for node in row:
            places[node] = (x + (_width(node) + GAP) / 2, MARGIN + number * ROW)
            x += _width(node) + GAP
    return places


def _width(node: Node) -> int:
    return BOX if isinstance(node, str) else BEND


def _path(points: list[tuple[float, float]]) -> str:
    """Return a smooth line through the points, from the foot of the first box to the head of the last."""
    (x, y), *others = points
    steps = [f"M{x:.0f},{y + BOX_HEIGHT:.0f}"]
    y += BOX_HEIGHT
    for number, (to_x, to_y) in enumerate(others):
        end = to_y if number == len(others) - 1 else to_y + BOX_HEIGHT / 2
        half = (end - y) / 2
        steps.append(f"C{x:.0f},{y + half:.0f} {to_x:.0f},{end - half:.0f} {to_x:.0f},{end:.0f}")
        x, y = to_x, end
    return " ".join(steps)


def _lines(label: Text) -> Text:
    return Text(_cut(label.fr), _cut(label.en))


def _cut(label: str) -> str:
    """Cut a label into two lines at most, between two words."""
    words, first = label.split(" "), ""
    while words and len(f"{first} {words[0]}".strip()) <= LONGEST_LINE:
        first = f"{first} {words.pop(0)}".strip()
    rest = " ".join(words)
    if not first:
        first, rest = rest, ""
    lines = [
        line if len(line) <= LONGEST_LINE + 2 else f"{line[: LONGEST_LINE + 1]}…" for line in (first, rest)
    ]
    return "\n".join(filter(None, lines))
