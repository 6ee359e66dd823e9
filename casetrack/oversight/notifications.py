"""What the clock tells each person: shown until read, only as long as they may read the case."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ScalarSelect, func, select, update
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Citizen, Notification, WorkflowVersion
from casetrack.engine import Actor, readable
from casetrack.language import Text
from casetrack.oversight.dates import moment
from casetrack.oversight.dates import rung as said_rung
from casetrack.workflow import by_id

MOST = 50
NOTE = "note"
"""Kind of what a colleague tells; the clock's kinds are "deadline:rung"."""
TOLD = Text("Une note interne vous est adressée", "An internal note is addressed to you")


@dataclass(frozen=True, slots=True)
class Notice:
    """Hold one unread notification."""

    id: int
    reference: str
    title: str
    who: str
    what: Text
    tone: str
    when: Text


def unread(session: Session, actor: Actor, *, timezone: str, today: date) -> list[Notice]:
    """Return the newest unread notifications of a person, at most fifty, on cases they may read."""
    rows = session.execute(
        select(Notification, Case, Citizen, WorkflowVersion)
        .join(Case, Case.id == Notification.case_id)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_id)
        .outerjoin(Citizen, Citizen.id == Case.citizen_id)
        .where(Notification.staff_id == actor.id, Notification.read_at.is_(None), readable(actor))
        .order_by(Notification.id.desc())
        .limit(MOST)
    )
    return [
        Notice(
            id=notice.id,
            reference=case.reference,
            title=case.title,
            who=citizen.name if citizen else "",
            what=_what(by_id(session, case.workflow_id).deadlines, notice.kind),
            tone=_tone(notice.kind),
            when=moment(notice.created_at, timezone, today),
        )
        for notice, case, citizen, _ in rows
    ]


def count(actor: Actor) -> ScalarSelect[int]:
    """Return how many notifications `unread` would show, as part of another query."""
    mine = (
        select(Notification.id)
        .join(Case, Case.id == Notification.case_id)
        .where(Notification.staff_id == actor.id, Notification.read_at.is_(None), readable(actor))
        .limit(MOST)
    )
    return select(func.count()).select_from(mine.subquery()).scalar_subquery()


def mark_read(session: Session, actor: Actor, ids: Collection[int], *, at: datetime) -> int:
    """Put away these notifications of this person; return how many were unread."""
    mine = (Notification.id.in_(ids), Notification.staff_id == actor.id, Notification.read_at.is_(None))
    return session.execute(update(Notification).where(*mine).values(read_at=at)).rowcount


def _tone(kind: str) -> str:
    return "calm" if kind == NOTE else "soon" if ":-" in kind else "late"


def _what(deadlines: dict, kind: str) -> Text:
    if kind == NOTE:
        return TOLD
    key, _, rung = kind.partition(":")
    label = deadlines[key].label.text if key in deadlines else Text(key, key)
    said = said_rung(rung)
    return Text(f"{label.fr}\u00a0: {said.fr}", f"{label.en}: {said.en}")
