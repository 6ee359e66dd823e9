"""The queue of the mediator and of the evaluation unit."""

from flask import Blueprint, render_template, request

from casetrack.oversight import dysfunctions
from web.current import actor, db, today

bp = Blueprint("dysfunctions", __name__)


@bp.get("/dysfonctionnements")
def show() -> str:
    """Show the open dysfunctions that meet the filters, each filter a link."""
    chosen = {name: request.args[name] for name in dysfunctions.FACETS if request.args.get(name)}
    after = request.args.get("apres")
    queue = dysfunctions.queue(db(), actor(), today=today(), chosen=chosen, after=after)
    return render_template("dysfunctions.html", queue=queue, chosen=chosen, names=dysfunctions.FACETS)
