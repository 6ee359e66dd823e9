"""Browsers in which somebody has signed in before: a stranger's guesses do not shut their owner out of them.

Whoever knows a login could otherwise keep its person out by trying wrong passwords. A browser that has let somebody in
keeps a signed cookie; its tries are counted apart, as few as any.
"""

import hashlib
import secrets

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from web.current import installation

COOKIE = "casetrack_known"
MOST = 20
"""People remembered on one browser: a desk that they share."""
A_YEAR = 365 * 24 * 3600


def name_for(login: str) -> str | None:
    """Return under which name the tries of this login are counted on this browser; None on an unknown one."""
    name, known = _read()
    return f"browser {name}" if _hashed(login) in known else None


def remember(response: Response, login: str) -> Response:
    """Let the browser say from now on that this person signed in there."""
    name, known = _read()
    others = [one for one in known if one != _hashed(login)]
    response.set_cookie(
        COOKIE,
        _signer().dumps([name or secrets.token_hex(8), [*others, _hashed(login)][-MOST:]]),
        max_age=A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=installation().settings.secure_cookies,
    )
    return response


def _read() -> tuple[str, list[str]]:
    try:
        name, known = _signer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return "", []
    return name, known


def _hashed(login: str) -> str:
    return hashlib.sha256(login.encode(errors="replace")).hexdigest()[:16]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known device")
