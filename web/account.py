"""One's own account: password and language."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from casetrack.errors import InvalidFields
from casetrack.organisation import accounts, kept_forms
from casetrack.organisation.staff import SHORTEST_PASSWORD
from casetrack.oversight.dates import moment
from web.administration.form import attempt
from web.current import Person, actor, db, now, place, today
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
    refusal = attempt(
        lambda: accounts.change_password(
            db(),
            staff,
            old=typed.get("old", "")[:1000],
            new=typed.get("new", "")[:1000],
            again=typed.get("again", "")[:1000],
            by=actor(),
            at=now(),
        )
    )
    if refusal is not None:
        return _page(refusal), 422
    login_user(Person(staff, actor()))  # this session goes on; the others hold the old key
    flash(_("Mot de passe changé. Vos autres sessions sont fermées."))
    return redirect(url_for("account.show"))


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
    return render_template(
        "account.html",
        faults_found=refusal.faults if refusal else {},
        shortest=SHORTEST_PASSWORD,
        kept=[
            (form, moment(form.kept_at, place().calendar.timezone, today()))
            for form in kept_forms.of_person(db(), actor(), at=now())
        ],
    )
