"""One step of a case while it is being taken: what effects and needs look at, and what they leave behind."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from casetrack.database.prepared import Writes
from casetrack.database.tables import Case, Subject
from casetrack.engine.actor import Actor
from casetrack.engine.clocks import Clocks
from casetrack.engine.town import Place
from casetrack.workflow import Action, Definition


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
