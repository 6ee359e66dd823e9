"""Everything that the town holds, as files that any program reads: one line of JSON a row, one file a table.

The tables are read as they stood at one instant, however long it takes, in memory that does not grow.
The manifest is written last: a folder without it holds an export that was not finished.
"""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Column, func, select, union
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Session

from casetrack.database.tables import Document, PileLine, Table
from casetrack.errors import InvalidInput
from casetrack.language import Text

# What is never exported, and why. What is not named here is.
LEFT_OUT = {
    "sign_in": "who is signed in, on which device: it opens a session",
    "sign_in_try": "passwords that were tried",
    "second_factor": "what the codes of telephones are made from",
    "kept_form": "what somebody was typing, kept some hours for them alone",
    "lease": "which worker leads at this moment",
    "heartbeat": "when each job of the worker last ran",
    "search_document": "the words of cases: they are in the cases",
    "search_stale": "the cases to read again for the search",
}
HIDDEN = {"staff": frozenset({"password_hash", "password_is_temporary", "session_key"})}
"""Table → columns that stay at home."""
FORMAT = 1
AT_ONCE = 2000
"""Rows in memory."""

NOT_EMPTY = Text(
    "Le dossier «\u00a0{folder}\u00a0» n'est pas vide\u00a0: choisissez-en un vide, ou qui n'existe pas encore.",
    "The folder “{folder}” is not empty: choose an empty one, or one that does not exist yet.",
)


@dataclass(frozen=True, slots=True)
class Written:
    """Say how many rows a file holds, and the hash of the file."""

    file: str
    rows: int
    sha256: str


@dataclass
class Manifest:
    """Hold what an export holds, so that whoever receives it can check that nothing is missing."""

    casetrack: str
    made_at: str
    format: int = FORMAT
    tables: dict[str, Written] = field(default_factory=dict)
    documents: int = 0
    documents_bytes: int = 0
    documents_missing: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=lambda: dict(LEFT_OUT))
    columns_left_out: dict[str, list[str]] = field(
        default_factory=lambda: {table: sorted(columns) for table, columns in HIDDEN.items()}
    )


def prepare(folder: Path) -> None:
    """Make the folder, readable by its owner alone; raise InvalidInput when it holds anything."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidInput(NOT_EMPTY.filled(folder=folder), code="not_empty")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "tables").mkdir()
    (folder / "documents").mkdir()


def as_of_one_instant(session: Session) -> None:
    """Let this session see the database as it stands now, whatever is written meanwhile."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite always reads so
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def exported() -> list[SqlTable]:
    """Return the tables that are exported, those that others refer to first."""
    return [table for table in Table.metadata.sorted_tables if table.name not in LEFT_OUT]


def count(session: Session) -> int:
    """Return how many rows there are to write."""
    return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in exported())


def write_table(
    session: Session, table: SqlTable, folder: Path, *, progress: Callable[[int], None] = lambda rows: None
) -> Written:
    """Write one table, each row as a JSON object on its line, in the order of its key."""
    columns = [column for column in table.columns if column.name not in HIDDEN.get(table.name, ())]
    file = Path("tables") / f"{table.name}.jsonl"
    digest, rows = sha256(), 0
    with (folder / file).open("wb") as out, closing(_read(session, table, columns)) as parts:
        for some in parts:
            lines = "".join(f"{_line(columns, row)}\n" for row in some).encode()
            digest.update(lines)
            out.write(lines)
            rows += len(some)
            progress(len(some))
    return Written(file.as_posix(), rows, digest.hexdigest())


def contents(session: Session) -> Iterator[str]:
    """Return the hash of every content that a case or the pile needs, each once."""
    query = union(select(Document.sha256), select(PileLine.sha256)).order_by("sha256")
    with session.execute(query, execution_options={"yield_per": AT_ONCE}) as result:
        for (digest,) in result:
            yield digest


def finish(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, whole or not at all: from now on the export is finished."""
    unfinished = folder / "manifest.json.part"
    unfinished.write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    unfinished.replace(folder / "manifest.json")


def _read(session: Session, table: SqlTable, columns: list[Column]) -> Generator[list, None, None]:
    query = select(*columns).order_by(*table.primary_key.columns)
    with session.execute(query, execution_options={"yield_per": AT_ONCE}) as result:
        yield from result.partitions()


def _line(columns: list[Column], row: tuple) -> str:
    named = {column.name: value for column, value in zip(columns, row, strict=True)}
    return json.dumps(named, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    """Write an instant in UTC, and a day, as ISO 8601 says."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")
