"""Models of answers: their text, tried on a case where everything is known and on one where almost nothing is."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.database.tables import AnswerModel, Subject
from casetrack.errors import CaseTrackError
from casetrack.language import Text
from casetrack.organisation import answer_models, subjects
from web import resuming
from web.administration import bp
from web.administration.form import Asked, attempt, found, inputs, values_of
from web.current import actor, db, now
from web.forms import Option
from web.words import _

LABEL = Asked(
    "label",
    Text("Nom du modèle", "Name of the model"),
    help=Text("Ce que l'agent choisit dans la liste.", "What the officer chooses in the list."),
    required=True,
)
FRENCH = Asked(
    "body_fr",
    Text("Texte français", "French text"),
    kind="text",
    help=Text(
        "Sans formule d'appel, recours ni signature\u00a0: ils sont ajoutés à la lettre.",
        "Without salutation, remedies or signature: they are added to the letter.",
    ),
    required=True,
)
ENGLISH = Asked(
    "body_en",
    Text("Texte anglais", "English text"),
    kind="text",
    help=Text(
        "Pour les usagers qui ont choisi l'anglais\u00a0; vide, le texte français leur est proposé.",
        "For citizens who chose English; empty, the French text is offered.",
    ),
)
ACTIVE = Asked("is_active", Text("Proposé aux agents", "Offered to officers"), kind="boolean")


@bp.get("/modeles")
def all_answer_models() -> str:
    """Show every model."""
    return render_template("answer_models.html", models=answer_models.every(db()))


@bp.route("/modeles/nouveau", methods=["GET", "POST"])
def add_answer_model() -> ResponseReturnValue:
    """Add a model, or try it."""
    if request.method == "GET":
        return _form(None, {"is_active": "true"})
    if _only_tries():
        return _form(None, request.form)
    refusal = attempt(lambda: answer_models.add(db(), request.form, by=actor(), at=now()))
    if refusal is not None:
        return _form(None, request.form, refusal)
    flash(_("Modèle créé."))
    return redirect(url_for("administration.all_answer_models"))


@bp.route("/modeles/<int:number>", methods=["GET", "POST"])
def answer_model(number: int) -> ResponseReturnValue:
    """Show a model; change it or try it."""
    row = found(AnswerModel, number)
    if request.method == "GET":
        subject = db().get(Subject, row.subject_id) if row.subject_id else None
        return _form(row, {**values_of(row), "subject": subject.code if subject else ""})
    if _only_tries():
        return _form(row, request.form)
    refusal = attempt(lambda: answer_models.change(db(), row, request.form, by=actor(), at=now()))
    if refusal is not None:
        return _form(row, request.form, refusal)
    flash(_("Modèle modifié : les projets déjà commencés restent comme ils sont."))
    return redirect(url_for("administration.all_answer_models"))


def _only_tries() -> bool:
    return "preview" in request.form or resuming.is_resumed()


def _form(
    row: AnswerModel | None, typed: Mapping[str, object], refusal: CaseTrackError | None = None
) -> ResponseReturnValue:
    asked = [LABEL, Asked("subject", Text("Sujet", "Subject"), kind="choice", options=_subjects(),
                          help=Text("Vide\u00a0: proposé pour tous les sujets.", "Empty: offered for every subject.")),
             FRENCH, ENGLISH, ACTIVE]  # fmt: skip
    page = render_template(
        "answer_model.html",
        model=row,
        inputs=inputs(asked, typed, refusal),
        refusal=refusal,
        previews=answer_models.previews(typed),
        merge_fields=answer_models.merge_fields(),
    )
    return page, 422 if refusal else 200


def _subjects() -> list[Option]:
    return [(row.code, Text(row.label, row.label_en or row.label)) for row in subjects.active(db())]
