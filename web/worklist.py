"""My worklist: most urgent first, the next thing to do named."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.language import Text
from casetrack.oversight import worklists
from web import navigation
from web.current import actor, db, numbers, today

bp = Blueprint("worklist", __name__)

REPLACING = Text("Je remplace {names}", "I replace {names}")


@bp.get("/")
def show() -> ResponseReturnValue:
    """Show a page of one of the lists of this person."""
    known = worklists.views(actor())
    holding = (name for name in known if navigation.work().get(name))
    elsewhere = next(name for name in known if name not in worklists.IN_THE_PARAPHEUR)
    view = request.args.get("vue") or next(holding, elsewhere)
    if view in worklists.IN_THE_PARAPHEUR and view in known:
        return redirect(url_for("parapheur.show"))
    if view not in known:
        return redirect(url_for("worklist.show"))
    after, whose = request.args.get("apres"), _whose()
    narrowed = [worklists.of_officer(whose)] if whose is not None and view == "service" else []
    page = worklists.worklist(db(), actor(), view, *narrowed, today=today(), after=after)
    return render_template(
        "worklist.html",
        page=page,
        view=view,
        views=[(name, _tab(name)) for name in known if name not in worklists.IN_THE_PARAPHEUR],
        whose=whose if narrowed else None,
        group_names=worklists.GROUPS,
        is_first=after is None,
        week_ends=today() + worklists.THIS_WEEK,
    )


def _tab(view: str) -> Text:
    """Return what the tab of a list says: that of a replacement names who is away."""
    if view != "replacing":
        return worklists.VIEWS[view]
    names = ", ".join(person.name for person in actor().replaces)
    return Text(REPLACING.fr.format(names=names), REPLACING.en.format(names=names))


def _whose() -> int | None:
    """Return the officer to whom the list of a service is narrowed, 0 for nobody; None for everybody."""
    return next(iter(numbers(request.args.getlist("agent")[:1])), None)
