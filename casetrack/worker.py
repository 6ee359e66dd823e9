"""The metronome: run the sweep, the outbox and the seal again and again. The truth is in the tables.

Killing a worker at any moment loses nothing, and running several does nothing twice: each job claims what
it does in the database. The lease only saves work; the heartbeat tells `casetrack.oversight.health`.
"""

import logging
import os
import secrets
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import ColumnElement, case, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from casetrack.clock import now
from casetrack.correspondence import clearing
from casetrack.correspondence.outbox import send_due
from casetrack.correspondence.smtp import Smtp, code_of
from casetrack.database import Database
from casetrack.database.tables import Heartbeat, Lease, Table
from casetrack.engine import journal
from casetrack.engine.sweep import sweep
from casetrack.oversight.search_index import index_stale
from casetrack.settings import Settings

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=3)
"""How long a dead worker is waited for: less than the silence that makes `/health` red."""
PATIENCE = 30
"""Seconds that one job may take before the others have their turn; what is left waits for the next."""

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Work:
    """Hold what a job needs: the database, the settings, the time, and the name it signs with."""

    database: Database
    settings: Settings
    clock: Clock
    holder: str
    comes_once: bool = False
    """Nobody may come back before tomorrow: all that is due is done, however long it takes."""


def run_sweep(work: Work) -> str:
    """Fire the rungs that have come."""
    fired = skipped = 0
    for _ in _patiently(work):
        result = sweep(work.database.session, at=work.clock())
        fired, skipped = fired + result.fired, skipped + result.skipped
        if not result.truncated:
            break
    return f"fired {fired}, skipped {skipped}"


def run_outbox(work: Work) -> str:
    """Send the e-mails that are due; without a server they wait."""
    if work.settings.mail_server is None:
        return "no server: e-mails wait"
    transport = Smtp(work.settings.mail_server, work.settings.mail_from)
    sent = left = doubted = 0
    for _ in _patiently(work):
        result = send_due(work.database.session, transport, at=work.clock, holder=work.holder)
        sent, doubted = sent + result.sent, doubted + result.in_doubt
        left += result.postponed + result.to_print
        if result.unreachable:
            return f"sent {sent}, not sent {left}, server unusable: {result.unreachable}"
        if not result.done:
            break
    return f"sent {sent}, not sent {left}, in doubt {doubted}"


def run_seal(work: Work) -> str:
    """Seal the journal once a day."""
    with work.database.session() as session:
        made = journal.seal(session, at=work.clock())
        session.commit()
    return "sealed" if made else "nothing to seal"


def run_search(work: Work) -> str:
    """Make what changed elsewhere than at a desk findable: imports, the clock, corrected names."""
    read = 0
    for _ in _patiently(work):
        with work.database.session() as session:
            done = index_stale(session)
            session.commit()
        read += done
        if not done:
            break
    return f"read {read}"


def run_clearing(work: Work) -> str:
    """Clear what was kept for forms that nobody finished, in the part of the store whose hour it is."""
    at = work.clock()
    part = None if work.comes_once else at.hour
    removed = clearing.clear(work.database.session, work.settings.documents_dir, at=at, part=part)
    return f"removed {removed}"


# Job → what it does, and how often it is asked.
JOBS: dict[str, tuple[Callable[[Work], str], timedelta]] = {
    "sweep": (run_sweep, timedelta(minutes=1)),
    "outbox": (run_outbox, timedelta(seconds=20)),
    "seal": (run_seal, timedelta(hours=1)),
    "search": (run_search, timedelta(seconds=20)),
    "documents": (run_clearing, timedelta(minutes=30)),
}


def run(database: Database, settings: Settings, *, stop: threading.Event, clock: Clock = now) -> None:
    """Work until `stop` is set, then let the jobs that run come to their end."""
    leave = start_background(database, settings, clock=clock)
    stop.wait()
    leave()


def start_background(database: Database, settings: Settings, *, clock: Clock = now) -> Callable[[], None]:
    """Work beside the rest of this process; return the function that stops it."""
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    work = Work(database, settings, clock, own_name())
    # Late or missed ticks run once, however late: the default would drop what is a second late.
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = BackgroundScheduler(timezone=UTC, job_defaults=defaults)
    for name, (_, every) in JOBS.items():
        seconds = every.total_seconds()
        scheduler.add_job(tick, "interval", (work, name), seconds=seconds, next_run_time=now())
    scheduler.start()

    def leave() -> None:
        scheduler.shutdown(wait=True)
        release(work)

    return leave


def run_once(database: Database, settings: Settings, *, clock: Clock = now) -> dict[str, str | None]:
    """Run each job to its end, whoever leads; return the error of each, None where it went well."""
    work = Work(database, settings, clock, own_name(), comes_once=True)
    return {name: attempt(work, name) for name in JOBS}


def tick(work: Work, name: str) -> None:
    """Run one job if this worker leads it; never raise, so that the next tick comes."""
    try:
        if lead(work, name):
            attempt(work, name)
    except Exception as fault:
        log.error("job %s could not start: %s", name, where(fault))


def attempt(work: Work, name: str) -> str | None:
    """Run one job and record its heartbeat; return its error, by class and code, or None."""
    job, _ = JOBS[name]
    try:
        _beat(work, name, started_at=work.clock())
        summary = job(work)
        _beat(work, name, finished_at=work.clock(), last_error=None, summary=summary)
    except Exception as fault:
        log.error("job %s failed: %s", name, where(fault))
        with suppress(SQLAlchemyError):  # without a database there is nowhere to write it
            _beat(work, name, last_error=code_of(fault)[:300])
        return code_of(fault)
    return None


def lead(work: Work, name: str) -> bool:
    """Take, keep or take over the lease of a job; tell whether it is ours. A take-over raises the epoch."""
    at = work.clock()
    ours, mine = Lease.holder == work.holder, {"holder": work.holder, "expires_at": at + LEASE}
    with work.database.session() as session:
        taken = _put(
            session,
            Lease,
            {"name": name, "epoch": 1, **mine},
            {"epoch": case((ours, Lease.epoch), else_=Lease.epoch + 1), **mine},
            where=or_(ours, Lease.expires_at <= at),
        )
        session.commit()
    return taken


def release(work: Work) -> None:
    """Let another worker lead at once."""
    ours = update(Lease).where(Lease.holder == work.holder)
    with work.database.session() as session:
        session.execute(ours.values(expires_at=work.clock()))
        session.commit()


def own_name() -> str:
    """Return a name that no other worker has: machine, process, chance."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"


def where(fault: Exception) -> str:
    """Say what failed and in which line of which file; the text of an error could quote a citizen."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if Path(__file__).parent in Path(frame.filename).parents]
    last = (ours or frames)[-1]
    return f"{code_of(fault)}, {Path(last.filename).name} line {last.lineno}"


def _beat(work: Work, name: str, **values: datetime | str | None) -> None:
    with work.database.session() as session:
        _put(session, Heartbeat, {"job": name, **values}, values)
        session.commit()


def _put(
    session: Session,
    table: type[Table],
    row: Mapping[str, object],
    changes: Mapping[str, object],
    where: ColumnElement[bool] | None = None,
) -> bool:
    """Insert a row, or change the one that is there where allowed; tell whether anything was written."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    key = table.__table__.primary_key
    upsert = insert(table.__table__).values(row).on_conflict_do_update(key, set_=changes, where=where)
    return session.execute(upsert.returning(*key)).first() is not None


def _patiently(work: Work) -> Iterator[None]:
    """Give turns until the job has had its share of the time; without end to a worker that comes once."""
    end = time.monotonic() + PATIENCE
    while work.comes_once or time.monotonic() < end:
        yield
