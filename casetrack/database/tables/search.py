"""What is searched: the words of each case, the cases whose words are to be read again, searches kept by name."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import Key, UtcDateTime


class SearchDocument(Table):
    """The words of a case, made by `casetrack.oversight.analyser`; `database.full_text` indexes them."""

    __tablename__ = "search_document"

    case_id: Mapped[int] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    stems: Mapped[str] = mapped_column(Text)
    """What was written, each word without its ending."""
    exact: Mapped[str] = mapped_column(Text)
    """Names, numbers and references, as they are."""


class SearchStale(Table):
    """A case whose words are to be read again. Triggers write it: whoever changes a case cannot forget."""

    __tablename__ = "search_stale"

    case_id: Mapped[int] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class SavedSearch(Table):
    """A search that a person keeps under a name."""

    __tablename__ = "saved_search"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    name: Mapped[str] = mapped_column(String(60))
    asked: Mapped[str] = mapped_column(String(600))
    """The question and its filters, as the address of the page writes them."""
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("staff_id", "name"),)
