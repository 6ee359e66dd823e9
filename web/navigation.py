"""What waits for this person, counted beside the names of the pages."""

from flask import Flask, g

from casetrack.oversight import service_desk, worklists
from web.current import actor, db, today


def register(app: Flask) -> None:
    """Let the frame of a page count; a piece of a page, fetched while somebody types, counts nothing."""
    app.jinja_env.globals |= {"work": work, "leads": leads}
    app.jinja_env.filters["at_most"] = at_most


def work() -> dict[str, int]:
    """Return how many cases wait in each list of this person, counted once a request."""
    if "work" not in g:
        g.work = worklists.counts(db(), actor(), today=today())
    return g.work


def leads() -> bool:
    """Tell whether this person leads services, or replaces who does: their page is then in the frame."""
    return bool(service_desk.headed(actor())) and not worklists.is_outside(actor())


def at_most(count: int) -> str:
    """Say a count that stopped: "99+"."""
    return str(count) if count < worklists.COUNTED else f"{worklists.COUNTED - 1}+"
