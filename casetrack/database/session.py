"""Open the database: one class, two engines, the same behaviour."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

WRITING = {"sqlite_begin": "BEGIN IMMEDIATE"}
READING = {"sqlite_begin": "BEGIN"}


class Database:
    """Hold the engine of one town and hand out sessions. The caller commits and closes."""

    def __init__(self, url: str, *, synchronous: str = "FULL", echo: bool = False) -> None:
        """Open `url` ("sqlite:///…" or "postgresql+psycopg://…").

        `synchronous` is SQLite's: FULL survives a power cut, NORMAL a killed process only.
        """
        self.url = make_url(url)
        self.engine = self._sqlite(synchronous, echo) if self.is_sqlite else self._postgresql(echo)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the town's database is the embedded one."""
        return self.url.get_backend_name() == "sqlite"

    def session(self) -> Session:
        """Return a session that writes: on SQLite it takes the one writer's place at once.

        A deferred BEGIN would lose one concurrent write in three ("database is locked").
        """
        return Session(self.engine, expire_on_commit=False, execution_options=WRITING)

    @contextmanager
    def long_session(self) -> Iterator[Session]:
        """Give a session that writes and keeps its connection between commits: for whoever commits often."""
        with self.engine.connect().execution_options(**WRITING) as connection:
            yield Session(connection, expire_on_commit=False)

    def reader(self) -> Session:
        """Return a session that only reads: on SQLite it never waits for a writer."""
        return Session(self.engine, expire_on_commit=False, execution_options=READING)

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _postgresql(self, echo: bool) -> Engine:
        return create_engine(
            self.url,
            echo=echo,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"prepare_threshold": 1},
        )

    def _sqlite(self, synchronous: str, echo: bool) -> Engine:
        engine = create_engine(self.url, echo=echo, hide_parameters=True)

        @event.listens_for(engine, "connect")
        def configure(connection: object, _entry: ConnectionPoolEntry) -> None:
            connection.isolation_level = None  # type: ignore[attr-defined]
            cursor = connection.cursor()  # type: ignore[attr-defined]
            for pragma in (
                "journal_mode=WAL",
                f"synchronous={synchronous}",
                "foreign_keys=ON",
                "recursive_triggers=ON",  # otherwise REPLACE deletes a line of the journal unseen
                "busy_timeout=20000",
                # 8 MB: every thread that serves has a connection, and the system keeps the file's pages too.
                "cache_size=-8192",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # On the driver's cursor: SQLAlchemy's own way costs more than the database.
            begin = connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE")
            try:
                connection.connection.cursor().execute(begin)
            except sqlite3.Error as locked:
                raise DBAPIError.instance(begin, None, locked, sqlite3.Error) from locked

        return engine
