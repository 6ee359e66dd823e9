"""Every path that a case can take, walked once: what is proved holds on all of them."""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from casetrack.language import Text
from casetrack.workflow.findings import Fault
from casetrack.workflow.registry import INFORMING
from casetrack.workflow.schema import Action, Definition, Field

OPENING = "open"


class Place(NamedTuple):
    """Where a case may stand: its state, whether the citizen was informed, the deadlines that surely run."""

    state: str
    informed: bool
    running: frozenset[str]


class Step(NamedTuple):
    """One action done from one place, and where it leads."""

    start: Place
    action: str
    end: Place


class Paths:
    """Hold every place that a case can come to, each with a shortest way there."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.steps: list[Step] = []
        running = frozenset(
            name
            for name, deadline in definition.deadlines.items()
            if surely_armed(definition, name, OPENING) and OPENING not in deadline.met_by
        )
        self._came: dict[Place, Step | None] = {Place(definition.opens_in, False, running): None}
        self._walk()

    @property
    def places(self) -> list[Place]:
        """Return every place, nearest to the opening first."""
        return list(self._came)

    @property
    def states(self) -> set[str]:
        """Return every state that a case can reach."""
        return {place.state for place in self._came}

    def way(self, place: Place) -> list[str]:
        """Return the actions of a shortest way from the opening to a place."""
        way = []
        while step := self._came[place]:
            way.append(step.action)
            place = step.start
        return [OPENING, *reversed(way)]

    def states_that_end(self) -> set[str]:
        """Return the states from which some path leads to an end."""
        ending = {key for key, state in self.definition.states.items() if state.ends}
        while more := {s.start.state for s in self.steps if s.end.state in ending} - ending:
            ending |= more
        return ending

    def _walk(self) -> None:
        actions = {
            state: [key for key in self.definition.actions if state in self.definition.starts(key)]
            for state in self.definition.states
        }
        waiting = deque(self._came)
        while waiting:
            place = waiting.popleft()
            for action in actions[place.state]:
                step = Step(place, action, after(self.definition, place, action))
                self.steps.append(step)
                if step.end not in self._came:
                    self._came[step.end] = step
                    waiting.append(step.end)


def after(definition: Definition, place: Place, key: str) -> Place:
    """Return where an action leads: the clocks move in the order in which the engine moves them."""
    action = definition.actions[key]
    state = action.to or place.state
    informed = (place.informed or informs(action)) and not action.reopens
    if definition.states[state].ends:
        return Place(state, informed, frozenset())
    running = set(place.running)
    if action.reopens:
        running |= {
            name for name, d in definition.deadlines.items() if d.reopens and d.within and not d.skip_for
        }
    running -= {name for name, deadline in definition.deadlines.items() if key in deadline.met_by}
    running |= {name for name in definition.deadlines if surely_armed(definition, name, key)}
    running -= {name for name, deadline in definition.deadlines.items() if key in deadline.cancelled_by}
    return Place(state, informed, frozenset(running))


def informs(action: Action) -> bool:
    """Tell whether the citizen is answered or informed by this action."""
    return action.sends is not None and action.sends.role in INFORMING


def surely_armed(definition: Definition, name: str, key: str) -> bool:
    """Tell whether an action (or the opening) starts a deadline whatever the letter is about."""
    deadline = definition.deadlines[name]
    if key not in deadline.armed_by or deadline.skip_for:
        return False
    date = form(definition, key).get(deadline.date or "")
    return deadline.within is not None or (date is not None and date.required)


def form(definition: Definition, key: str) -> Mapping[str, Field]:
    """Return the fields of an action, or of the opening."""
    return definition.fields if key == OPENING else definition.actions[key].fields


def said(definition: Definition, way: list[str]) -> Text:
    """Say a way by the labels of its actions: "Ouverture → Trier → Clôturer"."""
    labels = [Text("Ouverture", "Opening"), *(definition.actions[key].label.text for key in way[1:])]
    return Text(" → ".join(label.fr for label in labels), " → ".join(label.en for label in labels))


def faults_on_paths(definition: Definition) -> Iterator[Fault]:
    """Find the states that no case reaches or leaves, the silent ends, and the open states without a clock."""
    paths = Paths(definition)
    ending = paths.states_that_end()
    for key in definition.states:
        if key not in paths.states:
            yield ("states", key), "unreachable_state", {"name": key}
        elif key not in ending:
            yield ("states", key), "dead_end", {"name": key}
    yield from _silent_ends(paths)
    yield from _new_cycles(paths)
    yield from _without_clock(paths)


def _silent_ends(paths: Paths) -> Iterator[Fault]:
    """One fault an action, with a shortest way to the silence."""
    definition, seen = paths.definition, set()
    for start, key, end in paths.steps:
        action = definition.actions[key]
        silent = definition.states[end.state].ends and not end.informed and not action.decides
        if silent and not definition.states[start.state].ends and key not in seen:
            seen.add(key)
            way = said(definition, [*paths.way(start), key])
            yield ("actions", key), "silent_end", {"name": key, "way": way}


def _new_cycles(paths: Paths) -> Iterator[Fault]:
    """Only an answered case begins again: elsewhere a new month would hide that the first one was missed."""
    definition, seen = paths.definition, set()
    for start, key, _ in paths.steps:
        began = not start.informed and not definition.states[start.state].ends
        if definition.actions[key].reopens and began and key not in seen:
            seen.add(key)
            way = said(definition, [*paths.way(start), key])
            yield ("actions", key, "reopens"), "reopening_too_early", {"name": key, "way": way}


def _without_clock(paths: Paths) -> Iterator[Fault]:
    """One fault a state: none runs, or all those that run are suspended."""
    definition, seen = paths.definition, set()
    for place in paths.places:
        state = definition.states[place.state]
        if state.ends or place.state in seen or place.running - set(state.suspends):
            continue
        seen.add(place.state)
        code = "suspension_without_clock" if place.running else "state_without_clock"
        yield ("states", place.state), code, {"name": place.state, "way": said(definition, paths.way(place))}
