"""One's own account: password, language, code of the telephone, sign-ins, forms kept."""

import segno
from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from casetrack.errors import InvalidFields
from casetrack.language import Text
from casetrack.organisation import accounts, kept_forms, second_factor, sign_ins, tries
from casetrack.organisation import staff as people
from casetrack.organisation.staff import SHORTEST_PASSWORD
from casetrack.oversight.dates import moment
from web import resuming
from web.administration.form import attempt
from web.current import Person, actor, db, installation, now, number, place, today
from web.signing_in import counted
from web.words import _

TOO_MANY = Text(
    "trop d'essais\u00a0: réessayez dans {minutes} minute(s).",
    "too many tries: try again in {minutes} minute(s).",
)

bp = Blueprint("account", __name__, url_prefix="/compte")

# What somebody may reach before they have chosen their own password, then before they have the code asked of them.
BEFORE_CHOOSING = {
    "account.show",
    "account.change_password",
    "signing_in.leave",
    "signing_in.choose_language",
    "static",
    "bootstrap.static",
}
BEFORE_THE_CODE = BEFORE_CHOOSING | {"account.prepare_code", "account.code", "account.confirm_code"}


@bp.before_app_request
def _first_things_first() -> ResponseReturnValue | None:
    """Lead whoever has a password of an administrator to choose their own, then to the code that the town asks."""
    if request.endpoint in BEFORE_CHOOSING or not current_user.is_authenticated:
        return None
    lacks_code = request.endpoint not in BEFORE_THE_CODE and _lacks_code()
    if not (current_user.staff.password_is_temporary or lacks_code):
        return None
    resuming.lead_back()  # whatever they had typed when it began to be asked waits under « Mon compte »
    return redirect(url_for("account.show"), 303 if request.method == "POST" else 302)


def _lacks_code() -> bool:
    """Tell whether a code is required of this person, who has none yet."""
    return _is_asked() and not second_factor.is_on(db(), current_user.staff.id)


def _is_asked() -> bool:
    return installation().settings.requires_code(actor().roles)


@bp.get("")
def show() -> str:
    """Show what one may change of one's own account."""
    return _page(None)


@bp.post("/mot-de-passe")
def change_password() -> ResponseReturnValue:
    """Change one's own password; every other session of this person ends."""
    staff, typed, was_first = current_user.staff, request.form, current_user.staff.password_is_temporary

    key: list[str] = []

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
        key.append(sign_ins.go_on(db(), staff, current_user.sign_in))

    refusal = too_many() or attempt(change)
    if refusal is not None:
        return _page(refusal), 422
    _was_right()
    login_user(Person(staff, actor(), current_user.sign_in, key[0]))
    flash(_("Mot de passe changé. Vos autres sessions sont fermées."))
    return redirect(url_for("worklist.show" if was_first else "account.show"))


@bp.post("/connexions/fermer")
def end_sign_ins() -> ResponseReturnValue:
    """End one of one's sign-ins, or every one but this."""
    staff, chosen = current_user.staff, request.form.get("number", "")
    if chosen:
        sign_ins.end(db(), staff, number(chosen) or 0, by=actor(), at=now())
    else:
        sign_ins.end_all(db(), staff, by=actor(), at=now(), but=current_user.sign_in)
    db().commit()
    flash(
        _("Connexion fermée : il faudra le mot de passe pour revenir.")
        if chosen
        else _("Vos autres connexions sont fermées.")
    )
    return redirect(url_for("account.show", _anchor="t-devices"))


@bp.post("/code/preparer")
def prepare_code() -> ResponseReturnValue:
    """Choose a secret for the telephone, asked for nothing yet."""
    second_factor.prepare(db(), current_user.staff)
    db().commit()
    return redirect(url_for("account.code"))


@bp.get("/code")
def code() -> ResponseReturnValue:
    """Show the secret to be photographed, and ask for a first code."""
    return _code_page(None)


@bp.post("/code")
def confirm_code() -> ResponseReturnValue:
    """Ask for codes from now on; show the recovery codes, once."""
    staff, typed, spare = current_user.staff, request.form.get("code", "")[:40], []
    if second_factor.is_on(db(), staff.id):  # the page of the recovery codes, reloaded
        return redirect(url_for("account.show"))

    def confirm() -> None:
        spare.extend(second_factor.confirm(db(), staff, typed, key=_key(), by=actor(), at=now()))

    refusal = too_many("code") or attempt(confirm)
    if refusal is not None:
        return _code_page(refusal), 422
    _was_right()
    return render_template("second_factor_done.html", codes=spare)


@bp.post("/code/retirer")
def remove_code() -> ResponseReturnValue:
    """Ask for no code any more, from somebody who gives their password again."""
    staff, typed = current_user.staff, request.form.get("password", "")[:1000]

    def remove() -> None:
        if not people.verifies(staff, typed):
            raise InvalidFields({"password": accounts.WRONG_PASSWORD})
        second_factor.remove(db(), staff, by=actor(), at=now())

    refusal = too_many("password") or attempt(remove)
    if refusal is not None:
        return _page(refusal), 422
    _was_right()
    flash(
        _("Code retiré : activez-le de nouveau avec votre téléphone.")
        if _lacks_code()
        else _("Le mot de passe suffit de nouveau.")
    )
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


def too_many(field: str = "old") -> InvalidFields | None:
    """Count a try of one's own password or code; return the refusal when there were too many."""
    minutes = counted(current_user.staff.login, kind=tries.ACCOUNT)
    return InvalidFields({field: TOO_MANY.filled(minutes=minutes)}) if minutes else None


def _was_right() -> None:
    tries.succeeded(db(), current_user.staff.login, request.remote_addr or "", kind=tries.ACCOUNT)
    db().commit()


def _key() -> str:
    return current_app.config["SECRET_KEY"]


def _code_page(refusal: InvalidFields | None) -> ResponseReturnValue:
    staff = current_user.staff
    factor = second_factor.of(db(), staff.id)
    if factor is None or factor.confirmed_at is not None:
        return redirect(url_for("account.show"))
    square = segno.make(
        second_factor.address(factor, _key(), login=staff.login, town=place().name), error="m"
    )
    secret = second_factor.secret(factor, _key())
    return render_template(
        "second_factor.html",
        square=square.svg_data_uri(scale=4, border=4, light="white"),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        faults_found=refusal.faults if refusal else {},
    )


def _page(refusal: InvalidFields | None) -> str:
    zone = place().calendar.timezone
    return render_template(
        "account.html",
        faults_found=refusal.faults if refusal else {},
        shortest=SHORTEST_PASSWORD,
        factor=second_factor.of(db(), actor().id or 0),
        lacks_code=_lacks_code(),
        is_asked=_is_asked(),
        devices=[
            (one, moment(one.since, zone, today()), moment(one.seen_at, zone, today()))
            for one in sign_ins.of_person(db(), current_user.staff, at=now())
        ],
        kept=[
            (form, moment(form.kept_at, zone, today()))
            for form in kept_forms.of_person(db(), actor(), at=now())
        ],
    )
