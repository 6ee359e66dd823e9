"""Statements of the hot way: written in SQLAlchemy, compiled once, run on the driver's own connection.

At the desk the ORM is quick enough. A step of the engine writes five rows; an import or a sweep
does it ten thousand times, and there the unit of work would cost more than the database.
"""

import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import count
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import Date, Executable, bindparam, select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session


class Prepared:
    """Run one statement with named values. It flushes nothing: flush the session before the first one."""

    def __init__(self, statement: Executable, *columns: str) -> None:
        """Keep the statement; `columns` are those of an insert or update that names no values itself."""
        self.statement, self.columns = statement, list(columns) or None
        self._compiled: dict[str, _Compiled] = {}

    def run(self, session: Session, values: Mapping[str, Any]) -> Any:
        """Run it once and return the driver's cursor."""
        driver, dialect = _driver(session)
        compiled = self._for(dialect)
        return _execute(_cursor(driver), dialect, compiled.alone, compiled.bound(values))

    def run_many(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for every row; nothing for none."""
        if len(rows) == 1:
            self.run(session, rows[0])
        elif rows:
            driver, dialect = _driver(session)
            compiled = self._for(dialect)
            _execute(
                _cursor(driver), dialect, compiled.alone, [compiled.bound(row) for row in rows], many=True
            )

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Run a query and return its rows by column, as the ORM would read them."""
        found = self.run(session, values).fetchall()
        return [self._for(_driver(session)[1]).read(row) for row in found]

    def _for(self, dialect: Dialect) -> "_Compiled":
        if (known := self._compiled.get(dialect.name)) is None:
            known = self._compiled[dialect.name] = _compile(self.statement, self.columns, dialect)
        return known


class Writes:
    """Gather the writes of one step and send them together: one round trip on PostgreSQL.

    Together they see the rows as they were before: two of them may not change the same row.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.waiting: list[tuple[Prepared, Mapping[str, Any]]] = []

    def add(self, statement: Prepared, *rows: Mapping[str, Any]) -> None:
        """Let a statement wait, once for every row."""
        self.waiting += [(statement, row) for row in rows]

    def send(self) -> int:
        """Run what waits, in order; return how many rows the last one changed."""
        waiting, self.waiting = self.waiting, []
        if not waiting:
            return 0
        driver, dialect = _driver(self.session)
        parts = [(statement._for(dialect), row) for statement, row in waiting]
        cursor = _cursor(driver)
        if dialect.name == "sqlite":
            for compiled, row in parts:
                _execute(cursor, dialect, compiled.alone, compiled.bound(row))
        else:
            values = [value for compiled, row in parts for value in compiled.bound(row)]
            _execute(cursor, dialect, _together(*(compiled.sql for compiled, _ in parts)), values)
        return cursor.rowcount


@lru_cache
def _together(*statements: str) -> str:
    *first, last = statements
    named = ", ".join(f"w{number} AS ({sql})" for number, sql in enumerate(first))
    return _numbered(f"WITH {named} {last}" if named else last)


def _numbered(sql: str) -> str:
    """Write $1, $2… for %s: PostgreSQL's own way, which the driver need not read through at each run."""
    numbers = count(1)
    return re.sub("%s|%%", lambda mark: f"${next(numbers)}" if mark[0] == "%s" else "%", sql)


Record = TypeVar("Record", bound=DeclarativeBase)


class Copy(Generic[Record]):
    """Read one row into an object that no session watches: to look at, never to change."""

    def __init__(self, record: type[Record], *, held: bool = False) -> None:
        """Keep the query by `id`; `held` keeps the row for this transaction where rows can be held."""
        self.record = record
        query = select(record.__table__).where(record.__table__.c.id == bindparam("id"))
        self.query = Prepared(query.with_for_update(key_share=True) if held else query)

    def of(self, session: Session, number: int) -> Record | None:
        """Return the row of that number; None when there is none."""
        found = self.query.rows(session, {"id": number})
        return made(self.record, found[0]) if found else None


def made(record: type[Record], values: Mapping[str, Any]) -> Record:
    """Return an object with these values, without the attribute events that only a session needs."""
    row = object.__new__(record)
    vars(row).update(values)
    return row


Turn = Callable[[Any], Any]


class _Compiled(NamedTuple):
    alone: str
    sql: str
    """The same to be put together with others."""
    in_order: Callable[[Mapping[str, Any]], tuple]
    """Takes the values in the order of their places."""
    turns: tuple[tuple[int, Turn], ...]
    """The places of the values that the driver wants otherwise, and how."""
    fixed: Mapping[str, Any]
    """Values written in the statement itself: they are bound each time like the others."""
    names: tuple[str, ...]
    """The columns of the result."""
    returns: tuple[tuple[str, Turn], ...]
    """The columns that we want otherwise than the driver, and how."""

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        row = list(self.in_order({**values, **self.fixed} if self.fixed else values))
        for place, turn in self.turns:
            row[place] = turn(row[place])
        return row

    def read(self, row: Sequence[Any]) -> dict[str, Any]:
        values = dict(zip(self.names, row, strict=True))
        for name, turn in self.returns:
            values[name] = turn(values[name])
        return values


def _compile(statement: Executable, columns: list[str] | None, dialect: Dialect) -> _Compiled:
    # Both drivers take values by place, so that a row is bound in one pass.
    by_place = type(dialect)(paramstyle="qmark" if dialect.name == "sqlite" else "format")
    compiled: Any = statement.compile(dialect=by_place, column_keys=columns)  # type: ignore[attr-defined]
    names = compiled.positiontup
    columns_read = compiled._result_columns
    readers = ((c.keyname, c.type, c.type._cached_result_processor(by_place, None)) for c in columns_read)
    sql = str(compiled)
    return _Compiled(
        sql if dialect.name == "sqlite" else _numbered(sql),
        sql,
        itemgetter(*names) if len(names) > 1 else lambda values: (values[names[0]],),
        tuple(
            (place, _remembered(turn, compiled.binds[name].type))
            for place, name in enumerate(names)
            if (turn := compiled._bind_processors.get(name))
        ),
        {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required},
        tuple(column.keyname for column in columns_read),
        tuple((name, _remembered(turn, kind)) for name, kind, turn in readers if turn),
    )


def _remembered(turn: Turn, kind: object) -> Turn:
    # A day of mail has few dates, and each is written many times. Not instants: for Python the two hours of
    # a night in October are equal, and the second would be written as the first.
    return lru_cache(maxsize=4096)(turn) if isinstance(kind, Date) else turn


def _driver(session: Session) -> tuple[Any, Dialect]:
    """Return the driver's connection, asked for once in a transaction: the way to it is long."""
    transaction = session.get_transaction()
    known = session.info.get("driver")
    if known is None or known[0] is not transaction:
        connection = session.connection()
        driver = connection.connection.driver_connection
        known = session.info["driver"] = (session.get_transaction(), driver, connection.dialect)
    return known[1], known[2]


def _cursor(driver: Any) -> Any:
    if isinstance(driver, sqlite3.Connection):
        return driver.cursor()
    from psycopg import RawCursor  # a town without PostgreSQL does not carry its driver

    return RawCursor(driver)


def _execute(cursor: Any, dialect: Dialect, sql: str, values: Any, *, many: bool = False) -> Any:
    try:
        (cursor.executemany if many else cursor.execute)(sql, values)
    except dialect.loaded_dbapi.Error as broken:
        # The same class as SQLAlchemy would raise (a deadlock is tried again, a double import is not an
        # error), without the values: they may name people, and errors are logged.
        kinds = dialect.loaded_dbapi.Error
        raise DBAPIError.instance(sql, None, broken, kinds, hide_parameters=True) from broken
    return cursor
