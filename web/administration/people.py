"""People: their account, their roles, a password to use once, and how an account closes."""

import secrets
from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.database.tables import ROLES, Staff
from casetrack.errors import CaseTrackError
from casetrack.language import Text
from casetrack.organisation import absences, accounts, second_factor, services, sign_ins
from casetrack.spelling import COPIED_BY_HAND
from web.administration import bp
from web.administration.form import (
    Asked,
    attempt,
    found,
    inputs,
    mark,
    seen,
    service_options,
    values_of,
)
from web.current import actor, db, now, today
from web.words import _

LOGIN = Asked(
    "login",
    Text("Identifiant", "Login"),
    help=Text(
        "Minuscules, sans accent ni espace\u00a0: a.martin. Il ne change plus ensuite.",
        "Small letters, without accent or space: a.martin. It does not change afterwards.",
    ),
    required=True,
)
LANGUAGES = [("fr", Text("Français", "French")), ("en", Text("Anglais", "English"))]


@bp.get("/personnes")
def people() -> str:
    """Show everybody, or those whose name, login or service was typed."""
    search = request.args.get("q", "").strip()[:100]
    return render_template("people.html", people=accounts.everybody(db(), search), search=search)


@bp.route("/personnes/nouvelle", methods=["GET", "POST"])
def add_person() -> ResponseReturnValue:
    """Add an account, then show its first password once."""
    if request.method == "GET":
        return _form(None, {"language": "fr"})
    password, made = _password(), []

    def add() -> None:
        made.append(accounts.add(db(), request.form, _roles(), by=actor(), at=now()))
        accounts.give_password(db(), made[0], password, by=actor(), at=now())

    refusal = attempt(add)
    if refusal is not None:
        return _form(None, request.form, refusal)
    return render_template("password.html", staff=made[0], password=password, is_new=True)


@bp.route("/personnes/<int:number>", methods=["GET", "POST"])
def account(number: int) -> ResponseReturnValue:
    """Show an account, and change it."""
    if request.method == "GET":
        return _known(_account(number))
    staff, roles = found(Staff, number), _roles()
    refusal = attempt(
        lambda: accounts.change(db(), staff, request.form, roles, by=actor(), at=now(), seen=seen())
    )
    if refusal is None:
        flash(_("Compte modifié."))
        return redirect(url_for("administration.account", number=number))
    return _form(_account(number), request.form, refusal)


@bp.post("/personnes/<int:number>/ouverture")
def open_account(number: int) -> ResponseReturnValue:
    """Close an account, or open it again; refused, say who must do what first."""
    staff = found(Staff, number)
    if request.form.get("close"):
        refusal = attempt(lambda: accounts.close(db(), staff, by=actor(), at=now(), on=today()))
    else:
        refusal = attempt(lambda: accounts.reopen(db(), staff, by=actor(), at=now()))
    if refusal is not None:
        return _known(_account(number), refusal)
    flash(
        _("Compte fermé.") if request.form.get("close") else _("Compte rouvert : donnez-lui un mot de passe.")
    )
    return redirect(url_for("administration.account", number=number))


@bp.post("/personnes/<int:number>/mot-de-passe")
def give_password(number: int) -> ResponseReturnValue:
    """Give a password to use once, and show it on this page only."""
    staff, password = found(Staff, number), _password()
    refusal = attempt(lambda: accounts.give_password(db(), staff, password, by=actor(), at=now()))
    if refusal is not None:
        return _known(_account(number), refusal)
    return render_template("password.html", staff=staff, password=password, is_new=False)


@bp.post("/personnes/<int:number>/connexions")
def end_sign_ins(number: int) -> ResponseReturnValue:
    """End every sign-in of a person: a telephone was lost, somebody left."""
    sign_ins.end_all(db(), found(Staff, number), by=actor(), at=now())
    db().commit()
    flash(_("Connexions fermées."))
    return redirect(url_for("administration.account", number=number))


