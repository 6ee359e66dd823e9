"""The journal: one line an event, chained, sealed every day, never changed."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import UtcDateTime

ACTOR_KINDS = ("staff", "citizen", "clock")


class Event(Table):
    """What happened to a case: who, when, what, from where to where."""

    __tablename__ = "event"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Instant of recording."""
    effective_on: Mapped[date | None] = mapped_column(Date)
    """Day on which it really happened, where that is not the day of recording."""
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """The absent person whom the actor replaces."""
    action: Mapped[str] = mapped_column(String(60))
    from_state: Mapped[str | None] = mapped_column(String(60))
    to_state: Mapped[str] = mapped_column(String(60))
    ends: Mapped[bool] = mapped_column(default=False)
    payload: Mapped[str] = mapped_column(Text)
    """Canonical JSON, without personal data; the very text that the hash covers."""
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of this line together with the previous line's hash."""

    __table_args__ = (
        CheckConstraint(f"actor_kind IN {ACTOR_KINDS}", name="known_actor_kind"),
        CheckConstraint("actor_kind <> 'staff' OR actor_id IS NOT NULL", name="staff_is_named"),
        # Invariant 1: never the clock, never a robot.
        CheckConstraint("NOT ends OR actor_kind = 'staff'", name="ended_by_a_person"),
        # Invariant 2: the clock records facts, it never moves a case.
        CheckConstraint("actor_kind <> 'clock' OR from_state = to_state", name="clock_moves_nothing"),
    )


class Seal(Table):
    """A day's seal: the heads of every chain that grew since the seal before, hashed together with it."""

    __tablename__ = "seal"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heads: Mapped[str] = mapped_column(Text)
    """One line a case: "case id, seq, hash"."""
    hash: Mapped[str] = mapped_column(String(64))
