"""What a letter would be promised if it were registered now: the same clocks, and nothing written."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from casetrack.database.tables import Subject
from casetrack.engine import town
from casetrack.engine.clocks import Clocks, period_of, silence_mode
from casetrack.engine.step import armed_by
from casetrack.workflow import published


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Hold the dates that a case on this subject would begin with, and whether a receipt would leave."""

    due_on: date | None
    period: str
    """How long the promise is, as it is stored; empty without a promise."""
    implicit_on: date | None
    silence: str
    """What silence would mean on that day: rejection, acceptance or none."""
    has_receipt: bool


def foresee(session: Session, subject: Subject, *, received_on: date, today: date) -> Foreseen:
    """Return what `open_case` would promise about this subject for a letter received on that day."""
    _number, definition = published(session, subject.workflow)
    clocks = Clocks(session, definition, town.place(session).calendar, subject)
    found: dict[str, date] = {}
    periods: dict[str, str] = {}
    for key in armed_by(definition, "open"):
        deadline = definition.deadlines[key]
        if clocks.can_arm(key, {}):
            start = received_on if deadline.from_ == "received_on" else today
            periods[key] = period_of(deadline, subject)
            found[key] = clocks.dates_of(key, periods[key], start, None, ()).due_on
    promised = next((key for key in reversed(clocks.promises) if key in found), "")
    return Foreseen(
        found.get(promised),
        periods.get(promised, ""),
        found.get("implicit"),
        silence_mode(subject),
        definition.opening.sends is not None,
    )
