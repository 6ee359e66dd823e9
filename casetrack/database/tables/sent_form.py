"""The forms that were acted upon: a second press of the same button leads to what the first one did."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import UtcDateTime


class SentForm(Table):
    """One form as it was shown and filled in, and the case that it opened or wrote to; cleared some days later."""

    __tablename__ = "sent_form"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of its one-time key with all that was typed: gone back to and changed, it is another form."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
