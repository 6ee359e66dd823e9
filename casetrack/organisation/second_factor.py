"""The code of a telephone beside the password (RFC 6238), for whoever wants it; each code serves once."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from casetrack.database.tables import SecondFactor, Staff
from casetrack.engine.actor import Actor
from casetrack.errors import InvalidFields, NotFound
from casetrack.language import Text
from casetrack.organisation import changes
from casetrack.spelling import COPIED_BY_HAND

STEP = 30
"""Seconds that a code is shown."""
DRIFT = 1
"""Steps that a telephone's clock may be early or late."""
SPARE = 8
"""Recovery codes given at once."""

WRONG_CODE = Text(
    "ce code ne convient pas\u00a0: prenez celui que le téléphone montre maintenant.",
    "this code does not fit: take the one that the telephone shows now.",
)


def of(session: Session, staff_id: int) -> SecondFactor | None:
    """Return a person's second factor, confirmed or not."""
    return session.get(SecondFactor, staff_id)


def is_on(session: Session, staff_id: int) -> bool:
    """Tell whether a code is asked of this person."""
    factor = of(session, staff_id)
    return factor is not None and factor.confirmed_at is not None


def prepare(session: Session, staff: Staff) -> SecondFactor:
    """Choose a new secret for a person; nothing is asked of them until `confirm`. Leaves a confirmed one alone."""
    factor = _locked(session, staff.id)
    if factor is None:
        factor = SecondFactor(staff_id=staff.id, salt="", confirmed_at=None, last_step=0, recovery=[])
        session.add(factor)
    if factor.confirmed_at is None:
        factor.salt = secrets.token_urlsafe(32)
    session.flush()
    return factor


def secret(factor: SecondFactor, key: str) -> str:
    """Return what the telephone must know, in letters and figures.

    Derived from the installation's `key` and a random salt, so that nothing secret is in the database: whoever
    copies it has no code. A new key of the installation makes everybody enrol again.
    """
    derived = hmac.digest(
        key.encode(), f"second factor {factor.staff_id} {factor.salt}".encode(), hashlib.sha256
    )
    return base64.b32encode(derived[:20]).decode()


def address(factor: SecondFactor, key: str, *, login: str, town: str) -> str:
    """Return what the square to be photographed says."""
    return pyotp.TOTP(secret(factor, key)).provisioning_uri(name=login, issuer_name=f"Casetrack {town}")


def confirm(session: Session, staff: Staff, code: str, *, key: str, by: Actor, at: datetime) -> list[str]:
    """Ask for codes from now on, and return the recovery codes, to be shown once; raise InvalidFields, NotFound."""
    factor = _locked(session, staff.id)
    if factor is None or factor.confirmed_at is not None:
        raise NotFound
    if not _takes(factor, code, key, at):
        raise InvalidFields({"code": WRONG_CODE})
    factor.confirmed_at = at
    spare = [f"{_letters()}-{_letters()}" for _ in range(SPARE)]
    factor.recovery = [_hashed(factor, one, key) for one in spare]
    session.flush()
    changes.record(session, by=by, at=at, what="second_factor_added", about=staff.name)
    return spare


def takes(session: Session, staff_id: int, code: str, *, key: str, at: datetime) -> bool:
    """Tell whether this code is right, and let it never be right again; a recovery code does as well."""
    factor = _locked(session, staff_id)
    if factor is None or factor.confirmed_at is None:
        return False
    taken = _takes(factor, code, key, at) or _spends(factor, code, key)
    session.flush()
    return taken


def spare_left(session: Session, staff_id: int) -> int:
    """Return how many recovery codes a person has not used."""
    factor = of(session, staff_id)
    return len(factor.recovery) if factor else 0


def remove(session: Session, staff: Staff, *, by: Actor, at: datetime) -> None:
    """Ask for no code any more: one's own, or that of somebody who lost their telephone. Raises NotFound."""
    if staff.id != by.id:
        changes.require_administrator(by)
    factor = _locked(session, staff.id)
    if factor is None:
        raise NotFound
    was_on = factor.confirmed_at is not None
    session.delete(factor)
    session.flush()
    if was_on:
        changes.record(session, by=by, at=at, what="second_factor_removed", about=staff.name)


def _takes(factor: SecondFactor, code: str, key: str, at: datetime) -> bool:
    typed, now = "".join(code.split()), int(at.timestamp()) // STEP
    codes = pyotp.HOTP(secret(factor, key))
    # All of them, always: how long it takes tells nothing.
    right = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if hmac.compare_digest(codes.at(step).encode(), typed.encode())
    ]
    fresh = [step for step in right if step > factor.last_step]
    if fresh:
        factor.last_step = fresh[0]
    return bool(fresh)


def _spends(factor: SecondFactor, code: str, key: str) -> bool:
    # Copied by hand: neither capitals nor what stands between the halves count.
    letters = "".join(sign for sign in code.lower() if sign in COPIED_BY_HAND)
    spent = _hashed(factor, f"{letters[:4]}-{letters[4:]}", key)
    left = [one for one in factor.recovery if not hmac.compare_digest(one, spent)]
    is_right = len(left) < len(factor.recovery)
    factor.recovery = left
    return is_right


def _hashed(factor: SecondFactor, code: str, key: str) -> str:
    # Forty random bits each, and tries are bounded: a slow hash would protect nothing more.
    said = f"recovery {factor.staff_id} {factor.salt} {code}"
    return hmac.digest(key.encode(), said.encode(errors="replace"), hashlib.sha256).hex()


def _letters() -> str:
    return "".join(secrets.choice(COPIED_BY_HAND) for _ in range(4))


def _locked(session: Session, staff_id: int) -> SecondFactor | None:
    # Two requests with the same code: the second waits, then finds it used.
    return session.get(SecondFactor, staff_id, with_for_update=True, populate_existing=True)
