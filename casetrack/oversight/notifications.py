"""What the clock tells each person: shown until read, only as long as they may read the case."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Row, ScalarSelect, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Citizen, Notification, Timer, WorkflowVersion
from casetrack.engine import Actor, readable
from casetrack.engine.told import ASKED, MEDIATOR, NAMED, NOTE, SENT_BACK
from casetrack.language import Text
from casetrack.oversight.dates import Said, briefly, moment, owed
from casetrack.workflow import Deadline, by_id

MOST = 50
"""Cases shown."""
ROWS = 10 * MOST
"""Signals read for them: a case that nobody touches sends a dozen."""
STOPPED = Text("délai suspendu", "clock stopped")
TOLD = {  # what people did of a case; the clock's kinds are "deadline:rung"
    NOTE: Text("Une note interne vous est adressée", "An internal note is addressed to you"),
    NAMED: Text("Ce dossier confidentiel vous est ouvert", "This confidential case is open to you"),
    SENT_BACK: Text(
        "Votre projet vous est retourné, à corriger", "Your draft came back to you, to be corrected"
    ),
    ASKED: Text("Une réponse est demandée à votre service", "An answer is asked of your service"),
}
OF_A_PERSON = {
    "absence_added": Text("{by} a noté votre absence", "{by} noted your absence"),
    "absence_replaced": Text("{by} a changé votre absence", "{by} changed your absence"),
    "absence_cancelled": Text(
        "{by} a annulé ou écourté votre absence", "{by} cancelled or cut short your absence"
    ),
    MEDIATOR: Text("{by} a donné le rôle de médiateur à {name}", "{by} gave {name} the role of mediator"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """Hold what is to be known about one case from one source: a deadline that still runs, or a colleague."""

    what: Text
    tone: str
    due: Said | None
    """The day owed, said from today; None for a note."""
    when: Text


@dataclass(frozen=True, slots=True)
class Notice:
    """Hold the unread notifications of one case, put away together; without a reference, one of the person."""

    ids: tuple[int, ...]
    reference: str
    title: str
    who: str
    lines: tuple[Line, ...]


def unread(session: Session, actor: Actor, *, timezone: str, today: date) -> list[Notice]:
    """Return what a person has not read yet and still matters, by case, the newest first, at most fifty cases.

    Of a deadline only the last signal counts; one that was met, replaced or closed meanwhile says nothing.
    """
    rows = session.execute(
        select(Notification, Case, Citizen, WorkflowVersion, Timer.due_on, Timer.status)
        .outerjoin(Case, Case.id == Notification.case_id)
        .outerjoin(WorkflowVersion, WorkflowVersion.id == Case.workflow_id)
        .outerjoin(Citizen, Citizen.id == Case.citizen_id)
        .outerjoin(Timer, still_owed())
        .where(_to(actor), or_(~_is_of_the_clock(), Timer.id.is_not(None)))
        .order_by(Notification.id.desc())
        .limit(ROWS)
    ).all()
    by_case: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        key = ("case", row.Case.id) if row.Case else ("person", row.Notification.id)
        by_case.setdefault(key, []).append(row)
    return [_notice(session, found, timezone, today) for found in list(by_case.values())[:MOST]]


def count(actor: Actor) -> ScalarSelect[int]:
    """Return how many cases `unread` would show, as part of another query."""
    mine = (
        select(func.coalesce(Notification.case_id, -Notification.id).label("of"))
        .outerjoin(Case, Case.id == Notification.case_id)
        .where(_to(actor), or_(~_is_of_the_clock(), exists().where(still_owed())))
        .distinct()
        .limit(MOST)
    )
    return select(func.count()).select_from(mine.subquery()).scalar_subquery()


def mark_read(session: Session, actor: Actor, ids: Collection[int], *, at: datetime) -> int:
    """Put away these notifications of this person, with those that no longer matter; return how many were unread."""
    mine = (Notification.staff_id == actor.id, Notification.read_at.is_(None))
    chosen = update(Notification).where(Notification.id.in_(ids), *mine)
    put_away = session.execute(chosen.values(read_at=at)).rowcount
    settled = update(Notification).where(*mine, _is_of_the_clock(), ~exists().where(still_owed()))
    session.execute(settled.values(read_at=at).execution_options(synchronize_session=False))
    return put_away


def missed() -> ColumnElement[bool]:
    """Return the condition of a notification that says a day was missed, and of which the deadline still runs."""
    return and_(tells_of_a_miss(), exists().where(still_owed()))


def tells_of_a_miss() -> ColumnElement[bool]:
    """Return the condition of a rung that fired on the day missed or after it; not of what a colleague tells."""
    return and_(Notification.kind.like("%:%"), Notification.kind.not_like("%:-%"))


def _to(actor: Actor) -> ColumnElement[bool]:
    mine = and_(Notification.staff_id == actor.id, Notification.read_at.is_(None))
    return and_(mine, or_(Notification.case_id.is_(None), readable(actor)))


def still_owed() -> ColumnElement[bool]:
    """Return the condition of the clock that a notification speaks of, while it runs or stands still."""
    named = func.substr(Notification.kind, 1, func.length(Timer.key) + 1) == Timer.key + ":"
    # One armed later under the same name, by new news promised or by a reopening, was not what fired.
    return and_(
        Timer.case_id == Notification.case_id,
        Timer.status.in_(("running", "suspended")),
        Timer.armed_seq < Notification.seq,
        named,
    )


def _is_of_the_clock() -> ColumnElement[bool]:
    return Notification.kind.like("%:%")


def _notice(session: Session, rows: list[Row], timezone: str, today: date) -> Notice:
    case, citizen = rows[0].Case, rows[0].Citizen
    last: dict[str, Row] = {}
    for row in rows:  # the newest first: the first of each deadline is its last signal
        deadline, colon, _ = row.Notification.kind.partition(":")
        last.setdefault(deadline if colon else f"{deadline} {row.Notification.id}", row)
    deadlines = by_id(session, case.workflow_id).deadlines if case else {}
    return Notice(
        ids=tuple(row.Notification.id for row in rows),
        reference=case.reference if case else "",
        title=case.title if case else "",
        who=citizen.name if citizen else "",
        lines=tuple(_line(row, deadlines, timezone, today) for row in last.values()),
    )


def _line(row: Row, deadlines: Mapping[str, Deadline], timezone: str, today: date) -> Line:
    notice = row.Notification
    when = moment(notice.created_at, timezone, today)
    if ":" not in notice.kind:
        what = TOLD[notice.kind] if notice.case_id else _of_a_person(notice, today)
        return Line(what, "calm" if notice.case_id else "soon", None, when)
    due = owed(row.due_on, today)
    if row.status == "suspended":
        due = Said("wait", STOPPED, due.day, due.on)
    key = notice.kind.partition(":")[0]
    label = deadlines[key].label.text if key in deadlines else Text(key, key)
    return Line(label, due.tone, due, when)


def _of_a_person(notice: Notification, today: date) -> Text:
    """Say who did what: "Denis Delmas a noté votre absence du … au …, remplacement : …"."""
    details = notice.details or {}
    said = OF_A_PERSON[notice.kind].filled(by=details.get("by", ""), name=details.get("name", ""))
    if "starts_on" in details:
        first, last = (briefly(date.fromisoformat(details[day]), today) for day in ("starts_on", "ends_on"))
        said = Text(f"{said.fr} du {first.fr} au {last.fr}", f"{said.en} from {first.en} to {last.en}")
    if other := details.get("replaced_by"):
        said = Text(f"{said.fr}, remplacement\u00a0: {other}", f"{said.en}, replaced by {other}")
    return said
