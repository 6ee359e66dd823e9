"""What somebody had typed when their session ended: kept for them alone, until they have found it again."""

import json
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from casetrack.database.tables import KeptForm
from casetrack.engine.actor import Actor

KEPT = timedelta(hours=24)
"""From one evening to the next: nobody needs what they were writing longer, and it may be confidential."""
MOST = 10
"""Forms kept for one person: whoever sends a thousand fills nothing."""

Typed = tuple[str, str]
"""The name of a field, and what was typed into it."""


def keep(
    session: Session, staff_id: int, *, path: str, page: str, typed: Sequence[Typed], at: datetime
) -> str:
    """Keep a form for the person who typed it, and return the key to it; forget what is too old or too much."""
    session.execute(delete(KeptForm).where(KeptForm.kept_at < at - KEPT))
    mine = select(KeptForm.key).where(KeptForm.staff_id == staff_id)
    too_many = session.scalars(mine.order_by(KeptForm.kept_at.desc()).offset(MOST - 1)).all()
    session.execute(delete(KeptForm).where(KeptForm.key.in_(too_many)))
    form = KeptForm(
        key=secrets.token_urlsafe(24),
        staff_id=staff_id,
        kept_at=at,
        path=path,
        page=page,
        typed=json.dumps(list(typed)),
    )
    session.add(form)
    session.flush()
    return form.key


def find(session: Session, key: str, by: Actor, *, at: datetime) -> KeptForm | None:
    """Return the form of this key, None when it is gone or somebody else's."""
    query = _of(by, at).where(KeptForm.key == key)
    return session.scalar(query) if key.isprintable() else None


def of_person(session: Session, by: Actor, *, at: datetime) -> list[KeptForm]:
    """Return the forms kept for a person, the newest first."""
    return list(session.scalars(_of(by, at).order_by(KeptForm.kept_at.desc())))


def typed_in(form: KeptForm) -> list[Typed]:
    """Return what was typed, in the order of the form."""
    return [(name, value) for name, value in json.loads(form.typed)]


def forget(session: Session, key: str, by: Actor) -> None:
    """Forget a form once its owner has it again: what is sent after that is sent once."""
    if key.isprintable():
        session.execute(delete(KeptForm).where(KeptForm.key == key, KeptForm.staff_id == by.id))


def _of(by: Actor, at: datetime) -> Select[tuple[KeptForm]]:
    return select(KeptForm).where(KeptForm.staff_id == by.id, KeptForm.kept_at >= at - KEPT)
