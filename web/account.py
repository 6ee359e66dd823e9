"""One's own account: password and language."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from casetrack.errors import InvalidFields
from casetrack.organisation import accounts, kept_forms, sign_ins
from casetrack.organisation.staff import SHORTEST_PASSWORD
from casetrack.oversight.dates import moment
from web.administration.form import attempt, number_in
from web.current import actor, db, now, place, today
from web.words import _

bp = Blueprint("account", __name__, url_prefix="/compte")

# What somebody may reach before they have chosen their own password.
BEFORE_CHOOSING = (
    "account.show",
    "account.change_password",
    "signing_in.leave",
    "signing_in.choose_language",
    "static",
    "bootstrap.static",
)


@bp.before_app_request
def _choose_a_password() -> ResponseReturnValue | None:
    """Lead whoever signed in with a password given by an administrator to choose their own."""
    if request.endpoint in BEFORE_CHOOSING or not current_user.is_authenticated:
        return None
    return redirect(url_for("account.show")) if current_user.staff.password_is_temporary else None


@bp.get("")
def show() -> str:
    """Show what one may change of one's own account."""
    return _page(None)


@bp.post("/mot-de-passe")
def change_password() -> ResponseReturnValue:
    """Change one's own password; every other session of this person ends."""
    staff, typed = current_user.staff, request.form

    def change() -> None:
        accounts.change_password(
            db(),
            staff,
            old=typed.get("old", "")[:1000],
            new=typed.get("new", "")[:1000],
            again=typed.get("again", "")[:1000],
            by=actor(),
            at=now(),
        )
        sign_ins.go_on(db(), staff, current_user.sign_in)

    refusal = attempt(change)
    if refusal is not None:
        return _page(refusal), 422
    flash(_("Mot de passe changé. Vos autres sessions sont fermées."))
    return redirect(url_for("account.show"))


@bp.post("/connexions/fermer")
def end_sign_ins() -> ResponseReturnValue:
    """End one of one's sign-ins, or every one but this."""
    staff, number = current_user.staff, request.form.get("number", "")
    if number:
        sign_ins.end(db(), staff, number_in(number), by=actor(), at=now())
    else:
        sign_ins.end_all(db(), staff, by=actor(), at=now(), but=current_user.sign_in)
    db().commit()
    flash(
        _("Connexion fermée : il faudra le mot de passe pour revenir.")
        if number
        else _("Vos autres connexions sont fermées.")
    )
    return redirect(url_for("account.show", _anchor="t-devices"))


@bp.post("/langue")
def change_language() -> ResponseReturnValue:
    """Change the language of one's screens and notices, on every device."""
    wanted = request.form.get("language", "")
    accounts.change_language(db(), current_user.staff, wanted, by=actor(), at=now())
    db().commit()
    session.pop("language", None)
    flash(_("Langue enregistrée."))
    return redirect(url_for("account.show"))


def _page(refusal: InvalidFields | None) -> str:
    zone = place().calendar.timezone
    return render_template(
        "account.html",
        faults_found=refusal.faults if refusal else {},
        shortest=SHORTEST_PASSWORD,
        devices=[
            (one, moment(one.since, zone, today()), moment(one.seen_at, zone, today()))
            for one in sign_ins.of_person(db(), current_user.staff, at=now())
        ],
        kept=[
            (form, moment(form.kept_at, zone, today()))
            for form in kept_forms.of_person(db(), actor(), at=now())
        ],
    )
