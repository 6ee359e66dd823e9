"""The pile: many scans put down at once, then registered one after the other."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.correspondence import pile
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight import front_desk
from casetrack.oversight.dates import moment
from web import documents as received_documents
from web.current import actor, db, now, place, today
from web.words import plural, said

bp = Blueprint("pile", __name__, url_prefix="/courriers/lot")

ALREADY = Text("«\u00a0{name}\u00a0» attend déjà dans la pile.", "“{name}” is waiting in the pile already.")
ASIDE = Text("«\u00a0{name}\u00a0» est mis de côté.", "“{name}” is set aside.")
REMOVED = Text("«\u00a0{name}\u00a0» est retiré de la pile.", "“{name}” is removed from the pile.")
BACK = Text("«\u00a0{name}\u00a0» attend de nouveau.", "“{name}” is waiting again.")
NOTHING_LEFT = Text("Plus aucun pli n'attend.", "No letter is waiting any more.")
DECISIONS = {
    "ecarter": (pile.set_aside, ASIDE),
    "retirer": (pile.remove, REMOVED),
    "remettre": (pile.put_back, BACK),
}


@bp.get("")
def show() -> str:
    """Show what waits to be registered."""
    return _page()


@bp.post("")
def add() -> ResponseReturnValue:
    """Put documents on the pile, in the store at once; say which could not be, and keep the others."""
    kept, faults = received_documents.received()
    added = 0
    for one in kept:
        if pile.put(db(), one, by=actor(), at=now()):
            added += 1
        else:
            faults.append(ALREADY.filled(name=one.name))
    db().commit()
    received_documents.draw(kept)
    if not kept:
        faults = faults or [received_documents.NOTHING_CHOSEN]
    if "alone" in request.form:
        return render_template(
            "pile_added.html", kept=kept if added else [], faults=faults
        ), 422 if faults else 200
    if faults:
        return _page(faults), 422
    flash(plural("%(num)d pli ajouté à la pile.", "%(num)d plis ajoutés à la pile.", added))
    return redirect(url_for("pile.show"))


@bp.post("/suivant")
def go_on() -> ResponseReturnValue:
    """Open the next scan that waits beside an empty form."""
    number = pile.open_next(db(), by=actor(), at=now())
    db().commit()
    return to_form(number)


@bp.post("/<int:number>/ouvrir")
def take(number: int) -> ResponseReturnValue:
    """Open this scan beside an empty form."""
    pile.open_one(db(), pile.find(db(), number, actor()).id, by=actor(), at=now())
    db().commit()
    return to_form(number)


@bp.post("/<int:number>/<name>")
def decide(number: int, name: str) -> ResponseReturnValue:
    """Set a scan aside, remove it or put it back; go on with the next where it was beside the form."""
    if name not in DECISIONS:
        raise NotFound
    decided, sentence = DECISIONS[name]
    line = pile.find(db(), number, actor())
    decided(db(), number, by=actor(), at=now())
    at_the_form = "pli" in request.form
    following = pile.open_next(db(), by=actor(), at=now()) if at_the_form else None
    db().commit()
    flash(said(sentence.filled(name=line.name)))
    return to_form(following) if at_the_form else redirect(url_for("pile.show"))


@bp.get("/<int:number>/document")
def document(number: int) -> Response:
    """Serve a scan that waits."""
    return received_documents.served(pile.find(db(), number, actor()))


@bp.get("/<int:number>/vignette")
def picture(number: int) -> Response:
    """Serve the first page of a scan that waits."""
    line = pile.find(db(), number, actor())
    return received_documents.served_picture(line, "page" if "page" in request.args else "small")


def to_form(number: int | None) -> ResponseReturnValue:
    """Go to the form with this scan beside it, or back to the pile when nothing waits."""
    if number is None:
        flash(said(NOTHING_LEFT))
        return redirect(url_for("pile.show"))
    return redirect(url_for("registration.show", pli=number))


def _page(faults: list[Text] | None = None) -> str:
    return render_template(
        "pile.html",
        pile=pile.read(db(), actor(), at=now()),
        desk=front_desk.desk(db(), place().calendar, at=now()),
        faults=faults or [],
        when=lambda at: moment(at, place().calendar.timezone, today()),
    )
