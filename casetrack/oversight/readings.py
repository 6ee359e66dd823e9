"""Who has read a confidential case: each reader, with the first and the last time."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Reading, Service, Staff
from casetrack.engine import Actor
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight.dates import moment

OVERSEERS = {"mediator", "administrator"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Hold somebody who read the case, and the first and the last time that they did."""

    name: str
    title: str
    service: str
    first: Text
    last: Text


def may_see_readers(case: Case, actor: Actor) -> bool:
    """Tell whether this reader of a confidential case may know who else read it.

    The head of its service or of one above, the mediator, the administrator; or who replaces one of them.
    """
    people = (actor, *actor.replaces)
    heads = any(case.service_id in person.heads for person in people)
    return case.confidentiality > 0 and (heads or any(OVERSEERS & person.roles for person in people))


def readers(session: Session, case: Case, actor: Actor, *, timezone: str, today: date) -> list[Reader]:
    """Return who read a confidential case, the last one first, in one query; raise NotFound as above."""
    if not may_see_readers(case, actor):
        raise NotFound
    first, last = func.min(Reading.at), func.max(Reading.at)
    # Named columns, not rows of staff: PostgreSQL groups by no less.
    who = (Staff.id, Staff.given_name, Staff.family_name, Staff.title, Service.name)
    rows = session.execute(
        select(*who, first, last)
        .join(Staff, Staff.id == Reading.staff_id)
        .outerjoin(Service, Service.id == Staff.service_id)
        .where(Reading.case_id == case.id)
        .group_by(*who)
        .order_by(last.desc(), Staff.id)
    )
    return [
        Reader(
            name=f"{given_name} {family_name}",
            title=title,
            service=service or "",
            first=moment(began, timezone, today),
            last=moment(ended, timezone, today),
        )
        for _, given_name, family_name, title, service, began, ended in rows
    ]
