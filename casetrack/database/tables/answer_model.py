"""Models of answers: what officers begin a draft from."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casetrack.database.tables.metadata import Table
from casetrack.database.types import Key


class AnswerModel(Table):
    """A text with merge fields, for one subject or for all."""

    __tablename__ = "answer_model"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    label: Mapped[str] = mapped_column(String(200), unique=True)
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"))
    """None: offered for every subject."""
    body_fr: Mapped[str] = mapped_column(Text)
    body_en: Mapped[str] = mapped_column(Text, default="")
    """Empty: citizens who read English are answered in French, unless the officer translates."""
    is_active: Mapped[bool] = mapped_column(default=True)
