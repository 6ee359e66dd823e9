"""My worklist: most urgent first, the next thing to do named."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.oversight import worklists
from web import navigation
from web.current import actor, db, today

bp = Blueprint("worklist", __name__)


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show a page of one of the lists of this person."""
    known = worklists.views(actor())
    holding = (name for name in known if navigation.work().get(name))
    view = request.args.get("vue") or next(holding, known[0])
    if view not in known:
        return redirect(url_for("worklist.show"))
    after = request.args.get("apres")
    page = worklists.worklist(db(), actor(), view, today=today(), after=after)
    return render_template(
        "worklist.html",
        page=page,
        view=view,
        views=[(name, worklists.VIEWS[name]) for name in known],
        group_names=worklists.GROUPS,
        is_first=after is None,
        week_ends=today() + worklists.THIS_WEEK,
    )
