"""How often a password or a code may be tried: a few times, then a pause, on however many servers the pages run."""

import hashlib
from datetime import datetime, timedelta
from ipaddress import ip_address

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from casetrack.database.tables import SignInTry

PAUSE = timedelta(minutes=15)
MOST_HERE = 5
"""Tries of one login from one address: a person who mistypes."""
MOST_OF_A_LOGIN = 20
"""Tries of one login from anywhere: somebody with many addresses, guessing one person's password."""
MOST_OF_AN_ADDRESS = 60
"""Tries from one address, whatever the login: a whole town hall often has one address, and mistypes of a morning."""


def begin(session: Session, login: str, address: str, *, at: datetime) -> timedelta:
    """Count a try, and return nothing; or count none, and return how long to wait.

    A try is counted before it is looked at, and committed by the caller: a hundred sent at once are a hundred tries.
    On PostgreSQL as many as run at the same instant may pass together.
    """
    session.execute(delete(SignInTry).where(SignInTry.at <= at - PAUSE))
    mine, here = _hashed(login), address[:64]
    tried = session.execute(
        select(SignInTry.login_hash, SignInTry.address, SignInTry.at)
        .where(or_(SignInTry.login_hash == mine, SignInTry.address == here))
        .order_by(SignInTry.at)
    ).all()
    counted = (
        (MOST_HERE, [one.at for one in tried if one.login_hash == mine and one.address == here]),
        (MOST_OF_A_LOGIN, [one.at for one in tried if one.login_hash == mine]),
        (MOST_OF_AN_ADDRESS, [one.at for one in tried if one.address == here and not _is_a_proxy(here)]),
    )
    pause = max(times[-most] + PAUSE - at if len(times) >= most else timedelta(0) for most, times in counted)
    if not pause:
        session.add(SignInTry(login_hash=mine, address=here, at=at))
        session.flush()
    return pause


def succeeded(session: Session, login: str, address: str) -> None:
    """Forget the tries of somebody who was right."""
    mine = (SignInTry.login_hash == _hashed(login), SignInTry.address == address[:64])
    session.execute(delete(SignInTry).where(*mine))


def forgive(session: Session, login: str) -> None:
    """Forget every try of a login: its person has just been given another password."""
    session.execute(delete(SignInTry).where(SignInTry.login_hash == _hashed(login)))


def _is_a_proxy(address: str) -> bool:
    """Tell whether everybody comes from this address: a few wrong passwords would shut the whole town out."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True


def _hashed(login: str) -> str:
    return hashlib.sha256(login.encode(errors="replace")).hexdigest()
