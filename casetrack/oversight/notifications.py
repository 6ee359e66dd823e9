"""What the clock and colleagues tell each person: shown until read, only as long as they may read the case."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select, update
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Citizen, Notification, WorkflowVersion
from casetrack.engine import Actor, readable
from casetrack.engine.told import MEDIATOR, NAMED, NOTE
from casetrack.language import Text
from casetrack.oversight.dates import briefly, moment
from casetrack.oversight.dates import rung as said_rung
from casetrack.workflow import by_id

MOST = 50
# The clock's kinds are "deadline:rung"; these are what people did.
TOLD = {
    NOTE: Text("Une note interne vous est adressée", "An internal note is addressed to you"),
    NAMED: Text("Ce dossier confidentiel vous est ouvert", "This confidential case is open to you"),
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
class Notice:
    """Hold one unread notification; without a reference it is of the person, not of a case."""

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
        .outerjoin(Case, Case.id == Notification.case_id)
        .outerjoin(WorkflowVersion, WorkflowVersion.id == Case.workflow_id)
        .outerjoin(Citizen, Citizen.id == Case.citizen_id)
        .where(_to(actor))
        .order_by(Notification.id.desc())
        .limit(MOST)
    )
    return [
        Notice(
            id=notice.id,
            reference=case.reference if case else "",
            title=case.title if case else "",
            who=citizen.name if citizen else "",
            what=_what(by_id(session, case.workflow_id).deadlines, notice.kind)
            if case
            else _of_a_person(notice, today),
            tone=_tone(notice.kind),
            when=moment(notice.created_at, timezone, today),
        )
        for notice, case, citizen, _ in rows
    ]


def count(actor: Actor) -> ScalarSelect[int]:
    """Return how many notifications `unread` would show, as part of another query."""
    mine = (
        select(Notification.id).outerjoin(Case, Case.id == Notification.case_id).where(_to(actor)).limit(MOST)
    )
    return select(func.count()).select_from(mine.subquery()).scalar_subquery()


def _to(actor: Actor) -> ColumnElement[bool]:
    mine = and_(Notification.staff_id == actor.id, Notification.read_at.is_(None))
    return and_(mine, or_(Notification.case_id.is_(None), readable(actor)))


def mark_read(session: Session, actor: Actor, ids: Collection[int], *, at: datetime) -> int:
    """Put away these notifications of this person; return how many were unread."""
    mine = (Notification.id.in_(ids), Notification.staff_id == actor.id, Notification.read_at.is_(None))
    return session.execute(update(Notification).where(*mine).values(read_at=at)).rowcount


def _tone(kind: str) -> str:
    return "late" if ":" in kind and ":-" not in kind else "calm" if kind in TOLD else "soon"


def _what(deadlines: dict, kind: str) -> Text:
    if kind in TOLD:
        return TOLD[kind]
    key, _, rung = kind.partition(":")
    label = deadlines[key].label.text if key in deadlines else Text(key, key)
    said = said_rung(rung)
    return Text(f"{label.fr}\u00a0: {said.fr}", f"{label.en}: {said.en}")


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
