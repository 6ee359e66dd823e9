"""Clearing: what was kept for a form that nobody finished leaves the store some days later.

A content stays as long as a document or a line of the pile names it. Whatever else comes to keep contents
without a document must be asked in `wanted`, or sees them cleared. Killed at any moment, the clearing loses
nothing: what was on its way out comes back at the next run, and is judged again.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select, union
from sqlalchemy.orm import Session

from casetrack.correspondence import documents, thumbnails
from casetrack.database.tables import Document, PileLine, SentForm

KEPT_FOR = timedelta(days=7)
"""How long a form may stay open with its documents, and a line removed from the pile be put back."""
PARTS = 24
"""The store is read by parts, one an hour: that of a large town holds millions of files."""
AT_ONCE = 500
"""Contents asked about in one query."""


def clear(sessions: Callable[[], Session], store: Path, *, at: datetime, part: int | None = None) -> int:
    """Remove what nobody wants since `KEPT_FOR`, in one part of the store or in all; return how many contents left.

    1. Forget the lines of the pile that were registered or removed long ago, and the forms sent long ago.
    2. Bring back what an interrupted run was taking out, and drop what never finished arriving.
    3. Take out each content that is old and named by nobody, look again, and only then remove it.
    """
    before = at - KEPT_FOR
    with sessions() as session:
        session.execute(delete(PileLine).where(PileLine.decided_at < before, PileLine.status != "aside"))
        session.execute(delete(SentForm).where(SentForm.sent_at < before))
        session.commit()
    _bring_back(store)
    for unfinished in _files(store / "arriving"):
        if _is_old(unfinished, before):
            unfinished.unlink(missing_ok=True)
    return sum(_clear_some(sessions, store, some, before) for some in _old_contents(store, before, part))


def wanted(session: Session, digests: set[str]) -> set[str]:
    """Return those of these contents that a case or the pile needs."""
    return set(
        session.scalars(
            union(
                select(Document.sha256).where(Document.sha256.in_(digests)),
                select(PileLine.sha256).where(PileLine.sha256.in_(digests)),
            )
        )
    )


def _clear_some(sessions: Callable[[], Session], store: Path, digests: set[str], before: datetime) -> int:
    with sessions() as session:
        doomed = digests - wanted(session, digests)
    leaving = store / "leaving"
    for digest in doomed:
        leaving.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):  # another worker was quicker
            documents.path_of(store, digest).rename(leaving / digest)
    # Out of reach, nobody can come to want it unseen; whoever did just before has touched or named it.
    with sessions() as session:
        still = wanted(session, doomed) if doomed else set()
    removed = 0
    for digest in doomed:
        file = leaving / digest
        if not file.exists():
            continue
        if digest in still or not _is_old(file, before):
            _return(store, file)
        else:
            file.unlink(missing_ok=True)
            thumbnails.forget(store, digest)
            removed += 1
    return removed


def _old_contents(store: Path, before: datetime, part: int | None) -> Iterator[set[str]]:
    some: set[str] = set()
    for folder in sorted(store.glob("[0-9a-f][0-9a-f]")):
        if part is not None and int(folder.name, 16) % PARTS != part:
            continue
        for file in _files(folder):
            if _is_old(file, before):
                some.add(folder.name + file.name)
            if len(some) == AT_ONCE:
                yield some
                some = set()
    if some:
        yield some


def _bring_back(store: Path) -> None:
    for file in _files(store / "leaving"):
        _return(store, file)


def _return(store: Path, file: Path) -> None:
    """Give a content its place again, unless the same one arrived meanwhile."""
    place = documents.path_of(store, file.name)
    with suppress(FileNotFoundError):
        if place.exists():
            file.unlink()
        else:
            file.rename(place)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _is_old(file: Path, before: datetime) -> bool:
    with suppress(FileNotFoundError):
        return datetime.fromtimestamp(file.stat().st_mtime, UTC) < before
    return False
