"""Correct who wrote a letter, or say who did: a misspelt address would otherwise stay on every envelope."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.correspondence import citizens
from casetrack.database.tables import Case
from casetrack.engine.permission import may_add
from casetrack.errors import InvalidFields, InvalidInput, NotFound
from casetrack.language import Text
from casetrack.oversight import cases, search_index
from casetrack.workflow import by_id
from web.administration.form import Asked, attempt, inputs
from web.current import actor, db, now, trace
from web.words import _

bp = Blueprint("senders", __name__, url_prefix="/dossiers/<reference>/expediteur")

ASKED = [
    Asked("civility", Text("Civilité", "Title"), kind="choice", options=[("Mme", "Mme"), ("M.", "M.")]),
    Asked("given_name", Text("Prénom", "Given name")),
    Asked("family_name", Text("Nom", "Family name")),
    Asked("organisation", Text("Organisation", "Organisation")),
    Asked("street", Text("N° et rue", "Number and street")),
    Asked("postcode", Text("Code postal", "Postcode")),
    Asked("town", Text("Commune", "Town")),
    Asked("email", Text("Courriel", "E-mail")),
    Asked("telephone", Text("Téléphone", "Telephone")),
    Asked(
        "language",
        Text("Langue des réponses", "Language of the answers"),
        kind="choice",
        options=[("fr", Text("Français", "French")), ("en", Text("Anglais", "English"))],
        required=True,
    ),
]


@bp.get("")
def show(reference: str) -> str:
    """Show what is known of the sender, to be corrected."""
    case = _case(reference)
    known = (
        {name: getattr(case.citizen, name) for name in (*citizens.CORRECTED, "prefers_post")}
        if case.citizen
        else {}
    )
    return _form(case, {"language": "fr", **known})


@bp.post("")
def save(reference: str) -> ResponseReturnValue:
    """Correct it; refused, show the form again with every fault and what was typed."""
    case = _case(reference)

    def correct() -> None:
        citizens.correct(db(), case, request.form.to_dict(), by=actor(), at=now())
        search_index.index_case(db(), case)

    refusal = attempt(correct)
    if refusal is not None:
        return _form(_case(reference), request.form, refusal), 422
    flash(_("Expéditeur corrigé : les lettres qui attendent partiront à cette adresse."))
    return redirect(url_for("case.show", reference=reference))


def _case(reference: str) -> Case:
    """Return the case whose sender this person may correct; raise NotFound."""
    case = cases.find(db(), reference, actor())
    of_citizen = by_id(db(), case.workflow_id).addressed_to == "citizen"
    if not of_citizen or not may_add(db(), case, actor(), "document"):
        raise NotFound
    trace([case])
    return case


def _form(
    case: Case, typed: Mapping[str, object], refusal: InvalidFields | InvalidInput | None = None
) -> str:
    return render_template("sender.html", case=case, inputs=inputs(ASKED, typed, refusal), refusal=refusal,
                           prefers_post=bool(typed.get("prefers_post")))  # fmt: skip
