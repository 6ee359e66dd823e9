"""Days on which the town hall is closed: they move working targets, never a legal date."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casetrack.database.tables import LocalClosure, Timer
from casetrack.deadlines.words import filled, say_day
from casetrack.engine.actor import Actor
from casetrack.engine.town import forget_place
from casetrack.errors import InvalidFields, NotFound
from casetrack.language import Text
from casetrack.organisation import changes
from casetrack.organisation.entries import read
from casetrack.organisation.town_file import Closure

CLOSED_ALREADY = Text("la mairie est déjà fermée le {day}.", "the town hall is closed already on {day}.")


def of_year(session: Session, year: int) -> list[LocalClosure]:
    """Return the closures of a year, in order."""
    days = LocalClosure.day.between(date(year, 1, 1), date(year, 12, 31))
    return list(session.scalars(select(LocalClosure).where(days).order_by(LocalClosure.day)))


def add(session: Session, day: date, label: str, *, by: Actor, at: datetime) -> LocalClosure:
    """Close the town hall on a day; raise InvalidFields."""
    changes.require_administrator(by)
    label = read(Closure, {"day": day, "label": label}).label
    if session.get(LocalClosure, day):
        raise InvalidFields({"day": filled(CLOSED_ALREADY, day=day)})
    closure = LocalClosure(day=day, label=label)
    session.add(closure)
    session.flush()
    forget_place(session)
    after = {"day": day.isoformat(), "label": label}
    changes.record(session, by=by, at=at, what="closure_added", about=say_day(day), after=after)
    return closure


def remove(session: Session, day: date, *, by: Actor, at: datetime) -> None:
    """Take a closure out of the calendar; raise NotFound."""
    changes.require_administrator(by)
    closure = session.get(LocalClosure, day)
    if closure is None:
        raise NotFound
    before, after = {"label": closure.label}, {"label": ""}
    session.delete(closure)
    session.flush()
    forget_place(session)
    changes.record(
        session, by=by, at=at, what="closure_removed", about=say_day(day), before=before, after=after
    )


def waiting_clocks(session: Session) -> int:
    """Count the clocks still to come: a closure added or removed leaves their dates as they were set."""
    # By the column of the sweep's own index: the table holds every clock since the first day.
    return session.scalar(select(func.count()).where(Timer.next_rung_at.is_not(None))) or 0
