"""The small town hall of tests/town.py behind its web pages, and people who visit them."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from html import unescape

from werkzeug.serving import make_server

from casetrack.correspondence import citizens
from casetrack.database import Database
from casetrack.engine import act, open_case
from casetrack.organisation import sign_ins
from casetrack.organisation.staff import set_password
from casetrack.settings import Settings
from tests.town import MONDAY, NINE, settle
from web import create_app

PASSWORD = "une phrase courte"


class Hall:
    """The town hall with its doors open: what it holds, and who may be sent to visit it."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings, self.now = database, settings, NINE
        with database.session() as session:
            self.town = settle(session)
            for person in self.town.staff.values():
                set_password(person, PASSWORD, cheap=True)
            citizens.save(session, self.town.citizen)
            session.commit()
        self.app = self.open()

    def open(self, accounts=(), **changes):
        """Make the application, with some settings changed."""
        return create_app(
            replace(self.settings, **changes), self.database, now=lambda: self.now, accounts=accounts
        )

    def visitor(self, login: str | None = None) -> "Visitor":
        """Return somebody at a browser, signed in if they say who they are."""
        visitor = Visitor(self.app.test_client())
        if login:
            # The cookie that signing in gives, without the time that a password takes.
            staff = self.town.staff[login]
            with self.database.session() as session:
                key = sign_ins.begin(session, staff, agent="", at=self.now)
                session.commit()
            with visitor.client.session_transaction() as cookie:
                cookie.update(_user_id=f"{staff.id}.{key}", _fresh=True)
        return visitor

    def letter(self, *steps: tuple[str, str, dict], at: datetime = NINE, **given) -> str:
        """Register a letter by the engine and take these steps (who, what, fields); return its reference."""
        with self.database.session() as session:
            fields = {
                "title": "Trou dans la chaussée",
                "citizen": self.town.citizen,
                "received_on": MONDAY,
                **given,
            }
            subject = self.town.subjects[fields.pop("subject", "voirie")]
            case = open_case(session, "letter", by=self.town.marc, at=at, subject=subject, **fields)
            for who, action, typed in steps:
                act(session, case, action, by=getattr(self.town, who), at=at, **typed)
            session.commit()
            return case.reference

    def taken(self, **given) -> str:
        """Register a letter that Anne has taken charge of."""
        return self.letter(("marc", "triage", self.on("voirie")), ("anne", "take_charge", {}), **given)

    def on(self, subject: str) -> dict:
        """Return the fields of a triage."""
        return {"subject": self.town.subjects[subject].id}


class Visitor:
    """Somebody at a browser without JavaScript: remembers the last page, and its token."""

    def __init__(self, client) -> None:
        self.client, self.token = client, ""

    def get(self, path: str, **options):
        """Open a page."""
        return self._seen(self.client.get(path, **options))

    def post(self, path: str, **typed):
        """Send a form with the token of the last page that held one."""
        return self._seen(self.client.post(path, data={"csrf_token": self.token, **typed}))

    def sign_in(self, login: str, password: str = PASSWORD, **typed):
        """Fill in the sign-in page."""
        self.get("/connexion")
        return self.post("/connexion", login=login, password=password, **typed)

    def do(self, reference: str, action: str, **typed):
        """Open the form of an action and send it as it is, with these fields filled in."""
        path = f"/dossiers/{reference}/actions/{action}"
        form = self.get(path)
        hidden = dict(re.findall(r'name="(version)" value="([^"]*)"', form.text))
        return self.post(path, **hidden, **typed)

    def _seen(self, answer):
        if found := re.search(r'name="csrf_token" value="([^"]+)"', answer.text):
            self.token = found[1]
        return answer


@contextmanager
def served(app) -> Iterator[str]:
    """Serve the town hall to real browsers, and give its address.

    It leaves once the last answer is given: one still under way, of a page that nobody waits for, would open
    the database of this test for the next one.
    """
    underway: set[object] = set()

    def counted(environ, start_response):
        me = object()
        underway.add(me)
        try:
            return app(environ, start_response)
        finally:
            underway.discard(me)

    server = make_server("127.0.0.1", 0, counted, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        deadline = time.monotonic() + 30
        while underway and time.monotonic() < deadline:
            time.sleep(0.01)


def words(answer) -> str:
    """Return what a person reads on a page, spaces and apostrophes made plain."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.text, flags=re.S)
    text = unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ").replace("’", "'")
    return re.sub(r"\s+", " ", text)
