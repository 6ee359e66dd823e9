"""Sign in, sign out, choose a language."""

from datetime import timedelta
from threading import BoundedSemaphore

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from casetrack.database.tables import Staff
from casetrack.organisation import second_factor, sign_ins, tries
from casetrack.organisation import staff as people
from casetrack.spelling import plain
from web import known_devices, resuming
from web.current import Person, db, installation, now, parts, person, today
from web.words import _, plural

bp = Blueprint("signing_in", __name__)

HALF_WAY = "half_way"
"""What the cookie says between the password and the code: who, since when, with which password."""
AT_ONCE = BoundedSemaphore(2)
"""Passwords looked at together: each takes a processor for a moment, and the pages need the others."""
TIME_FOR_THE_CODE = timedelta(minutes=5)


@bp.get("/connexion")
def show() -> ResponseReturnValue:
    """Show the sign-in page."""
    if current_user.is_authenticated:
        return redirect(_next())
    return _form()


@bp.post("/connexion")
def enter() -> ResponseReturnValue:
    """Sign in with a login and a password; the refusal never says which of the two was wrong."""
    login, password = plain(request.form.get("login", "")).lower()[:100], request.form.get("password", "")
    if not login.isprintable():
        return _form(wrong=True), 401
    if not AT_ONCE.acquire(blocking=False):
        return _form(login=login, is_crowded=True), 429
    try:
        known = known_devices.name_for(login)
        if minutes := counted(login, kind=tries.PASSWORD, browser=known):
            return _form(login=login, minutes=minutes), 429
        staff = people.sign_in(db(), login, password[:1000])
    finally:
        AT_ONCE.release()
    if staff is None:
        return _form(login=login, wrong=True), 401
    tries.succeeded(db(), login, known or request.remote_addr or "")
    if not second_factor.is_on(db(), staff.id):
        return _come_in(staff)
    db().commit()
    session[HALF_WAY] = [staff.id, now().timestamp(), _password_of(staff)]
    return redirect(url_for("signing_in.ask_code", next=request.values.get("next")))


@bp.get("/connexion/code")
def ask_code() -> ResponseReturnValue:
    """Ask for the code of the telephone, once the password was right."""
    return (
        _code_form() if _half_way() else redirect(url_for("signing_in.show", next=request.values.get("next")))
    )


@bp.post("/connexion/code")
def enter_code() -> ResponseReturnValue:
    """Sign in with the code of the telephone, or one of the recovery codes."""
    staff = _half_way()
    if staff is None:
        if HALF_WAY in session:
            flash(_("Cinq minutes ont passé depuis le mot de passe : recommencez."))
        return redirect(url_for("signing_in.show", next=request.values.get("next")))
    if minutes := counted(staff.login, kind=tries.CODE):
        return _code_form(minutes=minutes), 429
    code, key = request.form.get("code", "")[:40], current_app.config["SECRET_KEY"]
    had = second_factor.spare_left(db(), staff.id)
    if not second_factor.takes(db(), staff.id, code, key=key, at=now()):
        db().commit()
        return _code_form(wrong=True), 401
    tries.succeeded(db(), staff.login, request.remote_addr or "", kind=tries.CODE)
    left = second_factor.spare_left(db(), staff.id)
    answer = _come_in(staff)
    if left < had:
        flash(
            plural(
                "Code de secours utilisé : il vous en reste %(num)d.",
                "Code de secours utilisé : il vous en reste %(num)d.",
                left,
            )
            if left
            else _(
                "C'était votre dernier code de secours : pour en avoir d'autres, retirez le code dans « Mon compte », puis activez-le de nouveau."
            )
        )
    return answer


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


def again() -> ResponseReturnValue | None:
    """Answer a form of these pages that its session did not come with; None for any other form.

    The session ended, began in another tab, or never was because the browser refuses cookies.
    """
    if request.blueprint != bp.name or "csrf_token" not in request.form:
        return None
    if request.endpoint in ("signing_in.enter", "signing_in.enter_code"):
        if current_user.is_authenticated:
            return redirect(_next())
        return _form(login=request.form.get("login", "")[:100], is_stale=True), 400
    if request.endpoint == "signing_in.leave" and not current_user.is_authenticated:
        return redirect(url_for("signing_in.show"))
    return None


def counted(login: str, *, kind: str, browser: str | None = None) -> int:
    """Count a try from this address, or this known browser; return the minutes to wait, 0 while tries are left."""
    place = browser or request.remote_addr or ""
    pause = tries.begin(db(), login, place, at=now(), kind=kind, is_known=browser is not None)
    db().commit()
    return max(1, round(pause.total_seconds() / 60)) if pause else 0


def _half_way() -> Staff | None:
    # A cookie of before an upgrade may say less.
    number, since, password = (*session.get(HALF_WAY, ()), 0, 0, "")[:3]
    if now().timestamp() - since > TIME_FOR_THE_CODE.total_seconds():
        return None
    staff = db().get(Staff, number)
    return staff if staff and staff.is_active and _password_of(staff) == password else None


def _password_of(staff: Staff) -> str:
    """Return a mark that changes with the password: what began with the old one ends with it."""
    return staff.session_key[:16]


def _code_form(**said: object) -> str:
    asked = request.values.get("next")
    return render_template("sign_in_code.html", next=asked, form_awaits=resuming.awaits(asked), **said)


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
    return known_devices.remember(redirect(_next()), staff.login)


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
    cut = parts(asked)
    ours = cut.path.startswith("/") and not asked.startswith(("//", "/\\"))
    return asked if ours and not cut.netloc and not cut.scheme else url_for("worklist.show")
