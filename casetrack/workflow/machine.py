"""Where an action leads. The only module that imports `transitions`."""

import logging
from functools import lru_cache
from typing import NoReturn

from transitions import Machine, MachineError

from casetrack.workflow.schema import Definition

# At INFO it writes a line per callback: four times slower, and no use to anybody.
logging.getLogger("transitions").setLevel(logging.WARNING)

_machines: dict[str, Machine] = {}


class Table(Machine):
    """A machine that moves names from state to state and cannot be given code to run."""

    @staticmethod
    def resolve_callable(func: object, event_data: object) -> NoReturn:
        """Refuse: the library would import any dotted path given as a string."""
        raise TypeError(f"a workflow calls nothing: {func!r}")


class Position:
    """Where a case stands, for as long as one question takes: never a row, which the library could write to."""

    __slots__ = ("_state",)

    def __init__(self, state: str) -> None:
        self._state = state


def destination(definition: Definition, state: str, action: str) -> str | None:
    """Return the state that an action leads to, or None when it cannot be done from `state`."""
    if definition.sha256 not in _machines:
        _machines[definition.sha256] = _built(definition)
    return _fired(definition.sha256, state, action)


# The same few questions come back for every case and every button: each is put to the machine once.
@lru_cache(maxsize=10_000)
def _fired(sha256: str, state: str, action: str) -> str | None:
    event = _machines[sha256].events.get(action)
    position = Position(state)
    try:
        return position._state if event and event.trigger(position) else None
    except MachineError:
        return None


def _built(definition: Definition) -> Machine:
    machine = Table(
        model=None,
        states=list(definition.states),
        initial=None,
        auto_transitions=False,
        send_event=True,
        queued=False,  # on a shared machine it would run one thread's event in another
        model_attribute="_state",
    )
    for key, action in definition.actions.items():
        machine.add_transition(key, definition.starts(key), action.to)
    return machine
