"""The tree of services: add, rename, move, close, open again."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.database.tables import Service
from casetrack.errors import CaseTrackError
from casetrack.language import Text
from casetrack.organisation import services
from web.administration import bp
from web.administration.form import Asked, attempt, found, inputs, mark, seen, service_options, values_of
from web.current import actor, db, now
from web.words import _

CODE = Asked(
    "code",
    Text("Code", "Code"),
    help=Text(
        "Capitales et chiffres, court\u00a0: VOI. Il ne change plus ensuite.",
        "Capitals and figures, short: VOI. It does not change afterwards.",
    ),
    required=True,
)


@bp.get("")
def show() -> str:
    """Show the tree, with what is open in each service."""
    return render_template(
        "services.html", tree=services.tree(db()).in_order(), counts=services.open_cases(db())
    )


@bp.route("/services/nouveau", methods=["GET", "POST"])
def add_service() -> ResponseReturnValue:
    """Add a service."""
    refusal = None
    if request.method == "POST":
        refusal = attempt(lambda: services.add(db(), request.form, by=actor(), at=now()))
        if refusal is None:
            flash(_("Service créé."))
            return redirect(url_for("administration.show"))
    return _form(None, request.form, refusal)


@bp.route("/services/<int:number>", methods=["GET", "POST"])
def service(number: int) -> ResponseReturnValue:
    """Show a service, and change it."""
    row = found(Service, number)
    if request.method == "GET":
        above = db().get(Service, row.parent_id) if row.parent_id else None
        return _form(row, {**values_of(row), "parent": above.code if above else ""})
    refusal = attempt(lambda: services.change(db(), row, request.form, by=actor(), at=now(), seen=seen()))
    if refusal is None:
        flash(_("Service modifié."))
        return redirect(url_for("administration.show"))
    return _form(row, request.form, refusal)


@bp.post("/services/<int:number>/ouverture")
def open_service(number: int) -> ResponseReturnValue:
    """Close a service, or open it again."""
    row = found(Service, number)
    change = services.close if request.form.get("close") else services.reopen
    refusal = attempt(lambda: change(db(), row, by=actor(), at=now()))
    if refusal is None:
        flash(_("Service fermé.") if request.form.get("close") else _("Service rouvert."))
        return redirect(url_for("administration.show"))
    above = db().get(Service, row.parent_id) if row.parent_id else None
    return _form(row, {**values_of(row), "parent": above.code if above else ""}, refusal)


def _form(
    row: Service | None, typed: Mapping[str, object], refusal: CaseTrackError | None = None
) -> ResponseReturnValue:
    above = service_options(services.tree(db()), row.parent_id if row else None)
    asked = [
        *([] if row else [CODE]),
        Asked("name", Text("Nom", "Name"), required=True),
        Asked("parent", Text("Rattaché à", "Under"), kind="choice", options=above),
        Asked("address", Text("Adresse", "Address")),
        Asked("telephone", Text("Téléphone", "Telephone")),
        Asked("email", Text("Courriel", "E-mail")),
    ]
    seen_as = mark(services.stamp(row)) if row else ""
    page = render_template(
        "service.html",
        service=row,
        seen=seen_as,
        inputs=inputs(asked, typed, refusal),
        refusal=refusal,
        uses=services.uses(db(), row, actor()) if row and refusal and refusal.code == "still_used" else None,
    )
    return page, 422 if refusal else 200
