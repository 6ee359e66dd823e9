"""The print run: letters to print, to put in envelopes and to mark as posted; messages in doubt."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.correspondence import outbox, print_run
from casetrack.engine import sends
from casetrack.errors import NotFound
from casetrack.spelling import typeset
from web.current import actor, db, now, numbers, person, place, trace
from web.words import plural

bp = Blueprint("print_run", __name__, url_prefix="/tirage")

MOST_UNDONE = 300
"""Letters that the next page offers to take back."""


@bp.app_context_processor
def _frame() -> dict[str, object]:
    """Let every page offer the print run to those who send."""
    return {"may_send": lambda: bool(person()) and sends(actor())}


bp.app_template_filter("dated")(print_run.dated)
bp.app_template_filter("printed")(typeset)


@bp.get("")
def show() -> str:
    """Show the letters that wait and the messages whose sending is uncertain."""
    return _page(ticked=request.args.get("cocher") != "rien")


def _page(*, ticked: bool, refused: bool = False) -> str:
    waiting, doubts = print_run.waiting(db(), by=actor()), outbox.in_doubt(db(), by=actor())
    trace(letter.case for letter in waiting)
    trace(case for _message, case in doubts)
    return render_template(
        "print_run.html",
        letters=waiting,
        doubts=doubts,
        posted=numbers(request.args.get("postes", "").split(",")),
        title_of=print_run.title_of,
        ticked=ticked,
        refused=refused,
    )


@bp.get("/imprimer")
def letters() -> ResponseReturnValue:
    """Show the letters chosen, one to a printed page; all of them when nobody was asked to choose."""
    chosen = request.args.getlist("message")
    if "choix" in request.args and not chosen:
        return _page(ticked=False, refused=True), 422
    waiting = print_run.waiting(db(), by=actor())
    wanted = [letter for letter in waiting if not chosen or str(letter.message.id) in chosen]
    trace(letter.case for letter in wanted)
    return render_template("letters.html", sheets=print_run.print_sheet(wanted), place=place(), back=None)


@bp.post("/postes")
def mark_posted() -> ResponseReturnValue:
    """Record that the letters chosen were posted."""
    ids = _chosen()
    if not ids:
        return _page(ticked=False, refused=True), 422
    count = print_run.mark_posted(db(), ids, by=actor(), at=now())
    db().commit()
    flash(plural("%(num)d lettre marquée comme postée.", "%(num)d lettres marquées comme postées.", count))
    # Beyond that, the address would be longer than servers between here and the browser let through.
    to_undo = ",".join(map(str, ids)) if count and len(ids) <= MOST_UNDONE else None
    return redirect(url_for("print_run.show", postes=to_undo))


@bp.post("/annuler")
def undo() -> ResponseReturnValue:
    """Take back what this person marked as posted today."""
    count = print_run.undo_posted(db(), _chosen(), by=actor(), at=now())
    db().commit()
    flash(plural("%(num)d lettre attend de nouveau.", "%(num)d lettres attendent de nouveau.", count))
    return redirect(url_for("print_run.show"))


@bp.post("/doutes/<int:message_id>")
def resolve(message_id: int) -> ResponseReturnValue:
    """Record whether a message in doubt had left, or must leave again."""
    doubtful = {message.id: message for message, _ in outbox.in_doubt(db(), by=actor())}
    if message_id not in doubtful:
        raise NotFound
    outbox.resolve_doubt(
        db(), doubtful[message_id], sent=request.form.get("sent") == "yes", by=actor(), at=now()
    )
    db().commit()
    return redirect(url_for("print_run.show"))


def _chosen() -> list[int]:
    return numbers(request.form.getlist("message"))
