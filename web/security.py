"""What surrounds every request: a login unless the page says why not, a token on every POST, strict headers."""

from flask import Flask, Response, redirect, request, url_for
from flask_login import current_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from casetrack.organisation import sign_ins
from web import resuming
from web.current import db, installation, now, person

OPEN = {  # endpoint: why it needs no login
    "static": "style sheets of the sign-in page",
    "bootstrap.static": "style sheets of the sign-in page",
    "signing_in.show": "this is where one signs in",
    "signing_in.enter": "this is where one signs in",
    "signing_in.ask_code": "second half of signing in: the password was right",
    "signing_in.enter_code": "second half of signing in: the password was right",
    "signing_in.choose_language": "the sign-in page exists in two languages",
    "health.show": "machines watch it, and it names nobody",
}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",  # previews of documents
        "font-src 'self'",
        "img-src 'self' data:",  # Bootstrap's own marks of selects and checkboxes
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def register(app: Flask) -> None:
    """Protect every route of the application."""
    # A form may stay open a whole day; the token ends with the session.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    CSRFProtect(app)
    app.jinja_env.globals.update(token=token)
    app.before_request(_require_login)
    app.before_request(_note_presence)
    app.after_request(_harden)


def _require_login() -> Response | None:
    if request.endpoint is None or request.endpoint in OPEN or current_user.is_authenticated:
        return None
    asked = request.full_path.rstrip("?") if request.method == "GET" else None
    return resuming.lead_back() or redirect(url_for("signing_in.show", next=asked))


def _note_presence() -> None:
    signed_in = person()
    if signed_in is None or sign_ins.is_noted(signed_in.sign_in, now()):
        return
    if request.method in ("GET", "HEAD"):  # the request's own session only reads
        with installation().database.session() as session:
            sign_ins.note(session, signed_in.sign_in, at=now())
            session.commit()
    else:
        sign_ins.note(db(), signed_in.sign_in, at=now())
        db().commit()


def token() -> Markup:
    """Return the hidden inputs that prove that a form is ours, and say whose it is."""
    csrf = Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())
    if whose := resuming.whose():
        csrf += Markup('<input type="hidden" name="{}" value="{}">').format(resuming.WHOSE, whose)
    return csrf


def _harden(response: Response) -> Response:
    # A document comes with a policy of its own, which lets it do nothing at all.
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint not in ("static", "bootstrap.static"):
        # The next person at this desk must not find this page again with the Back button.
        response.headers["Cache-Control"] = "no-store"
    if installation().settings.secure_cookies:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
