"""The dysfunctions of the mediator and of the evaluation unit: the lists, each one's facts, joining those that share a cause."""

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from casetrack.oversight import analysis, dysfunctions, grouping, missed
from web.current import actor, db, place, today, trace
from web.one_by_one import one_by_one

bp = Blueprint("dysfunctions", __name__, url_prefix="/dysfonctionnements")


@bp.get("")
def show() -> str:
    """Show the dysfunctions of a tab that meet the filters, each filter a link."""
    return _list()


@bp.get("/regrouper")
def check() -> ResponseReturnValue:
    """Show what would be joined to which, what is left out and why."""
    references = request.args.getlist("dossier")
    if len(set(references)) < 2:
        return _list(chosen=set(references), is_lacking=True), 422
    plan = _plan(references, request.args.get("principal", ""))
    return render_template("grouping_check.html", plan=plan), 200 if len(plan.members) > 1 else 422


@bp.post("/regrouper")
def do() -> ResponseReturnValue:
    """Join each to the main one, one act and one journal line each, and say what was done and what was refused."""
    seen = dict(zip(request.form.getlist("dossier"), request.form.getlist("version"), strict=False))
    plan = _plan([*seen, request.form.get("principal", "")], request.form.get("principal", ""))
    outcome = request.form.get("outcome", "")
    if plan.changes and outcome not in plan.reasons:
        return render_template("grouping_check.html", plan=plan, lacks_reason=True), 422
    if plan.main is None or not plan.changes:
        return render_template("grouping_check.html", plan=plan), 422
    fields = {"original": plan.main.id, "outcome": outcome}
    done, refused = one_by_one(plan.changes, seen, lambda _change: (dysfunctions.GROUP, fields))
    return render_template("grouping_done.html", plan=plan, done=done, refused=refused)


@bp.get("/<reference>")
def facts(reference: str) -> str:
    """Show what happened: the letters with their journal, and what happened in the same way."""
    found = analysis.facts(db(), actor(), reference, calendar=place().calendar, today=today())
    trace([found.case])
    return render_template("dysfunction_facts.html", found=found, case=found.case)


@bp.app_context_processor
def _on_a_case() -> dict[str, object]:
    """Let the page of a dysfunction say why it happened and whether it is mended."""
    return {
        "dysfunction_analysis": analysis.analysis,
        "what_was_missed": missed.what_was_missed,
        "sees_dysfunctions": lambda: dysfunctions.are_theirs(actor()),
    }


def _plan(references: Sequence[str], main: str) -> grouping.Plan:
    return grouping.plan(db(), actor(), [one for one in references if one], today=today(), main=main)


def _list(*, chosen: set[str] = frozenset(), is_lacking: bool = False) -> str:
    filters = {name: request.args[name] for name in dysfunctions.FACETS if request.args.get(name)}
    queue = dysfunctions.queue(
        db(),
        actor(),
        today=today(),
        chosen=filters,
        tab=request.args.get("onglet", ""),
        after=request.args.get("apres"),
    )
    return render_template(
        "dysfunctions.html",
        queue=queue,
        chosen=filters,
        names=dysfunctions.FACETS,
        tabs=dysfunctions.TABS,
        checked=chosen,
        is_lacking=is_lacking,
    )
