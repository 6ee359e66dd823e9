"""Tell people what happened beside the clock: of a case, or of themselves."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from casetrack.database.tables import Notification

NOTE = "note"
"""Somebody named this person in a note."""
NAMED = "named"
"""A confidential case was opened to this person."""
SENT_BACK = "sent_back"
"""The draft of this officer came back, to be corrected."""
ASKED = "asked"
"""Something is asked of this person's service, or of them."""
ABSENCES = {"absence_added", "absence_replaced", "absence_cancelled"}
"""Somebody else changed when this person is away, or who replaces them."""
MEDIATOR = "mediator_added"
"""Somebody else is a mediator now, and reads what this one reads."""


def of_a_case(
    session: Session, case_id: int, seq: int, people: Iterable[int], kind: str, *, at: datetime
) -> None:
    """Notify these people of a line of the journal of a case."""
    rows = [
        {"staff_id": key, "case_id": case_id, "seq": seq, "kind": kind, "created_at": at}
        for key in sorted(people)
    ]
    if rows:
        session.execute(insert(Notification), rows)


def of_a_person(
    session: Session, people: Iterable[int], kind: str, *, at: datetime, **details: str | None
) -> None:
    """Notify these people of what concerns them and no case; `details` are the names and days of its sentence."""
    rows = [
        {"staff_id": key, "kind": kind, "details": details, "created_at": at} for key in sorted(set(people))
    ]
    if rows:
        session.execute(insert(Notification), rows)
