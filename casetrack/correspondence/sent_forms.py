"""A form sent twice, by a double click or an impatient network, is acted upon once."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, SentForm
from casetrack.errors import InvalidInput
from casetrack.language import Text

UNDER_WAY = Text(
    "Ce formulaire vient déjà d'être envoyé.",
    "This form has just been sent already.",
)


def new_key() -> str:
    """Return the one-time key of a form that is being shown."""
    return secrets.token_urlsafe(18)


def digest(key: str, typed: Iterable[tuple[str, str]]) -> str:
    """Return what tells one sending from another: the key of the form, and everything typed into it.

    With the key alone, somebody who goes back and corrects the form for the next letter would lose that letter.
    """
    told = sha256(key.encode(errors="replace"))
    for name, value in sorted(typed):
        told.update(f"\x1e{name}\x1f{value}".encode(errors="replace"))
    return told.hexdigest()


def take(session: Session, digest: str, *, at: datetime) -> str | None:
    """Take this form to act upon it: None the first time, else the reference of the case that it led to.

    Sent twice at once, the second waits here until the first is committed; rolled back, the second is the first.
    """
    try:
        with session.begin_nested():
            session.execute(insert(SentForm).values(digest=digest, sent_at=at))
    except IntegrityError:
        led_to = select(Case.reference).join(SentForm, SentForm.case_id == Case.id)
        reference = session.scalar(led_to.where(SentForm.digest == digest))
        if reference is None:
            raise InvalidInput(UNDER_WAY, code="sent_twice") from None
        return reference
    return None


def led_to(session: Session, digest: str, case: Case) -> None:
    """Note the case that this form opened, or wrote to."""
    session.execute(update(SentForm).where(SentForm.digest == digest).values(case_id=case.id))
