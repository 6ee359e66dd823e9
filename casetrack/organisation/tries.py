"""How often a password or a code may be tried: a few times, then a pause, on however many servers the pages run."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address

from sqlalchemy import ColumnElement, ScalarSelect, delete, select
from sqlalchemy.orm import Session

from casetrack.database.tables import SignInTry

PASSWORD, CODE, ACCOUNT = "password", "code", "account"
"""Kinds of tries, counted apart: at the sign-in page, of the telephone's code, of one's own account once signed in."""
PAUSE = timedelta(minutes=15)
MOST_HERE = 5
"""Tries of one login from one address: a person who mistypes."""
MOST_OF_A_LOGIN = 20
"""Tries of one login from anywhere: somebody with many addresses, guessing one person's password."""
MOST_OF_AN_ADDRESS = 60
"""Tries from one address, whatever the login: a whole town hall often has one address, and mistypes of a morning."""


def begin(
    session: Session, login: str, address: str, *, at: datetime, kind: str = PASSWORD, is_known: bool = False
) -> timedelta:
    """Count a try, and return nothing; or count none, and return how long to wait.

    `address` names a browser where `is_known`: somebody has signed in there before, and what strangers try elsewhere
    does not shut them out.

    A try is counted before it is looked at, and committed by the caller: a hundred sent at once are a hundred tries.
    On PostgreSQL as many as run at the same instant may pass together.
    """
    session.execute(delete(SignInTry).where(SignInTry.at <= at - PAUSE))
    mine, here = SignInTry.login_hash == _hashed(kind, login), SignInTry.address == address[:64]
    bounds = [(MOST_HERE, (mine, here))]
    if not is_known:
        bounds.append((MOST_OF_A_LOGIN, (mine,)))
    if not (is_known or _is_a_proxy(address)):
        bounds.append((MOST_OF_AN_ADDRESS, (here,)))
    # Of each bound the one try that must have been forgotten before the next: nobody reads what a flood has left.
    found = session.execute(select(*(_nth_newest(most, where) for most, where in bounds))).one()
    pause = max((one + PAUSE - at for one in found if one), default=timedelta(0))
    if not pause:
        session.add(SignInTry(login_hash=_hashed(kind, login), address=address[:64], at=at))
        session.flush()
    return pause


def succeeded(session: Session, login: str, address: str, *, kind: str = PASSWORD) -> None:
    """Forget the tries of somebody who was right."""
    mine = (SignInTry.login_hash == _hashed(kind, login), SignInTry.address == address[:64])
    session.execute(delete(SignInTry).where(*mine))


def forgive(session: Session, login: str) -> None:
    """Forget every try of a login: its person has just been given another password."""
    hashes = [_hashed(kind, login) for kind in (PASSWORD, CODE, ACCOUNT)]
    session.execute(delete(SignInTry).where(SignInTry.login_hash.in_(hashes)))


def _nth_newest(number: int, where: Sequence[ColumnElement[bool]]) -> ScalarSelect[datetime]:
    newest = select(SignInTry.at).where(*where).order_by(SignInTry.at.desc())
    return newest.offset(number - 1).limit(1).scalar_subquery()


def _is_a_proxy(address: str) -> bool:
    """Tell whether everybody comes from this address: a few wrong passwords would shut the whole town out."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True


def _hashed(kind: str, login: str) -> str:
    # No login that somebody types can pass for a try of another kind.
    return hashlib.sha256(f"{kind}\n{login}".encode(errors="replace")).hexdigest()
