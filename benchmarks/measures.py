"""Who takes turns with whom, for how long, and what is held against what."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks import quiet
from benchmarks.crew import Crew
from benchmarks.floor import Floor
from benchmarks.intake import Intake
from benchmarks.ours import Ours
from benchmarks.places import Place, Places
from benchmarks.table import Figure, Goal
from benchmarks.visits import PAGES, Visits

LARGE = 1_000_000
"""Letters of the town for which goals are set."""
TURN = 20
"""Pages of a turn: one for each service."""
VISITS = 1_000
"""Pages after which the memory of `serve` is looked at."""
IMPORTED = 1_000
"""Letters of the CSV file of a turn."""
DATA = "list_data"
SAID = {DATA: "a worklist, the data", **{which: asked.said for which, asked in PAGES.items()}}
SAME = 1.3
"""How much longer a page may take in a large town than in a small one."""
GROWS = {"service"}
"""The page that adds up the open letters of a service, a hundred times as many in a large town: told, without a goal."""
PEER = Goal(0.055, "value")
"""A twentieth of what the best-known peer takes for its list of a million through HTTP."""
LIFECYCLE = {
    ("sqlite", "NORMAL", 1): Goal(5.0),
    ("sqlite", "FULL", 1): Goal(3.0),
    ("postgresql", "FULL", 1): Goal(3.5),
    ("postgresql", "FULL", 8): Goal(4.0),
}
IDLE = {"sqlite": Goal(0.003, "value"), "postgresql": Goal(1.5)}
INTAKE = {"sqlite": Goal(1 / 1_000, "value"), "postgresql": Goal(1 / 500, "value")}


@dataclass(frozen=True, slots=True)
class Terms:
    """Hold how long to measure, and in how large towns."""

    rounds: int
    seconds: float
    """How long one turn of measure A lasts, about."""
    sizes: tuple[int, ...]


def lifecycles(places: Places, terms: Terms, kind: str, synchronous: str, processes: int) -> Iterator[Figure]:
    """A. Letters from receipt to closure, six commits each, in one process or in several at once."""
    where = NAMES[kind] + (f" {synchronous}" if kind == "sqlite" else "")
    where += f", {processes} processes" if processes > 1 else ""
    with crews(places, kind, synchronous, processes, Floor, Ours) as (floor, ours):
        found = take_turns(
            terms.rounds,
            {
                "floor": _lifecycle(floor, terms.seconds),
                **{start: _lifecycle(ours, terms.seconds, start) for start in ("number", "read", "kept")},
            },
        )
        for crew in (floor, ours):
            _check_letters(crew.one("counts"))
    goal = LIFECYCLE[kind, synchronous, processes]
    yield Figure("A. a letter, receipt to closure", where, "letters/s", found["floor"], found["number"], goal)
    yield Figure("A. the same, row read by the ORM first", where, "letters/s", found["floor"], found["read"])
    yield Figure("A. the same, row kept by the session", where, "letters/s", found["floor"], found["kept"])


def _lifecycle(crew: Crew, seconds: float, *options: object) -> Callable[[], float]:
    """Return a turn that lasts about that long and gives the seconds of one letter, all processes together."""

    def turn(each: int) -> float:
        spans = crew.together("lifecycle", each, *options)
        return (max(end for _, end in spans) - min(begin for begin, _ in spans)) / (each * crew.size)

    turn(5)  # fills the caches
    each = max(5, int(seconds / turn(10) / crew.size))
    return lambda: turn(each)


def _check_letters(counts: Mapping[str, int]) -> None:
    """Raise AssertionError unless every letter is there and closed, with six lines in a sound journal."""
    cases = counts["cases"]
    assert cases, "no letter at all"
    assert (counts["events"], counts["closed"]) == (6 * cases, cases), counts
    assert not counts.get("faults"), counts


def towns(places: Places, terms: Terms, kind: str) -> Iterator[Figure]:
    """B and C. Towns full of open letters: their worklists, what `serve` holds in memory, what comes due."""
    name, same = NAMES[kind], {}
    for size in terms.sizes:
        where, is_large = f"{name}, {size:,} letters", size >= LARGE
        with crews(places, kind, "NORMAL", 1, Floor, Ours) as (floor, ours):
            for crew in (floor, ours):
                crew.one("load", size)
            places.settle(kind)
            with Visits(ours.place) as visits:
                read = take_turns(
                    terms.rounds,
                    {
                        "floor": lambda: median(floor.one("worklist", TURN)),
                        DATA: lambda: median(ours.one("worklist", TURN)),
                        **{which: partial(_page, visits, which) for which in PAGES},
                    },
                )
                held = visits.memory_after(VISITS)
            swept = _sweeps(floor, ours, terms.rounds, size)
        same[size] = {**read, **swept}
        goals = {DATA: Goal(5.0), "list": PEER} if is_large else {}
        for which, said in SAID.items():
            yield Figure(f"C. {said}", where, "ms", read["floor"], read[which], goals.get(which))
        yield Figure("memory of serve, 1,000 pages", where, "MB", (), (held,), Goal(150, "value"))
        goal = Goal(4.0) if is_large else None
        yield Figure("B. 1 % of the clocks warn", where, "ms", swept["floor due"], swept["due"], goal)
        yield Figure("B. nothing is due", where, "ms", swept["floor idle"], swept["idle"], IDLE[kind])
        yield Figure("B. memory of the sweep, it grew by", where, "MB", (), swept["grown"], Goal(20, "value"))
    yield from _large_against_small(name, same)


def _page(visits: Visits, which: str) -> float:
    return median(visits.pages(TURN, which))


def _sweeps(floor: Crew, ours: Crew, rounds: int, size: int) -> dict[str, tuple[float, ...]]:
    found: dict[str, list[float]] = {name: [] for name in ("floor due", "floor idle", "due", "idle")}
    held = 0.0
    for day in range(rounds + 1):
        for prefix, crew in (("floor ", floor), ("", ours)):
            quiet.wait()
            for what, expected in (("due", size // 100), ("idle", 0)):
                seconds, fired = crew.one("sweep", day)
                assert fired == expected, (prefix, day, fired)
                if day:  # the first one fills the caches
                    found[prefix + what].append(seconds)
        held = held or ours.one("memory")[1]
    written = (rounds + 1) * size // 100
    assert ours.one("swept") == {"lines": written, "notices": written}
    found["grown"] = [ours.one("memory")[1] - held]
    return {name: tuple(values) for name, values in found.items()}


def _large_against_small(name: str, same: Mapping[int, Mapping[str, tuple[float, ...]]]) -> Iterator[Figure]:
    if len(same) < 2:
        return
    small, large = same[min(same)], same[max(same)]
    where = f"{name}, {max(same):,} against {min(same):,} letters"
    for which, said in SAID.items():
        goal = None if which in GROWS else Goal(SAME)
        yield Figure(f"C. {said}", where, "ms", small[which], large[which], goal)
    yield Figure("B. nothing is due", where, "ms", small["idle"], large["idle"])


def imports(places: Places, terms: Terms, kind: str) -> Iterator[Figure]:
    """Import a CSV file, with journal, senders and clocks, against bare inserts, fifty a commit."""
    with crews(places, kind, "FULL", 1, Floor, Intake) as (floor, ours):
        turns = {
            "floor": lambda: floor.one("intake", IMPORTED) / IMPORTED,
            "ours": lambda: ours.one("intake", IMPORTED) / IMPORTED,
        }
        for turn in turns.values():
            turn()  # fills the caches
        found = take_turns(terms.rounds, turns)
    yield Figure("CSV intake", NAMES[kind], "letters/s", found["floor"], found["ours"], INTAKE[kind])


NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@contextmanager
def crews(
    places: Places, kind: str, synchronous: str, processes: int, *workers: type
) -> Iterator[tuple[Crew, ...]]:
    """Give every worker processes and a database of its own, its tables made."""
    made: list[Place] = []
    with ExitStack() as stack:
        found = []
        for worker in workers:
            made.append(places.fresh(kind, synchronous))
            found.append(stack.enter_context(Crew(worker, made[-1], processes)))
            found[-1].one("create")
        yield tuple(found)
    for place in made:
        places.remove(place)


def take_turns(rounds: int, turns: Mapping[str, Callable[[], float]]) -> dict[str, tuple[float, ...]]:
    """Let everybody take a turn in every round, another one first each time; return the seconds by name.

    A ratio then divides two turns that are seconds apart: what else the machine does touches both.
    """
    found: dict[str, list[float]] = {name: [] for name in turns}
    names = list(turns)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            quiet.wait()
            found[name].append(turns[name]())
    return {name: tuple(seconds) for name, seconds in found.items()}
