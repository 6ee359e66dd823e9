"""Subjects: the service, the legal delay, what silence means, the words that announce them."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.database.tables import Subject
from casetrack.errors import CaseTrackError
from casetrack.language import Text
from casetrack.organisation import changes, services, subjects
from casetrack.oversight import circuits
from casetrack.oversight.cases import CONFIDENTIALITY
from web.administration import bp
from web.administration.form import Asked, attempt, found, inputs, mark, seen, service_options, values_of
from web.current import actor, db, language, now
from web.words import _

CODE = Asked(
    "code",
    Text("Code", "Code"),
    help=Text(
        "Minuscules et tirets\u00a0: permis-construire. Il ne change plus ensuite.",
        "Small letters and hyphens: building-permit. It does not change afterwards.",
    ),
    required=True,
)
PERIOD = Text(
    "Par exemple\u00a0: 2 mois, 2 mois francs, 15 jours, 10 jours ouvrés.",
    "For example: 2 months, 2 months franc, 15 days, 10 working days.",
)
NEW = {"silence_mode": "rejection", "silence_delay": "2 months", "workflow": "letter", "is_active": "true",
       "confidentiality": "0"}  # fmt: skip


@bp.get("/sujets")
def all_subjects() -> str:
    """Show every subject."""
    return render_template("subjects.html", subjects=subjects.every(db()))


@bp.route("/sujets/nouveau", methods=["GET", "POST"])
def add_subject() -> ResponseReturnValue:
    """Add a subject."""
    if request.method == "GET":
        return _form(None, NEW | _periods(NEW))
    refusal = attempt(lambda: subjects.add(db(), request.form, by=actor(), at=now()))
    if refusal is not None:
        return _form(None, request.form, refusal)
    flash(_("Sujet créé."))
    return redirect(url_for("administration.all_subjects"))


@bp.route("/sujets/<int:number>", methods=["GET", "POST"])
def subject(number: int) -> ResponseReturnValue:
    """Show a subject, and change it for the letters to come."""
    row = found(Subject, number)
    if request.method == "GET":
        typed = values_of(row)
        return _form(row, typed | _periods(typed))
    refusal = attempt(lambda: subjects.change(db(), row, request.form, by=actor(), at=now(), seen=seen()))
    if refusal is not None:
        return _form(row, request.form, refusal)
    flash(_("Sujet modifié : les lettres déjà enregistrées gardent leurs dates."))
    return redirect(url_for("administration.all_subjects"))


def _periods(values: Mapping[str, str]) -> dict[str, str]:
    return {name: subjects.period_in(language(), values.get(name, "")) for name in subjects.PERIODS}


def _form(
    row: Subject | None, typed: Mapping[str, object], refusal: CaseTrackError | None = None
) -> ResponseReturnValue:
    workflows = {
        version.key: version.label for version in circuits.versions(db(), actor()) if version.in_force
    }
    tree = services.tree(db())
    if "service_id" in typed:  # as the row says it, not yet as the form does
        home = tree.nodes.get(typed["service_id"])
        typed = {**typed, "service": home.code if home else ""}
    asked = [
        *([] if row else [CODE]),
        Asked("label", Text("Libellé", "Label"), required=True),
        Asked("label_en", Text("Libellé anglais", "English label"), required=True),
        Asked("service", Text("Service", "Service"), kind="choice", options=service_options(tree, row.service_id if row else None),
              help=Text("Celui que l'accueil se verra proposer.", "The one that the front desk is offered.")),
        Asked("workflow", Text("Circuit", "Workflow"), kind="choice", options=list(workflows.items()), required=True),
        Asked("silence_mode", Text("Le silence de la Ville", "The town's silence"), kind="choice", required=True,
              options=list(changes.SILENCES.items()),
              help=Text("CRPA, art. L231-1 et L231-4.", "CRPA, art. L231-1 and L231-4.")),
        Asked("silence_delay", Text("Au bout de", "After"), help=Text(
            "Vide\u00a0: le délai du circuit. " + PERIOD.fr, "Empty: the workflow's. " + PERIOD.en)),
        Asked("answer_delay", Text("Délai de réponse promis", "Promised period to answer"), help=Text(
            "Vide\u00a0: celui du circuit. " + PERIOD.fr, "Empty: the workflow's. " + PERIOD.en)),
        Asked("confidentiality", Text("Confidentialité", "Confidentiality"), kind="choice", required=True,
              options=[(str(level), text) for level, text in CONFIDENTIALITY.items()]),
        Asked("keywords", Text("Mots-clés", "Keywords"), help=Text(
            "Séparés par des virgules\u00a0; ils proposent ce sujet d'après l'objet du courrier.",
            "With commas between; they propose this subject from the title of a letter.")),
        Asked("is_active", Text("Proposé à l'enregistrement", "Offered when a letter is registered"), kind="boolean"),
    ]  # fmt: skip
    seen_as = mark(subjects.stamp(row)) if row else ""
    page = render_template(
        "subject.html", subject=row, seen=seen_as, inputs=inputs(asked, typed, refusal), refusal=refusal
    )
    return page, 422 if refusal else 200
