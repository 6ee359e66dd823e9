"""Set the clocks of a case: arm, meet, suspend, resume, supersede.

A timer is a ledger: where it started, its period, and the suspensions of the case; its dates
follow from these by `casetrack.deadlines` and are copied on the row for the sweep and the lists.
While a suspension lasts, the dates are computed with its announced end: nothing needs to happen
on that day, since the clock then already runs again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import and_, bindparam, func, insert, null, or_, select, update
from sqlalchemy import case as case_when
from sqlalchemy.orm import Session

from casetrack.database.prepared import Prepared, Writes
from casetrack.database.tables import Case, Subject, Suspension, Timer
from casetrack.deadlines import Calendar, Due, Period, act_by, due, due_on, rung_on
from casetrack.deadlines import Suspension as Pause
from casetrack.workflow import Deadline, Definition

ALIVE = ("running", "suspended")
_TIMER = Timer.__table__
# Not IN: its list would have to be expanded at each run.
_STILL_ALIVE = or_(_TIMER.c.status == "running", _TIMER.c.status == "suspended")
_ARM = Prepared(insert(_TIMER).inline(), *(column.name for column in _TIMER.c if column.name != "id"))
# A rung that had come before the end still fires (the worker may have been stopped), unless it was past
# when the letter was registered: nobody could have been warned.
_WHAT_HAD_COME = case_when(
    (
        and_(_TIMER.c.next_rung_at < bindparam("until"), _TIMER.c.due_on >= bindparam("registered_on")),
        _TIMER.c.next_rung_at,
    ),
    else_=null(),
)
_OF_CASE = and_(_TIMER.c.case_id == bindparam("of_case"), _STILL_ALIVE)
_ENDING = {
    "ended_seq": bindparam("by_seq"),
    "ended_on": bindparam("day"),
    "next_rung_at": _WHAT_HAD_COME,
}
_MEET = Prepared(
    update(_TIMER)
    .where(_OF_CASE, _TIMER.c.key == bindparam("of_key"))
    .values(status="met", met_on=bindparam("day"), **_ENDING)
)
_END = Prepared(
    update(_TIMER)
    .where(_OF_CASE, _TIMER.c.key == bindparam("of_key"))
    .values(status=bindparam("as_status"), **_ENDING)
)
_END_ALL = Prepared(update(_TIMER).where(_OF_CASE).values(status="cancelled", **_ENDING))


@dataclass(frozen=True, slots=True)
class Dates:
    """Hold the dates of one timer and the instants of its rungs, in the order of the ladder."""

    due_on: date
    act_by: date
    rungs: tuple[datetime, ...]


@lru_cache(maxsize=20_000)
def dates(
    period: str,
    start: date,
    given: date | None,
    pauses: tuple[Pause, ...],
    ladder: tuple[str, ...],
    calendar: Calendar,
) -> Dates:
    """Compute the dates of a timer: `given` by hand, or `period` after `start`."""
    day = given or due_on(Period.parse(period), start, calendar, pauses)
    target = act_by(day, start, calendar)
    instants: list[datetime] = []
    for rung in ladder:
        at = calendar.starts_at(rung_on(day, target, rung, calendar))
        # A rung never overtakes the one before it, even where a target in working days falls late.
        instants.append(max(at, instants[-1]) if instants else at)
    return Dates(day, target, tuple(instants))


def period_of(deadline: Deadline, subject: Subject | None) -> str:
    """Return the period of a deadline for letters on this subject."""
    if isinstance(deadline.within, str) or deadline.within is None:
        return deadline.within or ""
    return (getattr(subject, deadline.within.subject, "") if subject else "") or deadline.within.otherwise


def silence_mode(subject: Subject | None) -> str:
    """Return what silence means in law on this subject: rejection unless stated (CRPA, art. L231-4)."""
    return subject.silence_mode if subject else "rejection"


def pause_of(row: Suspension) -> Pause:
    """Return the days of a suspension: to its real end, at most to the announced one (CRPA, art. L114-5)."""
    end = min(row.ends_on or row.announced_until, row.announced_until)
    return Pause(row.starts_on, max(end, row.starts_on))


def explain(session: Session, timer: Timer, calendar: Calendar) -> Due | None:
    """Compute a timer's dates again, with the sentences that say where they come from."""
    if not timer.period:
        return None
    pauses = tuple(
        pause_of(row)
        for row in suspensions(session, timer.case_id, timer.cycle)
        if timer.key in row.deadlines
    )
    return due(Period.parse(timer.period), timer.starts_on, calendar=calendar, suspensions=pauses)


def suspensions(session: Session, case_id: int, cycle: int) -> list[Suspension]:
    """Return the suspensions of one cycle of a case, in order."""
    query = select(Suspension).where(Suspension.case_id == case_id, Suspension.cycle == cycle)
    return list(session.scalars(query.order_by(Suspension.starts_on, Suspension.id)))


