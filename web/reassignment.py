"""Giving many cases to somebody else: choose, check, do; each case is one act, with its own journal line."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from casetrack.oversight import reassignment
from web.current import actor, db, number, today
from web.one_by_one import one_by_one

bp = Blueprint("reassignment", __name__, url_prefix="/service/reaffectation")


@bp.get("")
def choose() -> str:
    """Show the cases that may be given, one officer's or all, with a box for each."""
    return _choice()


@bp.get("/apercu")
def check() -> ResponseReturnValue:
    """Show what will change, what is left out and why."""
    references, officer_id = request.args.getlist("dossier"), number(request.args.get("vers", ""))
    if not references or not officer_id:
        return _choice(lacking=True), 422
    plan = reassignment.plan(db(), actor(), references, officer_id, today=today())
    return render_template("reassignment_check.html", plan=plan)


@bp.post("")
def do() -> str:
    """Do one act for each case, and say what was done and what was refused."""
    officer_id = number(request.form.get("vers", "")) or 0
    seen = dict(zip(request.form.getlist("dossier"), request.form.getlist("version"), strict=False))
    plan = reassignment.plan(db(), actor(), list(seen), officer_id, today=today())
    why = {"reason": request.form.get("motif", "")}
    done, refused = one_by_one(
        plan.changes,
        seen,
        lambda change: (change.action, {**change.fields, **(why if change.action == "transfer" else {})}),
    )
    return render_template("reassignment_done.html", plan=plan, done=done, refused=refused)


def _choice(*, lacking: bool = False) -> str:
    officer_id, after = number(request.args.get("de", "")), request.args.get("apres")
    page = reassignment.choice(db(), actor(), today=today(), officer_id=officer_id, after=after)
    return render_template(
        "reassignment.html",
        page=page,
        officers=reassignment.receivers(db(), actor()),
        officer_id=officer_id,
        chosen={line.reference for line in page.lines}
        if "tout" in request.args
        else set(request.args.getlist("dossier")),
        to=request.args.get("vers", ""),
        lacking=lacking,
    )
