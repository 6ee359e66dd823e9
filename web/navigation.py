"""What waits for this person, counted beside the names of the pages."""

from flask import Flask, g

from casetrack.oversight import worklists
from web.current import actor, db, person, today


def register(app: Flask) -> None:
    """Give every page its counts."""
    app.context_processor(_frame)
    app.jinja_env.filters["at_most"] = at_most


def work() -> dict[str, int]:
    """Return how many cases wait in each list of this person, counted once a request."""
    if "work" not in g:
        g.work = worklists.counts(db(), actor(), today=today())
    return g.work


def at_most(count: int) -> str:
    """Say a count that stopped: "99+"."""
    return str(count) if count < worklists.COUNTED else f"{worklists.COUNTED - 1}+"


def _frame() -> dict[str, object]:
    return {"work": work() if person() else {}}
