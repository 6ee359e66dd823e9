"""The floor: the fewest SQL statements that keep the promise, on the drivers themselves.

A step is one guarded UPDATE and one INSERT in one transaction; PostgreSQL does it in one round trip.
"""

import json
import sqlite3
import time
from itertools import count
from typing import Any

import psycopg
from sqlalchemy import make_url

from benchmarks.places import Place, dsn
from benchmarks.story import BODY, CLOSED, DUE_AFTER, OPENING, SERVICES, STEPS, letter, series

SCHEMA = """
CREATE TABLE letter(id {key}, reference TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sender TEXT NOT NULL,
  body TEXT NOT NULL, service INTEGER NOT NULL, officer INTEGER NOT NULL, state INTEGER NOT NULL,
  received_on INTEGER NOT NULL, due_on INTEGER NOT NULL, warned_on INTEGER);
CREATE TABLE audit(id {key}, letter_id BIGINT NOT NULL REFERENCES letter(id), at {real} NOT NULL,
  actor INTEGER NOT NULL, action TEXT NOT NULL, from_state INTEGER NOT NULL, to_state INTEGER NOT NULL,
  note TEXT NOT NULL);
CREATE INDEX audit_letter ON audit(letter_id);
CREATE INDEX worklist ON letter(service, due_on, id) WHERE state < 5;
CREATE INDEX sweep ON letter(due_on) WHERE state < 5 AND warned_on IS NULL;
"""
COLUMNS = "reference, title, sender, body, service, officer, state, received_on, due_on"
LINE = "letter_id, at, actor, action, from_state, to_state, note"
INSERT = f"INSERT INTO letter({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)"
AUDIT = f"INSERT INTO audit({LINE}) VALUES (?,?,?,?,?,?,?)"
MOVE = "UPDATE letter SET state = ? WHERE id = ? AND state = ?"
OPEN_AT_ONCE = (
    f"WITH new AS ({INSERT} RETURNING id) "
    f"INSERT INTO audit({LINE}) SELECT id,?,?,?,?,?,? FROM new RETURNING letter_id"
)
STEP_AT_ONCE = (
    f"WITH moved AS ({MOVE} RETURNING id) INSERT INTO audit({LINE}) SELECT id,?,?,?,?,?,? FROM moved"
)
DUE = "state < 5 AND warned_on IS NULL AND due_on <= ?"
WARN = f"UPDATE letter SET warned_on = ? WHERE {DUE}"
WARNED = f"INSERT INTO audit({LINE}) SELECT id, ?, 0, 'warning', state, state, 'deadline near' FROM "
PAGE = f"SELECT id, {COLUMNS} FROM letter WHERE service = ? AND state < 5 ORDER BY due_on, id LIMIT 50"


