"""The published workflows: read, never edited here; a new version is published from its files."""

from flask import render_template

from casetrack.database.tables import WorkflowVersion
from casetrack.oversight import circuits
from web.administration import bp
from web.administration.form import found
from web.current import actor, db


@bp.get("/circuits")
def all_circuits() -> str:
    """Show every published version, with its open cases."""
    return render_template("circuits.html", versions=circuits.versions(db(), actor()))


@bp.get("/circuits/<int:number>")
def circuit(number: int) -> str:
    """Show one version: what was proved, its actions, its deadlines, its reasons, its messages."""
    return render_template("circuit.html", circuit=circuits.circuit(db(), found(WorkflowVersion, number).id))


@bp.get("/circuits/<int:number>/messages/<name>")
def message(number: int, name: str) -> str:
    """Show what a citizen receives when everything is known, and when almost nothing is."""
    shown = circuits.circuit(db(), found(WorkflowVersion, number).id)
    return render_template(
        "circuit_message.html",
        circuit=shown,
        name=name,
        previews=circuits.previews(shown.definition, name),
        files={file: text for file, text in shown.definition.messages.items() if file.startswith(f"{name}.")},
    )
