"""The pages: forms in, pages out. No SQL, no rule and no date arithmetic: those are in `casetrack`.

current        what a request is about: session of the database, person, instant, language
words          French sentences of the templates, their English, and the no-break spaces
security       headers, cookies, what is open without a login
navigation     what waits for this person, beside the names of the pages
known_devices  browsers in which somebody signed in before: their tries are counted apart
once           a form sent twice, acted upon once
resuming       a form sent after its session ended: found again, sent by nobody else
help           what each page is for, procedures, keys, what this device shows
errors         each refusal as a page: what happened, what was kept, what to do
forms          the fields of a definition as a form
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from flask import Flask
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map

from casetrack import clock
from casetrack.database import Database
from casetrack.settings import Settings
from web import (
    absences,
    account,
    administration,
    case,
    current,
    documents,
    dysfunctions,
    errors,
    follow_up,
    health,
    help,
    navigation,
    notifications,
    once,
    openings,
    parapheur,
    pile,
    print_run,
    reassignment,
    registration,
    resuming,
    search,
    security,
    senders,
    service_desk,
    signing_in,
    words,
    worklist,
)
from web.current import Account, Installation

__all__ = ["Account", "create_app"]

PAGES = (
    signing_in,
    resuming,
    worklist,
    notifications,
    registration,
    case,
    openings,
    senders,
    documents,
    pile,
    print_run,
    search,
    service_desk,
    parapheur,
    dysfunctions,
    follow_up,
    reassignment,
    absences,
    account,
    administration,
    help,
    health,
)
LARGEST_FORM = 2 * 1024 * 1024
"""Bytes: the longest text of a form (100,000 signs), several times, with every accent escaped."""


class Number(IntegerConverter):
    """Take a number that a database can hold; a longer one is an address that does not exist."""

    def __init__(self, known: Map) -> None:
        super().__init__(known, max=2**63 - 1)


def create_app(
    settings: Settings,
    database: Database,
    *,
    now: Callable[[], datetime] = clock.now,
    accounts: Sequence[Account] = (),
) -> Flask:
    """Return the application of one town; `accounts` are shown on the sign-in page, in demonstrations only."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key(),
        SESSION_COOKIE_NAME="casetrack",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    app.extensions["casetrack"] = Installation(settings, database, now, tuple(accounts))
    app.url_map.converters["int"] = Number
    Bootstrap5(app)
    for part in (current, words, documents, security, resuming, once, errors, navigation, help):
        part.register(app)
    for part in PAGES:
        app.register_blueprint(part.bp)
    return app
