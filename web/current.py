"""What the present request is about: its session of the database, its person, its instant, its language."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from urllib.parse import SplitResult, urlsplit

from flask import Flask, Response, current_app, g, request, session
from flask_login import LoginManager, UserMixin, current_user
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from casetrack.database import Database
from casetrack.database.tables import Case, SignIn, Staff
from casetrack.engine import Actor, record_readings, town
from casetrack.engine.town import Place
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.organisation import sign_ins
from casetrack.organisation import staff as people
from casetrack.settings import Settings

LONGEST_NUMBER = 18
"""Digits that any database takes for a number."""
LONGEST_ADDRESS = 2_000
"""Characters: servers on the way let no longer one through."""
MOST_NUMBERS = 10_000
"""Boxes that a page may have: PostgreSQL takes no statement with 65,536 values."""


@dataclass(frozen=True)
class Account:
    """Hold a demonstration account: who it is, what it shows, and how to sign in as them."""

    login: str
    password: str
    name: str
    role: Text
    shows: Text


@dataclass(frozen=True)
class Installation:
    """Hold what the application was made with."""

    settings: Settings
    database: Database
    now: Callable[[], datetime]
    accounts: tuple[Account, ...]


@dataclass(frozen=True)
class Person(UserMixin):
    """Hold who is signed in, and what they may do today."""

    staff: Staff
    actor: Actor
    sign_in: SignIn
    key: str

    def get_id(self) -> str:
        """Return what the cookie says: the key to this sign-in, of which the database knows a hash."""
        return f"{self.staff.id}.{self.key}"


def register(app: Flask) -> None:
    """Let the application know who is signed in, and close its sessions."""
    # Its own context processor would ask the database even on the page that says that it does not answer.
    logins = LoginManager(app, add_context_processor=False)
    logins.user_loader(_person)
    app.after_request(_leave_traces)
    app.teardown_appcontext(_close)
    app.context_processor(_frame)


def installation() -> Installation:
    """Return what the application was made with."""
    return current_app.extensions["casetrack"]


def db() -> Session:
    """Return the request's session: one that only reads, unless the request posts something."""
    if "db" not in g:
        database = installation().database
        g.db = database.reader() if request.method in ("GET", "HEAD") else database.session()
    return g.db


def undo() -> None:
    """Take back what this request tried to change; who is signed in is not read again for the page that says so."""
    if signed_in := person():
        for row in (signed_in.staff, signed_in.sign_in):
            if row in db():
                db().expunge(row)
    db().rollback()


def now() -> datetime:
    """Return the instant of the request, the same until its end."""
    if "now" not in g:
        g.now = installation().now()
    return g.now


def place() -> Place:
    """Return the town and its calendar."""
    return town.place(db())


def today() -> date:
    """Return the day in the town."""
    return place().calendar.day_of(now())


def actor() -> Actor:
    """Return who asks, as the engine knows them."""
    return current_user.actor


def number(text: str) -> int | None:
    """Return the number that a form or an address holds; None for any other text, and for one that no database holds."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def numbers(typed: Iterable[str]) -> list[int]:
    """Return the numbers among these texts, as many as a page holds."""
    return [found for text in islice(typed, MOST_NUMBERS) if (found := number(text)) is not None]


def trace(cases: Iterable[Case]) -> None:
    """Note that the answer shows these cases: of the confidential ones a trace is left before it leaves."""
    g.setdefault("shown", set()).update(case.id for case in cases if case.confidentiality)


def parts(address: str) -> SplitResult:
    """Cut an address into its parts; all empty for what is none, such as "http://[", or not of one line."""
    try:
        return urlsplit(address if address.isprintable() and len(address) <= LONGEST_ADDRESS else "")
    except ValueError:
        return urlsplit("")


def sign(what: str, value: object) -> str:
    """Return a value as a form may carry it: signed for one use, with the instant."""
    return _signer(what).dumps([int(now().timestamp()), value])


def read_signed(what: str, signed: str, *, lasts: int) -> Any:
    """Return what was signed for this use less than `lasts` seconds ago; None otherwise."""
    try:
        at, value = _signer(what).loads(signed)
    except (BadData, TypeError, ValueError):
        return None
    return value if now().timestamp() < at + lasts else None


def _signer(what: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=what)


def person() -> Person | None:
    """Return who is signed in; nobody on the page that says that the database may be broken."""
    if g.get("without_person") or not current_user.is_authenticated:
        return None
    return current_user._get_current_object()


def language() -> str:
    """Return the language chosen on this device, otherwise the person's, otherwise the installation's."""
    chosen = session.get("language")
    if chosen in ("fr", "en"):
        return chosen
    signed_in = person()
    return signed_in.staff.language if signed_in else installation().settings.language


def _person(cookie: str) -> Person | None:
    written, _, key = cookie.partition(".")
    if (staff_id := number(written)) is None:
        return None
    try:
        staff, its_actor, sign_in = people.at_work(db(), staff_id, on=today(), key=key)
    except NotFound:
        return None
    return (
        Person(staff, its_actor, sign_in, key) if sign_in and not sign_ins.is_over(sign_in, now()) else None
    )


def _frame() -> dict[str, object]:
    """Give every page its person and the name of the town."""
    signed_in = person()
    return {"person": signed_in, "town_name": place().name if signed_in else ""}


def _leave_traces(response: Response) -> Response:
    if shown := g.pop("shown", None):
        # What the request did is committed or unwanted by now. A case that its session still holds would be
        # waited for, by the very request that holds it.
        db().rollback()
        with installation().database.session() as session:
            record_readings(session, sorted(shown), actor(), at=now())
            session.commit()
    return response


def _close(_error: BaseException | None) -> None:
    if (opened := g.pop("db", None)) is not None:
        opened.close()
