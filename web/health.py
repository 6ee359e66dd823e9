"""Is the clock alive? For machines and for people; red is 503."""

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from casetrack.oversight.health import health
from web.current import db, language, now

bp = Blueprint("health", __name__)


@bp.get("/health")
def show() -> ResponseReturnValue:
    """Say how each part is, in HTML to a browser and in JSON to anything else."""
    found = health(db(), at=now())
    status = 200 if found.ok else 503
    if "text/html" in request.headers.get("Accept", ""):
        return render_template("health.html", health=found), status
    checks = [
        {
            "name": check.name,
            "level": check.level,
            "sentence": check.sentence.within(language()),
            "since": check.since.isoformat() if check.since else None,
        }
        for check in found.checks
    ]
    return jsonify(ok=found.ok, checks=checks), status
