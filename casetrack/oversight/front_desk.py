"""What the form of registration offers, in one query: subjects, people who may be named, the pile of the day."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from casetrack.database.tables import PileLine, Subject
from casetrack.deadlines import Calendar
from casetrack.language import Text
from casetrack.oversight.choices import Officers, by_service, officer_rows
from casetrack.spelling import fold


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold the subjects by label, the officers by service, and the letters of the day: done, and left."""

    subjects: list[tuple[int, Text]]
    officers: Officers
    done: int
    left: int

    @property
    def total(self) -> int:
        """Return all the letters of the day's pile."""
        return self.done + self.left


def desk(session: Session, calendar: Calendar, *, at: datetime) -> Desk:
    """Return what the form offers; the pile counts what was registered or removed since this morning."""
    none = literal_column("''")
    subjects = select(
        literal_column("1").label("kind"),
        Subject.id.label("key"),
        Subject.label.label("name"),
        Subject.label_en.label("given"),
        none.label("service"),
    ).where(Subject.is_active)
    this_morning = calendar.starts_at(calendar.day_of(at))
    done = and_(PileLine.status.in_(("registered", "removed")), PileLine.decided_at >= this_morning)
    pile = (
        select(literal_column("2"), func.count(), PileLine.status, none, none)
        .where(or_(PileLine.status == "waiting", done))
        .group_by(PileLine.status)
    )
    rows = session.execute(
        union_all(subjects, pile, officer_rows(literal_column("3"))).order_by(
            "service", "name", "given", "key"
        )
    ).all()
    counts = {row.name: row.key for row in rows if row.kind == 2}
    left = counts.pop("waiting", 0)
    return Desk(
        sorted(
            ((row.key, Text(row.name, row.given or row.name)) for row in rows if row.kind == 1),
            key=lambda subject: fold(subject[1].fr),
        ),
        by_service(row for row in rows if row.kind == 3),
        sum(counts.values()),
        left,
    )