class Floor:
    """Work on one database without any of our code."""

    def __init__(self, place: Place) -> None:
        self.is_sqlite, self.numbers = place.is_sqlite, count()
        url = make_url(place.url)
        if place.is_sqlite:
            self.connection: Any = sqlite3.connect(url.database or "", isolation_level=None)
            for pragma in (
                "journal_mode=WAL",
                f"synchronous={place.synchronous}",
                "foreign_keys=ON",
                "busy_timeout=20000",
                "cache_size=-65536",
            ):
                self.connection.execute(f"PRAGMA {pragma}")
        else:
            self.connection = psycopg.connect(dsn(url), autocommit=True, prepare_threshold=0)
        self.tag = self._first("SELECT 0" if place.is_sqlite else "SELECT pg_backend_pid()")
        self.cursor = self.connection.cursor()

    def create(self) -> None:
        """Make the tables."""
        types = (
            {"key": "INTEGER PRIMARY KEY", "real": "REAL"}
            if self.is_sqlite
            else {"key": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "real": "DOUBLE PRECISION"}
        )
        for statement in SCHEMA.format(**types).split(";")[:-1]:
            self.connection.execute(statement)

    def lifecycle(self, letters: int) -> tuple[float, float]:
        """Take that many letters from receipt to closure, each step committed; return begin and end."""
        one = self._one_letter if self.is_sqlite else self._one_letter_at_once
        started = time.monotonic()
        for _ in range(letters):
            one(self._row())
        return started, time.monotonic()

    def counts(self) -> dict[str, int]:
        """Count what the letters left, to be sure that it was all done."""
        return {
            "cases": self._first("SELECT count(*) FROM letter"),
            "events": self._first("SELECT count(*) FROM audit"),
            "closed": self._first(f"SELECT count(*) FROM letter WHERE state = {CLOSED}"),
        }

    def load(self, letters: int) -> None:
        """Put that many open letters in, one in a hundred due on each of a hundred days."""
        self._execute(
            f"INSERT INTO letter({COLUMNS}) SELECT 'L' || i, 'Letter ' || i, 'sender' || (i % 5000) || '@x.test', "
            f"'{BODY}', i / 100 % {SERVICES} + 1, 1, 2, (i * 7919) % 100, (i * 7919) % 100 "
            f"FROM {series(self.is_sqlite, letters)}"
        )
        self._execute(f"INSERT INTO audit({LINE}) SELECT id, 0, 1, 'open', 0, 1, 'loaded' FROM letter")
        self._execute("ANALYZE" if self.is_sqlite else "VACUUM ANALYZE letter")

    def sweep(self, day: int) -> tuple[float, int]:
        """Warn of what falls due until that day; return the seconds and how many."""
        now, started = time.time(), time.perf_counter()
        if self.is_sqlite:
            self._execute("BEGIN IMMEDIATE")
            self._execute(f"{WARNED} letter WHERE {DUE}", (now, day))
            found = self._execute(WARN, (day, day)).rowcount
            self._execute("COMMIT")
        else:
            at_once = f"WITH found AS ({WARN} RETURNING id, state) {WARNED} found"
            found = self._execute(at_once, (day, day, now)).rowcount
        return time.perf_counter() - started, found

    def worklist(self, pages: int) -> list[float]:
        """Read the fifty most urgent letters of one service after the other, as JSON; return the seconds of each."""
        seconds = []
        for turn in range(pages):
            started = time.perf_counter()
            rows = self._execute(PAGE, (turn * 7 % SERVICES + 1,)).fetchall()
            text = json.dumps(rows)
            seconds.append(time.perf_counter() - started)
            assert len(rows) == 50, text
        return seconds

    def intake(self, letters: int) -> float:
        """Insert that many letters, fifty a commit, each with its first audit line; return the seconds."""
        started = time.perf_counter()
        for turn in range(letters):
            if turn % 50 == 0:
                self._execute("BEGIN")
            row, line = self._row(), (time.time(), 1, *OPENING)
            if self.is_sqlite:
                self._execute(AUDIT, (self._execute(INSERT, row).lastrowid, *line))
            else:
                self._execute(OPEN_AT_ONCE, row + line)
            if turn % 50 == 49 or turn == letters - 1:
                self._execute("COMMIT")
        return time.perf_counter() - started

    def _one_letter(self, row: tuple) -> None:
        run = self.cursor.execute
        run("BEGIN IMMEDIATE")
        letter_id = run(INSERT, row).lastrowid
        run(AUDIT, (letter_id, time.time(), 1, *OPENING))
        run("COMMIT")
        for step in STEPS:
            run("BEGIN IMMEDIATE")
            if run(MOVE, (step.after, letter_id, step.before)).rowcount != 1:
                raise RuntimeError("illegal move")
            run(AUDIT, (letter_id, time.time(), 1, step.action, step.before, step.after, step.note))
            run("COMMIT")

    def _one_letter_at_once(self, row: tuple) -> None:
        letter_id = self._execute(OPEN_AT_ONCE, (*row, time.time(), 1, *OPENING)).fetchone()[0]
        for step in STEPS:
            line = (time.time(), 1, step.action, step.before, step.after, step.note)
            if self._execute(STEP_AT_ONCE, (step.after, letter_id, step.before, *line)).rowcount != 1:
                raise RuntimeError("illegal move")

    def _row(self) -> tuple:
        number = next(self.numbers)
        title, sender, body = letter(number)
        day = number // 20 % 365
        return (f"{self.tag}-{number}", title, sender, body, 1, 1, 1, day, day + DUE_AFTER)

    def _execute(self, statement: str, values: tuple = ()) -> Any:
        if self.is_sqlite:
            return self.cursor.execute(statement, values)
        # Without values psycopg leaves the "%" of the arithmetic alone.
        return self.cursor.execute(statement.replace("?", "%s"), values or None)

    def _first(self, query: str) -> int:
        return self.connection.execute(query).fetchone()[0]
