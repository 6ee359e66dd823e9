"""The pile: scanned letters that wait to be registered."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import Key, UtcDateTime

PILE_STATUSES = ("waiting", "aside", "registered", "removed")


class PileLine(Table):
    """One scan of the pile, whose content is in the store; cleared some days after it was registered or removed."""

    __tablename__ = "pile_line"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(Integer)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    status: Mapped[str] = mapped_column(String(12), default="waiting")
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When somebody last had it beside the form, so that two people do not register the same letter."""
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was registered, set aside or removed."""
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    """The case that it opened, or joined."""

    __table_args__ = (
        CheckConstraint(f"status IN {PILE_STATUSES}", name="known_status"),
        CheckConstraint("size > 0", name="not_empty"),
        # Serves: the pile in the order in which it came, and the next scan to register.
        Index("ix_pile_line_status_id", "status", "id"),
        # Serves: how many were done today, and what may be cleared.
        Index("ix_pile_line_decided_at", "decided_at"),
        # Serves: the same scan waits once; does a line of the pile still need this content?
        Index(
            "uq_pile_line_sha256_waiting",
            "sha256",
            unique=True,
            sqlite_where=text("status IN ('waiting', 'aside')"),
            postgresql_where=text("status IN ('waiting', 'aside')"),
        ),
    )
