"""Fire the rungs that have come: warn, record, open a dysfunction. Never move a case.

Each rung fires once, however many sweeps run: its row in `rung_fired` is written in the
transaction of its effect. After downtime the rungs that were missed fire in order.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from casetrack.database.prepared import Prepared
from casetrack.database.tables import (
    Case,
    CaseCopy,
    CaseLink,
    CaseReader,
    Event,
    Notification,
    RungFired,
    Timer,
)
from casetrack.deadlines import Calendar
from casetrack.engine import journal, town
from casetrack.engine.actor import CLOCK
from casetrack.engine.clocks import dates
from casetrack.engine.opening import open_case
from casetrack.engine.recipients import Directory
from casetrack.workflow import Definition, Rung, by_id

log = logging.getLogger(__name__)

BATCH = 500
"""Rungs in one transaction: enough to be quick, few enough not to hold anybody up."""
SET_ASIDE = timedelta(hours=1)
"""How long a rung that could not be fired waits before it is tried again."""

_TIMER, _CASES = Timer.__table__, Case.__table__
_DUE = (
    select(
        _TIMER.c.id,
        _TIMER.c.key,
        _TIMER.c.rung,
        _TIMER.c.due_on,
        _TIMER.c.act_by,
        _TIMER.c.starts_on,
        _TIMER.c.next_rung_at,
        _TIMER.c.ended_on,
        _TIMER.c.cycle,
        _CASES.c.id.label("case_id"),
        _CASES.c.cycle.label("present_cycle"),
        _CASES.c.workflow_id,
        _CASES.c.state,
        _CASES.c.last_seq,
        _CASES.c.last_hash,
        _CASES.c.service_id,
        _CASES.c.officer_id,
        _CASES.c.confidentiality,
    )
    .join(_CASES, _CASES.c.id == _TIMER.c.case_id)
    .where(_TIMER.c.next_rung_at <= bindparam("at"))
    .order_by(_TIMER.c.next_rung_at, _TIMER.c.id)
    .limit(bindparam("limit"))
    # A case that somebody is working on is left for the next turn; whoever refers to it need not wait.
    .with_for_update(skip_locked=True, key_share=True)
)
_LINE, _CLAIM, _NOTICE = (
    Prepared(insert(table).inline(), *(column.name for column in table.c if column.name != "id"))
    for table in (Event.__table__, RungFired.__table__, Notification.__table__)
)
_NEXT = Prepared(
    update(_TIMER)
    .where(_TIMER.c.id == bindparam("timer"))
    .values(rung=bindparam("to_rung"), next_rung_at=bindparam("to_at"))
)
_HEAD = Prepared(
    update(_CASES)
    .where(_CASES.c.id == bindparam("of_case"))
    .values(last_seq=bindparam("to_seq"), last_hash=bindparam("to_hash"))
)
_BORN = Prepared(
    update(_CASES).where(_CASES.c.id == bindparam("of_case")).values(implicit_born_on=bindparam("day"))
)
_LATER = update(_TIMER).where(_TIMER.c.id == bindparam("timer")).values(next_rung_at=bindparam("to_at"))


@dataclass(slots=True)
class SweepResult:
    """Count what a sweep did; `truncated` says that more was due than it was allowed to take."""

    fired: int = 0
    skipped: int = 0
    truncated: bool = False
    opened: int = 0


@dataclass(slots=True)
class _Batch:
    heads: dict[int, tuple[int, str]] = field(default_factory=dict)
    lines: list[dict] = field(default_factory=list)
    claims: list[dict] = field(default_factory=list)
    next_rungs: list[dict] = field(default_factory=list)
    notices: list[dict] = field(default_factory=list)
    born: list[dict] = field(default_factory=list)
    dysfunctions: list[tuple[Row, int, Rung]] = field(default_factory=list)


def sweep(session_factory: Callable[[], Session], *, at: datetime, limit: int = 20 * BATCH) -> SweepResult:
    """Fire every rung due at that instant, oldest first, at most `limit` of them.

    1. Take a batch of due timers, fire their rungs up to where the next batch begins, commit.
    2. When a batch fails, fire its timers one by one; set aside the one that fails, and go on.
    """
    result = SweepResult()
    directories: dict[str, Directory] = {}
    while result.fired + result.skipped < limit:
        size = min(BATCH, limit - result.fired - result.skipped)
        taken = _one_batch(session_factory, at, size, directories, result)
        if not taken:
            return result
    with session_factory() as session:
        result.truncated = session.execute(_DUE, {"at": at, "limit": 1}).first() is not None
    return result


def _one_batch(
    session_factory: Callable[[], Session],
    at: datetime,
    size: int,
    directories: dict[str, Directory],
    result: SweepResult,
) -> int:
    with session_factory() as session:
        rows = session.execute(_DUE, {"at": at, "limit": size}).all()
        if not rows:
            return 0
        try:
            # The timers left for the next batch come after the last of this one, and so do their rungs.
            until = at if len(rows) < size else rows[-1].next_rung_at
            fired, opened = _fire(session, rows, at, until, directories)
            session.commit()
        except Exception as fault:
            session.rollback()
            # The class only: a message could quote a citizen.
            log.error(
                "a batch of %d timers failed (%s): firing them one by one", len(rows), type(fault).__name__
            )
        else:
            result.fired += fired
            result.opened += opened
            return len(rows)
    for row in rows:
        _one_timer(session_factory, row.id, at, result)
    return len(rows)


def _one_timer(
    session_factory: Callable[[], Session], timer_id: int, at: datetime, result: SweepResult
) -> None:
    with session_factory() as session:
        try:
            rows = session.execute(_DUE.where(_TIMER.c.id == timer_id), {"at": at, "limit": 1}).all()
            fired, opened = _fire(session, rows, at, at, {})
            session.commit()
            result.fired += fired
            result.opened += opened
        except Exception as fault:
            session.rollback()
            log.error("timer %d set aside for an hour: %s", timer_id, type(fault).__name__)
            session.execute(_LATER, {"timer": timer_id, "to_at": at + SET_ASIDE})
            session.commit()
            result.skipped += 1


def _fire(
    session: Session, rows: Sequence[Row], at: datetime, until: datetime, directories: dict[str, Directory]
) -> tuple[int, int]:
    """Fire every rung of these timers up to `until`, in the order of their instants; return how many."""
    place = town.place(session)
    directory = directories.get("today") or directories.setdefault(
        "today", Directory(session, place.calendar.day_of(at))
    )
    batch = _Batch()
    # At the same instant by case and deadline, not by number: on PostgreSQL the rows of one step are
    # numbered in no certain order, and the same town must have the same history on both databases.
    waiting = [(row.next_rung_at, row.case_id, row.key, row.id, row.rung, row) for row in rows]
    heapify(waiting)
    while waiting:
        *_, timer_id, rung, row = heappop(waiting)
        definition = by_id(session, row.workflow_id)
        _fire_one(session, row, rung, definition, directory, at, batch)
        following = _next_at(row, rung, definition.deadlines[row.key].ladder, place.calendar)
        if following is not None and following <= until:
            heappush(waiting, (following, row.case_id, row.key, timer_id, rung + 1, row))
        else:
            batch.next_rungs.append({"timer": timer_id, "to_rung": rung + 1, "to_at": following})
    if not batch.claims:
        return 0, 0
    _LINE.run_many(session, batch.lines)
    _CLAIM.run_many(session, batch.claims)
    _NEXT.run_many(session, batch.next_rungs)
    _HEAD.run_many(
        session,
        [
            {"of_case": case_id, "to_seq": seq, "to_hash": digest}
            for case_id, (seq, digest) in batch.heads.items()
        ],
    )
    _NOTICE.run_many(session, batch.notices)
    _BORN.run_many(session, batch.born)
    for row, number, rung in batch.dysfunctions:
        _open_dysfunction(session, row, number, rung, at)
    return len(batch.claims), len(batch.dysfunctions)


def _fire_one(
    session: Session,
    row: Row,
    number: int,
    definition: Definition,
    directory: Directory,
    at: datetime,
    batch: _Batch,
) -> None:
    rung = definition.deadlines[row.key].ladder[number]
    seq, previous = batch.heads.get(row.case_id, (row.last_seq, row.last_hash))
    line = journal.new_line(
        seq + 1,
        previous,
        at=at,
        actor_kind="clock",
        actor_id=None,
        action=_name(rung),
        from_state=row.state,
        to_state=row.state,
        payload={
            "deadline": row.key,
            "rung": rung.at,
            "due_on": row.due_on,
            **({"cause": rung.cause} if rung.cause else {}),
        },
    )
    batch.lines.append({"case_id": row.case_id, **line})
    batch.heads[row.case_id] = (seq + 1, str(line["hash"]))
    batch.claims.append(
        {"timer_id": row.id, "rung": number, "case_id": row.case_id, "seq": seq + 1, "fired_at": at}
    )
    # What had come before the case was answered is recorded; nobody needs to be told any more.
    if row.ended_on is None:
        warned = directory.find(
            rung.warn,
            service_id=row.service_id,
            officer_id=row.officer_id,
            confidentiality=row.confidentiality,
            asked=_asked(session, row.case_id) if "asked" in rung.warn else (),
            named=_named_readers(session, row.case_id) if row.confidentiality else (),
        )
        notice = {
            "case_id": row.case_id,
            "seq": seq + 1,
            "kind": f"{row.key}:{rung.at}",
            "details": None,
            "created_at": at,
            "read_at": None,
        }
        batch.notices.extend({"staff_id": staff_id, **notice} for staff_id in warned)
    # Of a cycle that is over, the journal line is enough: the case's own column speaks of the present one.
    if rung.record == "implicit_decision" and row.cycle == row.present_cycle:
        batch.born.append({"of_case": row.case_id, "day": row.due_on})
    if rung.open:
        batch.dysfunctions.append((row, number, rung))


def _asked(session: Session, case_id: int) -> tuple[int, ...]:
    query = select(CaseCopy.service_id).where(CaseCopy.case_id == case_id, CaseCopy.asked_opinion)
    return tuple(session.scalars(query.order_by(CaseCopy.service_id)))


def _named_readers(session: Session, case_id: int) -> tuple[int, ...]:
    query = select(CaseReader.staff_id).where(CaseReader.case_id == case_id)
    return tuple(session.scalars(query.order_by(CaseReader.staff_id)))


def _name(rung: Rung) -> str:
    """Return what the journal calls this rung: the fact it records, a breach, or a warning."""
    return rung.record or ("deadline_missed" if rung.open or rung.at == "breach" else "deadline_warning")


def _next_at(row: Row, number: int, ladder: list[Rung], calendar: Calendar) -> datetime | None:
    """Return the instant of the rung after this one; None when the ladder, or the deadline, ends here."""
    if number + 1 >= len(ladder):
        return None
    # The dates of the row are already those of its ledger: give them as they are.
    computed = dates("", row.starts_on, row.due_on, (), tuple(rung.at for rung in ladder), calendar)
    following = computed.rungs[number + 1]
    if row.ended_on is not None and following > calendar.starts_at(row.ended_on):
        return None
    return following


def _open_dysfunction(session: Session, row: Row, number: int, rung: Rung, at: datetime) -> None:
    """Open the case of the breach, once: its external id is the rung's own."""
    title = session.scalar(select(_CASES.c.title).where(_CASES.c.id == row.case_id))
    opened = open_case(
        session,
        rung.open or "dysfunction",
        by=CLOCK,
        at=at,
        title=title,
        channel="internal",
        service=row.service_id,
        confidentiality=row.confidentiality,
        readers=_named_readers(session, row.case_id) if row.confidentiality else (),
        external=("breach", f"{row.id}.{number}"),
        cause=rung.cause,
    )
    session.execute(
        insert(CaseLink.__table__), {"case_id": opened.id, "other_id": row.case_id, "kind": "about"}
    )
