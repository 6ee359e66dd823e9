"""Where people are signed in: one row for each device, so that each can be seen and ended."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, select, update
from sqlalchemy.orm import Session

from casetrack.database.tables import SignIn, Staff
from casetrack.engine.actor import Actor
from casetrack.errors import NotFound
from casetrack.organisation import changes

LASTS = timedelta(hours=12)
"""Without a page asked for, a sign-in is over."""
QUARTER = timedelta(minutes=15)
BROWSERS = (  # what the header says, and whom it names: the first found, as each also pretends to be the next
    (r"Edg", "Edge"),
    (r"OPR|Opera", "Opera"),
    (r"Firefox|FxiOS", "Firefox"),
    (r"Chrome|Chromium|CriOS", "Chrome"),
    (r"Safari", "Safari"),
)
SYSTEMS = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"CrOS", "ChromeOS"),
    (r"Linux|X11", "Linux"),
)


def begin(session: Session, staff: Staff, *, agent: str, at: datetime) -> str:
    """Note that somebody signs in on a device, and return the key that their cookie will say."""
    over = (SignIn.session_key != staff.session_key) | (SignIn.seen_at < at - LASTS - QUARTER)
    session.execute(delete(SignIn).where(SignIn.staff_id == staff.id, over))
    key = secrets.token_urlsafe(24)
    session.add(
        SignIn(
            staff_id=staff.id,
            key_hash=hashed(key),
            session_key=staff.session_key,
            since=at,
            seen_at=at,
            device=device(agent),
        )
    )
    session.flush()
    return key


def holds(staff: Staff | type[Staff], at: datetime) -> ColumnElement[bool]:
    """Return the condition of a sign-in of this person, or of the person of a query, that still opens something."""
    return and_(
        SignIn.staff_id == staff.id,
        SignIn.session_key == staff.session_key,
        SignIn.seen_at >= at - LASTS - QUARTER,
    )


def is_over(sign_in: SignIn, at: datetime) -> bool:
    """Tell whether nobody was seen for too long."""
    return at - sign_in.seen_at > LASTS + QUARTER


def is_noted(sign_in: SignIn, at: datetime) -> bool:
    """Tell whether the last quarter of an hour is noted already."""
    return at - sign_in.seen_at < QUARTER


def note(session: Session, sign_in: SignIn, *, at: datetime) -> None:
    """Note that somebody is still there."""
    session.execute(update(SignIn).where(SignIn.id == sign_in.id).values(seen_at=at))


def of_person(session: Session, staff: Staff, *, at: datetime) -> list[SignIn]:
    """Return where a person is signed in, the last seen first."""
    return list(session.scalars(_holding(staff, at).order_by(SignIn.seen_at.desc(), SignIn.id.desc())))


def end(session: Session, staff: Staff, number: int, *, by: Actor, at: datetime) -> None:
    """End one sign-in of a person; raise NotFound when there is none, ActionNotAllowed for somebody else's."""
    _only_own_or_administrator(staff, by)
    gone = session.execute(delete(SignIn).where(SignIn.staff_id == staff.id, SignIn.id == number))
    if not gone.rowcount:
        raise NotFound
    _record(session, staff, by, at)


def end_all(session: Session, staff: Staff, *, by: Actor, at: datetime, but: SignIn | None = None) -> None:
    """End every sign-in of a person, `but` the one that asks; raise ActionNotAllowed for somebody else's."""
    _only_own_or_administrator(staff, by)
    mine = delete(SignIn).where(SignIn.staff_id == staff.id)
    if session.execute(mine.where(SignIn.id != but.id) if but else mine).rowcount:
        _record(session, staff, by, at)


def go_on(session: Session, staff: Staff, sign_in: SignIn) -> str:
    """Let this sign-in outlive the password that its person just changed, and return its new key.

    Every other sign-in has ended with the old password, and so has a copy of this one's cookie.
    """
    sign_in, key = session.merge(sign_in), secrets.token_urlsafe(24)
    sign_in.session_key, sign_in.key_hash = staff.session_key, hashed(key)
    session.flush()
    return key


def leave(session: Session, sign_in: SignIn) -> None:
    """End a sign-in as the person signs out: the cookie, copied, opens nothing."""
    session.execute(delete(SignIn).where(SignIn.id == sign_in.id))


def device(agent: str) -> str:
    """Name a browser and its system in words, from what the browser says of itself: "Firefox, Windows"."""
    names = [
        next((name for sign, name in known if re.search(sign, agent)), "") for known in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, names))


def hashed(key: str) -> str:
    """Return what is kept of the key of a cookie."""
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def _holding(staff: Staff, at: datetime) -> Select[tuple[SignIn]]:
    return select(SignIn).where(holds(staff, at))


def _only_own_or_administrator(staff: Staff, by: Actor) -> None:
    if staff.id != by.id:
        changes.require_administrator(by)


def _record(session: Session, staff: Staff, by: Actor, at: datetime) -> None:
    changes.record(session, by=by, at=at, what="sign_ins_ended", about=staff.name)
