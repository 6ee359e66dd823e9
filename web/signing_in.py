"""Sign in, sign out, choose a language."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from casetrack.database.tables import Staff
from casetrack.organisation import sign_ins
from casetrack.organisation import staff as people
from web import resuming
from web.current import Person, db, installation, now, person, today
from web.tries import Tries

bp = Blueprint("signing_in", __name__)


@bp.record_once
def _remember_tries(state: object) -> None:
    state.app.extensions["casetrack.tries"] = Tries()  # type: ignore[attr-defined]


@bp.get("/connexion")
def show() -> ResponseReturnValue:
    """Show the sign-in page."""
    if current_user.is_authenticated:
        return redirect(_next())
    return _form()


@bp.post("/connexion")
def enter() -> ResponseReturnValue:
    """Sign in with a login and a password; the refusal never says which of the two was wrong."""
    login, password = request.form.get("login", "").strip().lower()[:100], request.form.get("password", "")
    tries, address = current_app.extensions["casetrack.tries"], request.remote_addr or ""
    if pause := tries.wait(login, address, now()):
        return _form(login=login, minutes=max(1, round(pause.total_seconds() / 60))), 429
    staff = people.sign_in(db(), login, password[:1000])
    if staff is None:
        tries.failed(login, address, now())
        return _form(login=login, wrong=True), 401
    tries.succeeded(login, address)
    return _come_in(staff)


@bp.post("/deconnexion")
def leave() -> ResponseReturnValue:
    """Sign out; the cookie, copied, opens nothing any more."""
    if signed_in := person():
        sign_ins.leave(db(), signed_in.sign_in)
        db().commit()
    logout_user()
    session.clear()
    return redirect(url_for("signing_in.show"))


@bp.post("/langue")
def choose_language() -> ResponseReturnValue:
    """Keep the language chosen on this device."""
    if request.form.get("language") in ("fr", "en"):
        session["language"] = request.form["language"]
        session.permanent = True
    return redirect(_next())


def _come_in(staff: Staff) -> ResponseReturnValue:
    key = sign_ins.begin(db(), staff, agent=request.user_agent.string, at=now())
    _staff, its_actor, sign_in = people.at_work(db(), staff.id, on=today(), key=key)
    db().commit()
    chosen = session.get("language")
    session.clear()  # a session known before signing in is never the one after
    session.permanent = True
    if chosen:
        session["language"] = chosen
    login_user(Person(staff, its_actor, sign_in, key))
    return redirect(_next())


def _form(**said: object) -> str:
    asked = request.values.get("next")
    return render_template(
        "sign_in.html",
        accounts=installation().accounts,
        next=asked,
        has_ended="_user_id" in session,
        form_awaits=resuming.awaits(asked),
        **said,
    )


def _next() -> str:
    """Return the page asked for before signing in, if it is one of ours."""
    asked = request.values.get("next") or ""
    parts = urlsplit(asked)
    ours = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable()
    return asked if ours and not parts.netloc and not parts.scheme else url_for("worklist.show")