def cycle_start(session: Session, case: Case) -> date:
    """Return the day from which this cycle counts: the receipt, or the last reopening."""
    if case.cycle == 1:
        return case.received_on
    of_cycle = select(func.min(Timer.starts_on)).where(Timer.case_id == case.id, Timer.cycle == case.cycle)
    return session.scalar(of_cycle) or case.received_on


def promises(definition: Definition) -> list[str]:
    """Return the deadlines that lists are sorted by: the answer or, one after the other, each promise."""
    if "answer" in definition.deadlines:
        return ["answer"]
    return [key for key, deadline in definition.deadlines.items() if deadline.kind == "promise"]


class Clocks:
    """Gather what one step does to the clocks of a case, then write it.

    `changes` are the columns of the case that follow.
    """

    def __init__(
        self, session: Session, definition: Definition, calendar: Calendar, subject: Subject | None
    ) -> None:
        self.session, self.definition, self.calendar, self.subject = session, definition, calendar, subject
        self.promises = promises(definition)
        self.writes = Writes(session)
        self.new: list[dict] = []
        self.ended: set[str] = set()
        self.changes: dict[str, object] = {}

    def arm(
        self,
        case: Case,
        keys: Iterable[str],
        *,
        on: date,
        seq: int,
        cycle: int,
        given: dict[str, date],
        reopening: bool = False,
    ) -> None:
        """Start these deadlines; rows are written by `write`."""
        for key in keys:
            if not self.can_arm(key, given):
                continue
            deadline = self.definition.deadlines[key]
            start = case.received_on if deadline.from_ == "received_on" and not reopening else on
            day = given.get(deadline.date or "")
            period = "" if day else period_of(deadline, self.subject)
            self._row(case.id, key, cycle, period, start, day, (), seq)
            # Promised anew, it is owed anew; what was kept before, or late, stays on its own row.
            if key in self.promises and self.changes.get("answered_on", case.answered_on):
                self.changes["answered_on"] = None

    def can_arm(self, key: str, given: dict[str, date]) -> bool:
        """Tell whether this deadline runs on such a letter: by its length, or by the day given."""
        deadline = self.definition.deadlines[key]
        if silence_mode(self.subject) in deadline.skip_for:
            return False
        return deadline.within is not None or (deadline.date or "") in given

    def _row(
        self,
        case_id: int,
        key: str,
        cycle: int,
        period: str,
        start: date,
        given: date | None,
        pauses: tuple[Pause, ...],
        seq: int,
    ) -> None:
        computed = self.dates_of(key, period, start, given, pauses)
        self.new.append(
            {
                "case_id": case_id,
                "key": key,
                "cycle": cycle,
                "status": "running",
                "period": period,
                "starts_on": start,
                "due_on": computed.due_on,
                "act_by": computed.act_by,
                "armed_seq": seq,
                "met_on": None,
                "ended_on": None,
                "ended_seq": None,
                "rung": 0,
                "next_rung_at": computed.rungs[0] if computed.rungs else None,
            }
        )
        self._copy(key, computed.due_on, computed.act_by)

    def dates_of(
        self, key: str, period: str, start: date, given: date | None, pauses: tuple[Pause, ...]
    ) -> Dates:
        """Compute the dates of one deadline of this definition."""
        return dates(period, start, given, pauses, _offsets(self.definition.deadlines[key]), self.calendar)

    def _copy(self, key: str, due_on: date, act_by: date) -> None:
        if key in self.promises:
            self.changes.update(due_on=due_on, act_by=act_by)
        elif key == "implicit":
            self.changes["implicit_on"] = due_on

    def write(self) -> None:
        """Let the timers armed be inserted with the other writes of the step."""
        self.writes.add(_ARM, *self.new)

    def meet(self, case: Case, keys: Iterable[str], *, on: date, seq: int) -> None:
        """Note that these deadlines were met on that day, late or not."""
        for key in keys:
            if new := next((row for row in self.new if row["key"] == key), None):
                new.update(status="met", met_on=on, ended_on=on, ended_seq=seq, next_rung_at=None)
            elif key not in self.ended:
                self.ended.add(key)
                self.writes.add(_MEET, {**self._ending(case, on, seq), "of_key": key})
            if key in self.promises and case.answered_on is None:
                self.changes["answered_on"] = on

    def cancel(
        self, case: Case, keys: Sequence[str], *, on: date, seq: int, status: str = "cancelled"
    ) -> None:
        """End these deadlines without their being met."""
        ending = {**self._ending(case, on, seq), "as_status": status}
        self.writes.add(_END, *({**ending, "of_key": key} for key in keys if key not in self.ended))
        self.ended.update(keys)

    def cancel_all(self, case: Case, *, on: date, seq: int) -> None:
        """End every deadline that still runs: the case is closed, or begins again."""
        if self.ended:
            self.writes.send()
        self.writes.add(_END_ALL, self._ending(case, on, seq))

    def _ending(self, case: Case, on: date, seq: int) -> dict[str, object]:
        registered_on = self.calendar.day_of(case.registered_at)
        return {
            "of_case": case.id,
            "day": on,
            "by_seq": seq,
            # To the end of the day: a rung that failed was set aside for an hour.
            "until": self.calendar.ends_at(on),
            "registered_on": registered_on,
        }

    def suspend(self, case: Case, keys: list[str], *, on: date, until: date, seq: int) -> None:
        """Stop these clocks from that day until the announced one."""
        self.session.add(
            Suspension(
                case_id=case.id,
                cycle=case.cycle,
                deadlines=list(keys),
                starts_on=on,
                announced_until=until,
                start_seq=seq,
            )
        )
        self.session.flush()
        self.recompute(case, seq=seq, suspended=set(keys))

    def resume(self, case: Case, *, on: date, seq: int) -> None:
        """Let the suspended clocks run again from that day; complete files may restart the legal one."""
        for row in suspensions(self.session, case.id, case.cycle):
            if row.ends_on is None:
                row.ends_on, row.end_seq = max(on, row.starts_on), seq
        self.session.flush()
        self.recompute(case, seq=seq, suspended=set(), complete_on=on)

    def recompute(
        self, case: Case, *, seq: int, suspended: set[str], complete_on: date | None = None
    ) -> None:
        """Compute the dates of every clock alive again, from its ledger."""
        pauses = suspensions(self.session, case.id, case.cycle)
        for timer in self.alive(case):
            deadline = self.definition.deadlines[timer.key]
            if complete_on and silence_mode(self.subject) in deadline.restarts_for:
                self._supersede(case, timer, start=complete_on, on=complete_on, seq=seq)
                continue
            if not timer.period:
                continue
            mine = tuple(pause_of(row) for row in pauses if timer.key in row.deadlines)
            computed = self.dates_of(timer.key, timer.period, timer.starts_on, None, mine)
            timer.status = "suspended" if timer.key in suspended else "running"
            timer.due_on, timer.act_by = computed.due_on, computed.act_by
            timer.next_rung_at = computed.rungs[timer.rung] if timer.rung < len(computed.rungs) else None
            self._copy(timer.key, timer.due_on, timer.act_by)
        self.session.flush()

    def change_subject(self, case: Case, subject: Subject, *, on: date, today: date, seq: int) -> None:
        """Supersede the clocks whose period the new subject changes; the old rows stay readable.

        A promise that was missed stays owed on its day, and late: more time given afterwards would hide it.
        """
        before, self.subject = self.subject, subject
        armed = {timer.key: timer for timer in self.alive(case)}
        for key, deadline in self.definition.deadlines.items():
            skipped = silence_mode(subject) in deadline.skip_for
            if timer := armed.get(key):
                if skipped:
                    self.cancel(case, [key], on=on, seq=seq)
                    if key == "implicit":
                        self.changes["implicit_on"] = None
                elif deadline.kind == "promise" and timer.due_on < today:
                    continue
                elif timer.period and timer.period != period_of(deadline, subject):
                    self._supersede(case, timer, start=timer.starts_on, on=on, seq=seq)
            elif not skipped and silence_mode(before) in deadline.skip_for and _is_of_cycle(deadline, case):
                start = cycle_start(self.session, case)
                self.arm(case, [key], on=start, seq=seq, cycle=case.cycle, given={}, reopening=case.cycle > 1)

    def _supersede(self, case: Case, timer: Timer, *, start: date, on: date, seq: int) -> None:
        deadline = self.definition.deadlines[timer.key]
        pauses = (
            ()
            if start != timer.starts_on
            else tuple(
                pause_of(row)
                for row in suspensions(self.session, case.id, case.cycle)
                if timer.key in row.deadlines
            )
        )
        self.cancel(case, [timer.key], on=on, seq=seq, status="superseded")
        self._row(
            case.id, timer.key, timer.cycle, period_of(deadline, self.subject), start, None, pauses, seq
        )

    def alive(self, case: Case) -> list[Timer]:
        """Return the clocks of the case that run or are suspended."""
        self.writes.send()
        return list(
            self.session.scalars(
                select(Timer).where(Timer.case_id == case.id, Timer.status.in_(ALIVE)),
                # A row that the caller still holds may be older than the last sweep.
                execution_options={"populate_existing": True},
            )
        )


def _is_of_cycle(deadline: Deadline, case: Case) -> bool:
    return deadline.reopens if case.cycle > 1 else "open" in deadline.armed_by


def _offsets(deadline: Deadline) -> tuple[str, ...]:
    return tuple(rung.at for rung in deadline.ladder)
