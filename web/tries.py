"""How often a password may be tried: a few times for one login from one address, then a pause."""

import threading
from datetime import datetime, timedelta

MOST = 5
PAUSE = timedelta(minutes=15)
REMEMBERED = 10_000
"""Pairs of login and address kept in memory: whoever tries a million logins fills nothing."""


class Tries:
    """Count the failures of each login and address, in the memory of this process."""

    def __init__(self) -> None:
        self._failures: dict[tuple[str, str], list[datetime]] = {}
        self._lock = threading.Lock()

    def wait(self, login: str, address: str, at: datetime) -> timedelta:
        """Return how long this login must wait; nothing while tries are left."""
        with self._lock:
            recent = self._recent((login, address), at)
        return recent[0] + PAUSE - at if len(recent) >= MOST else timedelta(0)

    def failed(self, login: str, address: str, at: datetime) -> None:
        """Note a wrong password."""
        with self._lock:
            while len(self._failures) >= REMEMBERED:
                self._failures.pop(next(iter(self._failures)))
            self._failures[login, address] = [*self._recent((login, address), at), at]

    def succeeded(self, login: str, address: str) -> None:
        """Forget the failures of somebody who signed in."""
        with self._lock:
            self._failures.pop((login, address), None)

    def _recent(self, key: tuple[str, str], at: datetime) -> list[datetime]:
        return [failure for failure in self._failures.get(key, []) if at - failure < PAUSE]
