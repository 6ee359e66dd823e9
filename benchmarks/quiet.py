"""Wait until nobody else is using the machine: code that fills the caches suffers more than the floor does."""

import time
from pathlib import Path

BUSY = 0.3
"""Share of all processors, used by others, above which a turn would not count."""
PATIENCE = 3.0
"""Seconds after which a turn is taken all the same."""
GLANCE = 0.1


def wait() -> bool:
    """Wait a few seconds at most for a quiet machine; tell whether it was. Elsewhere than on Linux, do not."""
    if not Path("/proc/stat").exists():
        return True
    until = time.monotonic() + PATIENCE
    while (used := _used()) > BUSY and time.monotonic() < until:
        time.sleep(GLANCE)
    return used <= BUSY


def _used() -> float:
    before = _ticks()
    time.sleep(GLANCE)
    total, idle = (after - then for after, then in zip(_ticks(), before, strict=True))
    return 1 - idle / max(total, 1)


def _ticks() -> tuple[int, int]:
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(fields), fields[3]  # idle; a disk that keeps others waiting would keep us waiting too
