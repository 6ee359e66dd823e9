"""What the mediator and the evaluation unit asked of the services: questions, recommendations, and their dates."""

from flask import Blueprint, render_template, request

from casetrack.language import Text
from casetrack.oversight import follow_up
from web.current import actor, db, today

bp = Blueprint("follow_up", __name__)

TITLES = {
    "question": Text("Questions aux services", "Questions to the services"),
    "recommendation": Text("Recommandations", "Recommendations"),
}
TABS = {
    follow_up.READ: Text("À lire", "To be read"),
    follow_up.WAITED: Text("Attendues du service", "Waiting for the service"),
    follow_up.CLOSED: Text("Closes", "Closed"),
}


@bp.get("/questions", defaults={"kind": "question"})
@bp.get("/recommandations", defaults={"kind": "recommendation"})
def show(kind: str) -> str:
    """Show a page of the questions, or of the recommendations, that this person may read."""
    chosen = {name: request.args[name] for name in ("etat", "service") if request.args.get(name)}
    page = follow_up.follow_up(
        db(),
        actor(),
        kind,
        today=today(),
        tab=request.args.get("onglet", ""),
        service=chosen.get("service", ""),
        state=chosen.get("etat", ""),
        after=request.args.get("apres"),
    )
    return render_template(
        "follow_up.html", page=page, kind=kind, title=TITLES[kind], tabs=TABS, chosen=chosen
    )
