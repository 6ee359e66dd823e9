"""Who takes turns with whom, for how long, and what is held against what."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

from benchmarks.crew import Crew
from benchmarks.floor import Floor
from benchmarks.ours import Ours
from benchmarks.places import Place, Places
from benchmarks.table import Figure

GOALS = {
    ("sqlite", "NORMAL", 1): 5.0,
    ("sqlite", "FULL", 1): 3.0,
    ("postgresql", "FULL", 1): 3.5,
    ("postgresql", "FULL", 8): 4.0,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """Hold how long to measure, and with how many letters."""

    rounds: int
    seconds: float
    """How long one turn lasts, about."""
    sizes: tuple[int, ...]


def lifecycles(places: Places, terms: Terms, kind: str, synchronous: str, processes: int) -> Iterator[Figure]:
    """A. Letters from receipt to closure, six commits each, in one process or in several at once."""
    where = _name(kind) + (f" {synchronous}" if kind == "sqlite" else "")
    where += f", {processes} processes" if processes > 1 else ""
    with both(places, kind, synchronous, processes) as (floor, ours):
        found = take_turns(
            terms.rounds,
            floor=_lifecycle(floor, terms.seconds),
            ours=_lifecycle(ours, terms.seconds),
            kept=_lifecycle(ours, terms.seconds, False),
        )
        for crew in (floor, ours):
            _check_letters(crew.one("counts"))
    limit = GOALS[kind, synchronous, processes]
    yield Figure(
        "A. a letter, receipt to closure",
        where,
        "letters/s",
        found["floor"],
        found["ours"],
        f"≤ {limit}x",
        limit,
    )
    yield Figure("A. its row kept between steps", where, "letters/s", found["floor"], found["kept"])


def _lifecycle(crew: Crew, seconds: float, *options: object) -> Callable[[], float]:
    """Return a turn that lasts about that long and gives the seconds of one letter, all processes together."""

    def turn(each: int) -> float:
        spans = crew.together("lifecycle", each, *options)
        return (max(end for _, end in spans) - min(begin for begin, _ in spans)) / (each * crew.size)

    turn(5)  # fills the caches
    each = max(5, int(seconds / turn(10) / crew.size))
    return lambda: turn(each)


def _check_letters(counts: dict[str, int]) -> None:
    """Raise AssertionError unless every letter is there and closed, with six lines in a sound journal."""
    cases = counts["cases"]
    assert cases, "no letter at all"
    assert (counts["events"], counts["closed"]) == (6 * cases, cases), counts
    assert not counts.get("faults"), counts


def sweeps(places: Places, terms: Terms, kind: str) -> Iterator[Figure]:
    """B. Warn of what comes due, one letter in a hundred; look again, and find nothing."""
    idle: dict[int, tuple[float, ...]] = {}
    for size in terms.sizes:
        where = f"{_name(kind)}, {size:,} clocks"
        with loaded(places, kind, size) as (floor, ours):
            held = ours.one("memory")[1]
            found: dict[str, list[float]] = {"floor": [], "ours": [], "floor idle": [], "ours idle": []}
            for day in range(terms.rounds + 1):
                for name, crew in (("floor", floor), ("ours", ours)):
                    for again in ("", " idle"):
                        seconds, fired = crew.one("sweep", day)
                        assert fired == (0 if again else size // 100), (name, day, fired)
                        if day:  # the first one fills the caches
                            found[name + again].append(seconds)
            written = (terms.rounds + 1) * size // 100
            assert ours.one("swept") == {"lines": written, "notices": written}
            grown = ours.one("memory")[1] - held
        yield Figure(
            "B. 1 % of the clocks warn", where, "ms", tuple(found["floor"]), tuple(found["ours"]), "≤ 4x", 4.0,
            note=f"memory grew by {grown:.0f} MB",
        )  # fmt: skip
        idle[size] = tuple(found["ours idle"])
        goal = (
            {"goal": "≤ 3 ms", "limit": 0.003, "absolute": True}
            if kind == "sqlite"
            else {"goal": "≤ 1.5x", "limit": 1.5}
        )
        yield Figure("B. nothing due", where, "ms", tuple(found["floor idle"]), idle[size], **goal)
    if len(idle) > 1:
        small, *_, large = (median(idle[size]) for size in sorted(idle))
        yield Figure("B. nothing due, largest against smallest town", _name(kind), "ms", (small,), (large,))


@contextmanager
def both(places: Places, kind: str, synchronous: str, processes: int = 1) -> Iterator[tuple[Crew, Crew]]:
    """Give the floor and ours, each with a database of its own and its tables made."""
    made: list[Place] = []
    with ExitStack() as stack:
        crews = []
        for worker in (Floor, Ours):
            made.append(places.fresh(kind, synchronous))
            crews.append(stack.enter_context(Crew(worker, made[-1], processes)))
            crews[-1].one("create")
        yield crews[0], crews[1]
    for place in made:
        places.remove(place)


@contextmanager
def loaded(places: Places, kind: str, size: int) -> Iterator[tuple[Crew, Crew]]:
    """Give the floor and ours with that many open letters, all of them on the disk."""
    with both(places, kind, "NORMAL") as crews:
        for crew in crews:
            crew.one("load", size)
        places.settle(kind)
        yield crews


def take_turns(rounds: int, **turns: Callable[[], float]) -> dict[str, tuple[float, ...]]:
    """Let everybody take a turn in every round, another one first each time; return the seconds by name.

    A ratio then divides two turns that are seconds apart: what else the machine does touches both.
    """
    found: dict[str, list[float]] = {name: [] for name in turns}
    names = list(turns)
    for round_ in range(rounds):
        first = round_ % len(names)
        for name in names[first:] + names[:first]:
            found[name].append(turns[name]())
    return {name: tuple(seconds) for name, seconds in found.items()}


def _name(kind: str) -> str:
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[kind]
