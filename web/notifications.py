"""What the clock told this person, until they put it away."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casetrack.oversight import notifications
from web.current import actor, db, now, numbers, place, today

bp = Blueprint("notifications", __name__)


@bp.get("/alertes")
def show() -> str:
    """Show the unread notifications, newest first."""
    notices = notifications.unread(db(), actor(), timezone=place().calendar.timezone, today=today())
    return render_template("notifications.html", notices=notices)


@bp.post("/alertes")
def put_away() -> ResponseReturnValue:
    """Put away the notifications named in the form."""
    ids = numbers(request.form.getlist("notice"))
    notifications.mark_read(db(), actor(), ids, at=now())
    db().commit()
    return redirect(url_for("notifications.show"))
