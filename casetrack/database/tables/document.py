"""What is joined to a case: the letter itself, its enclosures, photographs."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import Key, UtcDateTime


class Document(Table):
    """One document of one case; its content is in the store, under its hash, once for all cases."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    seq: Mapped[int] = mapped_column(Integer)
    """The journal line that says who joined it."""
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    """As the person called it, made safe; it always ends as its content does."""
    type: Mapped[str] = mapped_column(String(100))
    """What the content is, whatever the name said."""
    size: Mapped[int] = mapped_column(Integer)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """None when a citizen or the mailbox brought it."""

    __table_args__ = (
        # The same content on the same case is the same document.
        UniqueConstraint("case_id", "sha256"),
        # Serves: the documents of a case, beside its history.
        UniqueConstraint("case_id", "seq"),
        CheckConstraint("size > 0", name="not_empty"),
        # Serves: is this scan joined to a case already, and may its content leave the store?
        Index("ix_document_sha256", "sha256"),
    )
