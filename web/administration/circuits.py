"""The published workflows; a new version is published from its files, the town's own words from `wording`."""

from flask import render_template

from casetrack.database.tables import WorkflowVersion
from casetrack.oversight import circuits
from web.administration import bp
from web.administration.form import found
from web.current import actor, db, place


@bp.get("/circuits")
def all_circuits() -> str:
    """Show every published version, with its open cases."""
    return render_template(
        "circuits.html", versions=circuits.versions(db(), actor()), day_of=place().calendar.day_of
    )


@bp.get("/circuits/<int:number>")
def circuit(number: int) -> str:
    """Show one version: what was proved, its actions, its deadlines, its reasons, its messages."""
    row = found(WorkflowVersion, number)
    return render_template("circuit.html", circuit=circuits.circuit(db(), row.id))


@bp.get("/circuits/<int:number>/messages/<name>")
def message(number: int, name: str) -> str:
    """Show what a citizen receives when everything is known, and when almost nothing is."""
    row = found(WorkflowVersion, number)
    shown = circuits.circuit(db(), row.id)
    return render_template(
        "circuit_message.html",
        circuit=shown,
        name=name,
        previews=circuits.previews(shown.definition, name),
        texts=circuits.texts(shown.definition, name),
    )
