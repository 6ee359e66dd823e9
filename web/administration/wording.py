"""The town's own words: a text of a message, tried as one writes it; the choices of a list."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.database.tables import WorkflowVersion
from casetrack.errors import CaseTrackError, NotFound
from casetrack.language import Text
from casetrack.organisation import wording
from casetrack.oversight import circuits
from casetrack.workflow import Definition, by_id, in_force
from casetrack.workflow import wording as words
from web import resuming
from web.administration import bp
from web.administration.form import Asked, attempt, found, inputs
from web.current import actor, db, now
from web.words import _

LANGUAGES = {"fr": Text("Texte français", "French text"), "en": Text("Texte anglais", "English text")}


@bp.route("/circuits/<int:number>/messages/<name>/<part>", methods=["GET", "POST"])
def text(number: int, name: str, part: str) -> ResponseReturnValue:
    """Show a text of a message; try it, or publish it."""
    definition = _definition(number, name, part)
    if request.method == "GET":
        return _text(number, definition, name, part, wording.texts(definition, part))
    if "preview" in request.form or resuming.is_resumed():
        return _text(number, definition, name, part, request.form)
    row = []
    refusal = attempt(
        lambda: row.append(wording.publish_text(db(), number, part, request.form, by=actor(), at=now()).id)
    )
    if refusal is not None:
        return _text(number, definition, name, part, request.form, refusal)
    flash(_("Texte publié : il sert aux prochains dossiers, les dossiers ouverts gardent l'ancien."))
    return redirect(url_for("administration.message", number=row[0], name=name))


@bp.route("/circuits/<int:number>/listes/<name>", methods=["GET", "POST"])
def choices(number: int, name: str) -> ResponseReturnValue:
    """Show the choices of a list; change, add or take some away."""
    definition = by_id(db(), found(WorkflowVersion, number).id)
    if request.method == "GET" or resuming.is_resumed():
        return _choices(number, definition, name, request.form)
    row = []
    refusal = attempt(
        lambda: row.append(wording.publish_choices(db(), number, name, request.form, by=actor(), at=now()).id)
    )
    if refusal is not None:
        return _choices(number, definition, name, request.form, refusal)
    flash(_("Liste publiée : elle sert aux prochains dossiers, les dossiers ouverts gardent l'ancienne."))
    return redirect(url_for("administration.circuit", number=row[0], _anchor="t-reasons"))


def _definition(number: int, name: str, part: str) -> Definition:
    definition = by_id(db(), found(WorkflowVersion, number).id)
    if part not in words.parts(definition, name):
        raise NotFound
    return definition


def _text(
    number: int,
    definition: Definition,
    name: str,
    part: str,
    typed: Mapping[str, str],
    refusal: CaseTrackError | None = None,
) -> ResponseReturnValue:
    worded, faults = wording.tried(definition, part, typed)
    asked = [
        Asked(language, LANGUAGES[language], kind="text", required=True)
        for language in wording.texts(definition, part)
    ]
    page = render_template(
        "circuit_text.html",
        number=number,
        definition=definition,
        name=name,
        part=part,
        serves=words.messages_with(definition, part),
        may_publish=in_force(db(), number),
        inputs=inputs(asked, typed, refusal),
        refusal=refusal,
        faults=faults,
        previews=[] if faults else circuits.previews(worded, name),
        merge_fields=circuits.merge_fields(definition, name),
    )
    return page, 422 if refusal else 200


def _choices(
    number: int,
    definition: Definition,
    name: str,
    typed: Mapping[str, str],
    refusal: CaseTrackError | None = None,
) -> ResponseReturnValue:
    page = render_template(
        "circuit_choices.html",
        number=number,
        definition=definition,
        title=circuits.offered_by(definition, name),
        choices=wording.typed_choices(definition, name, typed),
        added=wording.NEW,
        may_publish=in_force(db(), number),
        refusal=refusal,
    )
    return page, 422 if refusal else 200
