"""Where a measure takes place: a SQLite file, or a database on a PostgreSQL that keeps its promises."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

from tests.postgres import TemporaryServer, programs

DISK = "/var/tmp" if os.access("/var/tmp", os.W_OK) else None
"""Not the system's first choice, which may lie in memory: there nothing would wait for a disk."""

SETTINGS = {
    # What a town runs with: a commit that was acknowledged survives a power cut.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    # The pages of a million letters are not to be written out in the middle of a round.
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "jit": "off",
    "listen_addresses": "",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Name one empty database, and how SQLite syncs it."""

    kind: str
    """"sqlite" or "postgresql"."""
    url: str
    synchronous: str = "FULL"

    @property
    def is_sqlite(self) -> bool:
        """Tell whether it is the embedded one."""
        return self.kind == "sqlite"


class DurableServer(TemporaryServer):
    """Start a temporary PostgreSQL that waits for its disk, unlike that of the tests."""

    def __init__(self, folder: Path) -> None:
        self.programs, self.folder, self.as_whom = programs(), folder, {}
        if os.geteuid() == 0:
            self._step_down()
        self._run("initdb", "-U", "casetrack", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        self._run("pg_ctl", "-w", "-l", "log", "-o", f"-k {folder} {options}", "start")
        self.url = f"postgresql+psycopg://casetrack@/postgres?host={folder}"


class Places:
    """Make databases in one folder; PostgreSQL starts when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.made = folder, 0

    @cached_property
    def server(self) -> DurableServer:
        """The temporary PostgreSQL, started at the first question; raise PostgresqlMissing without one."""
        # The path stays short: a socket's may not pass 107 bytes.
        return DurableServer(Path(tempfile.mkdtemp(prefix="pg-", dir=self.folder.parent)))

    def fresh(self, kind: str, synchronous: str = "FULL") -> Place:
        """Return an empty database of this kind."""
        self.made += 1
        if kind == "sqlite":
            return Place(kind, f"sqlite:///{self.folder / f'{self.made}.db'}", synchronous)
        name = f"bench_{self.made}"
        with self._server() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return Place(kind, make_url(self.server.url).set(database=name).render_as_string())

    def remove(self, place: Place) -> None:
        """Give back the room that a database took."""
        if place.is_sqlite:
            for file in self.folder.glob(f"{Path(make_url(place.url).database or '').name}*"):
                file.unlink()
        else:
            with self._server() as connection:
                connection.execute(f"DROP DATABASE {make_url(place.url).database} WITH (FORCE)")

    def settle(self, kind: str) -> None:
        """Bring what was loaded to the disk, so that no measure pays for it."""
        if kind == "postgresql":
            with self._server() as connection:
                connection.execute("CHECKPOINT")
        os.sync()

    def leave(self) -> None:
        """Stop the server, if one was started."""
        if "server" in self.__dict__:
            self.server.stop()

    def _server(self) -> psycopg.Connection:
        return psycopg.connect(dsn(make_url(self.server.url)), autocommit=True)


@contextmanager
def places(disk: str | None = DISK) -> Iterator[Places]:
    """Give a folder on a real disk to make databases in; nothing is left behind."""
    folder = Path(tempfile.mkdtemp(prefix="casetrack-bench-", dir=disk))
    made = Places(folder)
    try:
        yield made
    finally:
        made.leave()
        shutil.rmtree(folder)


def dsn(url: URL) -> str:
    """Return the address as psycopg reads it."""
    return f"host={url.query['host']} user={url.username} dbname={url.database}"
