"""What administrators changed, newest first."""

from flask import render_template, request

from casetrack.organisation import changes
from casetrack.oversight.dates import moment
from web.administration import bp
from web.current import db, number, place, today


@bp.get("/modifications")
def history() -> str:
    """Show a page of the journal of the administration."""
    lines = changes.newest(db(), before=number(request.args.get("avant", "")))
    zone = place().calendar.timezone
    return render_template(
        "changes.html",
        lines=[(line, moment(line.at, zone, today())) for line in lines],
        after=lines[-1].id if len(lines) == changes.PAGE else None,
    )
