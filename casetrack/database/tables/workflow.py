"""Published definitions: their text and its hash, never changed once in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import Json, Key, UtcDateTime


class WorkflowVersion(Table):
    """One published version of a definition; a case keeps the one that it began with."""

    __tablename__ = "workflow_version"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(Integer)
    wording: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """0 as its files say it; then each wording of it that the town published."""
    sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(Text)
    """The text of workflow.toml."""
    messages: Mapped[dict] = mapped_column(Json)
    """File name → text of each template, as published."""
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (UniqueConstraint("key", "version", "wording"),)
