"""Deadlines at work: a timer for each clock that runs on a case, and each rung that has fired."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import JsonOrNull, Key, UtcDateTime

STATUSES = ("running", "suspended", "met", "cancelled", "superseded")
WAITING = text("next_rung_at IS NOT NULL")


class Timer(Table):
    """One deadline of one case: where it started, its period, and the dates that follow.

    Overdue is never stored: it is `due_on` in the past and `met_on` empty or later.
    """

    __tablename__ = "timer"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    key: Mapped[str] = mapped_column(String(60))
    cycle: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(20))
    period: Mapped[str] = mapped_column(String(60))
    """As `casetrack.deadlines.Period` reads it; empty for a date given by hand."""
    starts_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    act_by: Mapped[date] = mapped_column(Date)
    armed_seq: Mapped[int] = mapped_column(Integer)
    """Journal line that armed it."""
    met_on: Mapped[date | None] = mapped_column(Date)
    ended_seq: Mapped[int | None] = mapped_column(Integer)
    """Journal line that met, cancelled or superseded it."""
    ended_on: Mapped[date | None] = mapped_column(Date)
    """Day of that line; what had come by then still fires, nothing after it."""
    rung: Mapped[int] = mapped_column(Integer, default=0)
    """Place in the ladder of the rung to fire next."""
    next_rung_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The only date that the sweep looks at; None when nothing is left to fire."""

    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="known_status"),
        CheckConstraint("status <> 'met' OR met_on IS NOT NULL", name="met_has_a_day"),
        # Serves: the sweep. Sorted by instant, not id: otherwise PostgreSQL walks the primary key.
        Index("ix_timer_next_rung_at", "next_rung_at", "id", sqlite_where=WAITING, postgresql_where=WAITING),
        # Serves: the clocks of one case.
        Index("ix_timer_case_id", "case_id"),
    )


class RungFired(Table):
    """The claim of a rung: its row is written in the transaction of its effect. Append-only."""

    __tablename__ = "rung_fired"

    timer_id: Mapped[int] = mapped_column(ForeignKey("timer.id"), primary_key=True)
    rung: Mapped[int] = mapped_column(Integer, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int] = mapped_column(Integer)
    fired_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Notification(Table):
    """Something a person must know, of a case or of themselves, shown in the application until read."""

    __tablename__ = "notification"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int | None] = mapped_column(Integer)
    """Journal line that caused it."""
    details: Mapped[dict | None] = mapped_column(JsonOrNull)
    """Who did what, of a notification without a case."""
    kind: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("case_id", "seq", "staff_id"),
        CheckConstraint(
            "(case_id IS NULL AND seq IS NULL AND details IS NOT NULL)"
            " OR (case_id IS NOT NULL AND seq IS NOT NULL AND details IS NULL)",
            name="of_a_case_or_of_a_person",
        ),
        # Serves: my unread notifications, newest first.
        Index(
            "ix_notification_unread",
            "staff_id",
            "id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )
