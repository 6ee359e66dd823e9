"""Statements of the hot way: written in SQLAlchemy, compiled once, run on the driver's own cursor.

At the desk the ORM is quick enough. A step of the engine writes five rows; an import or a sweep
does it ten thousand times, and there the unit of work would cost more than the database.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session


class Prepared:
    """Run one statement with named values. It flushes nothing: flush the session before the first one."""

    def __init__(self, statement: Executable, *columns: str) -> None:
        """Keep the statement; `columns` are those of an insert or update that names no values itself."""
        self.statement, self.columns = statement, list(columns) or None
        self._compiled: dict[str, _Compiled] = {}

    def run(self, session: Session, values: Mapping[str, Any]) -> Any:
        """Run it once and return the driver's cursor."""
        connection = session.connection()
        sql, *binding = self._for(connection.dialect)
        return _execute(connection, sql, _bound(*binding, values))

    def run_many(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for every row; nothing for none."""
        if not rows:
            return
        connection = session.connection()
        sql, *binding = self._for(connection.dialect)
        if len(rows) == 1:
            _execute(connection, sql, _bound(*binding, rows[0]))
        else:
            _execute(connection, sql, [_bound(*binding, row) for row in rows], many=True)

    def _for(self, dialect: Dialect) -> "_Compiled":
        if (known := self._compiled.get(dialect.name)) is None:
            # Both drivers take values by place, so that a row is bound in one pass.
            by_place = type(dialect)(paramstyle="qmark" if dialect.name == "sqlite" else "format")
            compiled = self.statement.compile(dialect=by_place, column_keys=self.columns)  # type: ignore[attr-defined]
            # A value written in the statement itself is bound each time like the others.
            fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
            turn = dict(compiled._bind_processors)
            known = self._compiled[dialect.name] = (str(compiled), tuple(compiled.positiontup), turn, fixed)
        return known


_Compiled = tuple[str, tuple[str, ...], dict[str, Any], dict[str, Any]]


def _bound(
    names: tuple[str, ...], turn: Mapping[str, Any], fixed: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple:
    bound = []
    for name in names:
        value = fixed[name] if name in fixed else values[name]
        bound.append(turn[name](value) if name in turn else value)
    return tuple(bound)


def _execute(connection: Connection, sql: str, values: Any, *, many: bool = False) -> Any:
    cursor = connection.connection.cursor()
    try:
        (cursor.executemany if many else cursor.execute)(sql, values)
    except connection.dialect.loaded_dbapi.Error as broken:
        # The same class as SQLAlchemy would raise (a deadlock is tried again, a double import is not an
        # error), without the values: they may name people, and errors are logged.
        kinds = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(sql, None, broken, kinds, hide_parameters=True) from broken
    return cursor
