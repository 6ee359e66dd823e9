"""Processes of their own that do the same work at the same moment on one database.

Everyone works in processes: a floor that shares its interpreter with us would pay for our imports.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from pathlib import Path
from threading import Barrier
from typing import Any

from benchmarks.places import Place

PATIENCE = 600
"""Seconds after which a crew that does not meet is given up."""


class Crew:
    """Keep `size` processes, each with its own `worker(place)`; use it in a `with`."""

    def __init__(self, worker: type, place: Place, size: int = 1) -> None:
        context = get_context("spawn")
        self.size, self.place = size, place
        self.pool = ProcessPoolExecutor(
            size, mp_context=context, initializer=_arrive, initargs=(worker, place, context.Barrier(size))
        )

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *failure: object) -> None:
        if any(failure):
            for process in active_children():
                process.terminate()
        self.pool.shutdown()

    def together(self, what: str, *arguments: object) -> list[Any]:
        """Let every process call the method `what` at the same moment; return what each returned."""
        calls = [self.pool.submit(_together, what, arguments) for _ in range(self.size)]
        return [call.result() for call in calls]

    def one(self, what: str, *arguments: object) -> Any:
        """Let one process call the method `what`; return what it returned."""
        return self.pool.submit(_call, what, arguments).result()


def memory(process: int | str = "self") -> tuple[float, float]:
    """Return what a process holds in memory now, and held at most, in MB; zeros elsewhere than on Linux."""
    file = Path(f"/proc/{process}/status")
    if not file.exists():
        return 0.0, 0.0
    status = dict(line.split(":", 1) for line in file.read_text().splitlines())
    return tuple(int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]


_here: dict[str, Any] = {}


def _arrive(worker: type, place: Place, meeting: Barrier) -> None:
    _here.update(worker=worker(place), meeting=meeting)


def _together(what: str, arguments: tuple) -> object:
    _here["meeting"].wait(PATIENCE)
    return _call(what, arguments)


def _call(what: str, arguments: tuple) -> object:
    return getattr(_here["worker"], what)(*arguments)