@bp.post("/personnes/<int:number>/code/retirer")
def remove_code(number: int) -> ResponseReturnValue:
    """Ask a person who lost their telephone for no code any more."""
    second_factor.remove(db(), found(Staff, number), by=actor(), at=now())
    db().commit()
    flash(_("Code du téléphone retiré : le mot de passe suffit de nouveau."))
    return redirect(url_for("administration.account", number=number))


def _password() -> str:
    return "-".join("".join(secrets.choice(COPIED_BY_HAND) for _letter in range(5)) for _group in range(3))


def _roles() -> set[accounts.Role]:
    """Return the roles left ticked, and the one added."""
    kept = {tuple(role.partition(":")[::2]) for role in request.form.getlist("role")}
    if added := request.form.get("new_role"):
        kept.add((added, request.form.get("new_role_service", "") if added in accounts.OF_A_SERVICE else ""))
    return kept


def _account(number: int) -> accounts.Known:
    return accounts.known(db(), number, at=now())


def _known(known: accounts.Known, refusal: CaseTrackError | None = None) -> ResponseReturnValue:
    return _form(known, values_of(known.staff), refusal)


def _form(
    known: accounts.Known | None, typed: Mapping[str, object], refusal: CaseTrackError | None = None
) -> ResponseReturnValue:
    staff = known.staff if known else None
    tree, heads = services.tree_with_heads(db())
    if "service_id" in typed:  # as the row says it, not yet as the form does
        home = tree.nodes.get(typed["service_id"])
        typed = {**typed, "service": home.code if home else ""}
    of_services = service_options(tree)
    homes = service_options(tree, staff.service_id if staff else None)
    names = {node.code: node.name for node in tree.nodes.values()}
    asked = [
        *([] if staff else [LOGIN]),
        Asked("given_name", Text("Prénom", "Given name"), required=True),
        Asked("family_name", Text("Nom", "Family name"), required=True),
        Asked("title", Text("Fonction", "Title"), required=True, help=Text(
            "Elle figure sur les lettres (CRPA, art. L111-2).", "It stands on letters (CRPA, art. L111-2).")),
        Asked("service", Text("Service", "Service"), kind="choice", options=homes),
        Asked("email", Text("Courriel", "E-mail")),
        Asked("telephone", Text("Téléphone", "Telephone")),
        Asked("language", Text("Langue", "Language"), kind="choice", options=LANGUAGES, required=True),
    ]  # fmt: skip
    added = [
        Asked("new_role", Text("Ajouter un rôle", "Add a role"), kind="choice",
              options=[(role, accounts.ROLE_NAMES[role]) for role in ROLES]),
        Asked("new_role_service", Text("Dans le service", "In the service"), kind="choice", options=of_services,
              help=Text("Pour un agent, un responsable ou un signataire.", "For an officer, a head or a signatory.")),
    ]  # fmt: skip
    ticked = (
        request.form.getlist("role") if request.method == "POST" and "given_name" in request.form else None
    )
    # A role that somebody else gave meanwhile was not on the form: it stays, unless it is taken away now.
    shown = request.form.getlist("shown")
    page = render_template(
        "person.html",
        staff=staff,
        inputs=inputs(asked, typed, refusal),
        added=inputs(added, request.form, refusal),
        roles=[
            (
                f"{role}:{code}",
                accounts.ROLE_NAMES[role],
                names.get(code, code),
                ticked is None or f"{role}:{code}" in ticked or f"{role}:{code}" not in shown,
            )
            for role, code in (known.roles if known else [])
        ],
        known=known,
        seen=mark(accounts.stamp(known.staff, known.roles)) if known else "",
        replaced=absences.replaced_by(db(), staff, on=today())
        if staff and refusal and refusal.code == "still_replaces"
        else [],
        held=accounts.held_by(db(), staff, actor(), tree, heads) if staff and staff.is_active else [],
        refusal=refusal,
    )
    return page, 422 if refusal else 200
