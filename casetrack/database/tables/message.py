"""What leaves the town hall: the outbox, and the print run, which is the same row by another channel."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import Key, UtcDateTime

MESSAGE_STATUSES = ("waiting", "claimed", "sent", "in_doubt", "to_print", "posted", "cancelled")


class Message(Table):
    """One message to one recipient, rendered in the transaction of the act that caused it.

    waiting → claimed → sent; claimed too long → in_doubt (a person decides); refused or failing
    for 24 hours → to_print → posted.
    """

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int] = mapped_column(Integer)
    template: Mapped[str] = mapped_column(String(60))
    channel: Mapped[str] = mapped_column(String(10))
    recipient: Mapped[str] = mapped_column(String(600))
    """An e-mail address, or the lines of a postal one."""
    language: Mapped[str] = mapped_column(String(5))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    """Message-ID header (RFC 5322, 3.6.4): the same on every try."""
    status: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_by: Mapped[str | None] = mapped_column(String(100))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    posted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    last_error: Mapped[str | None] = mapped_column(String(300))
    """Code and short reason, without address."""

    __table_args__ = (
        UniqueConstraint("case_id", "seq", "template", "recipient"),
        CheckConstraint("channel IN ('email', 'post')", name="known_channel"),
        CheckConstraint(f"status IN {MESSAGE_STATUSES}", name="known_status"),
        # Serve: the outbox (what is due to be sent), the print run and the messages in doubt.
        Index(
            "ix_message_next_attempt_at",
            "next_attempt_at",
            "id",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "ix_message_pending",
            "status",
            "id",
            sqlite_where=text("status IN ('claimed', 'in_doubt', 'to_print')"),
            postgresql_where=text("status IN ('claimed', 'in_doubt', 'to_print')"),
        ),
        # Serves: the messages of one case.
        Index("ix_message_case_id", "case_id"),
    )
