"""The service of a head: who carries what, what comes, what was escalated."""

from flask import Blueprint, render_template, request

from casetrack.oversight import service_desk
from web.current import actor, db, number, place, today

bp = Blueprint("service_desk", __name__)


@bp.get("/service")
def show() -> str:
    """Show the service of this head, or one below it."""
    page = service_desk.page(
        db(),
        actor(),
        today=today(),
        calendar=place().calendar,
        service_id=number(request.args.get("service", "")),
    )
    return render_template("service_desk.html", page=page, today=today())
