"""One step of a case while it is being taken: what effects and needs look at, and what they leave behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from casetrack.database.prepared import Prepared, Writes
from casetrack.database.tables import Case, CaseText, Event, Subject
from casetrack.engine.actor import Actor
from casetrack.engine.clocks import Clocks
from casetrack.engine.town import Place
from casetrack.workflow import Action, Definition, Field

INSERT_EVENT = Prepared(insert(Event.__table__).inline(), *Event.__table__.c.keys())
INSERT_TEXT = Prepared(insert(CaseText.__table__).inline(), *CaseText.__table__.c.keys())


@dataclass(slots=True)
class Step:
    """Gather one act on one case. `changes` are the columns of the case that the act will write."""

    session: Session
    case: Case
    definition: Definition
    name: str
    action: Action
    by: Actor
    at: datetime
    on: date
    """Day on which the act takes place for the calendar."""
    seq: int
    values: dict[str, object]
    place: Place
    clocks: Clocks
    subject: Subject | None
    facts: dict[str, object] = field(default_factory=dict)
    changes: dict[str, object] = field(default_factory=dict)

    @property
    def writes(self) -> Writes:
        """The rows that the step will write, gathered with those of its clocks."""
        return self.clocks.writes


def armed_by(definition: Definition, name: str) -> list[str]:
    """Return the deadlines that an action of this name starts."""
    return [key for key, deadline in definition.deadlines.items() if name in deadline.armed_by]


def met_by(definition: Definition, name: str) -> list[str]:
    """Return the deadlines that it meets."""
    return [key for key, deadline in definition.deadlines.items() if name in deadline.met_by]


def text_rows(case_id: int, seq: int, texts: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the rows of the texts typed in one step."""
    return [{"case_id": case_id, "seq": seq, "field": name, "body": body} for name, body in texts.items()]


def typed_dates(fields: Mapping[str, Field], values: Mapping[str, object]) -> dict[str, date]:
    """Return the days typed, by field."""
    return {
        name: date.fromisoformat(str(value)) for name, value in values.items() if fields[name].type == "date"
    }


def staff_id(by: Actor) -> int | None:
    """Return the number of the member of staff who acts; None for the clock and for a citizen."""
    return by.id if by.kind == "staff" else None
