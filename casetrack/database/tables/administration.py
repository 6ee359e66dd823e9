"""What administrators changed in the town's own settings: who, when, what, from what to what."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import Json, Key, UtcDateTime


class AdministrationEvent(Table):
    """One change of a service, a person, a subject, a closure or an absence. Append-only."""

    __tablename__ = "administration_event"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    what: Mapped[str] = mapped_column(String(60))
    """Code of the change, as `casetrack.organisation.changes` says it."""
    about: Mapped[str] = mapped_column(String(300))
    """The thing by its name on that day: a later renaming leaves the history readable."""
    changes: Mapped[dict] = mapped_column(Json)
    """Field → [before, after]; an empty list where the value is nobody's business."""
