"""People at their browsers: pages asked of `casetrack serve` through HTTP, and what its process holds in memory."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from flask.sessions import SecureCookieSessionInterface

from benchmarks.crew import memory
from benchmarks.places import Place
from benchmarks.story import MEDIATOR, SERVICES
from casetrack import clock
from casetrack.database import Database
from casetrack.database.tables import Staff
from casetrack.organisation import sign_ins
from casetrack.settings import Settings
from web import create_app

SECRET = "only for as long as the measure lasts"
PROGRAM = "from casetrack.cli import main; main()"


class Asked(NamedTuple):
    """Hold a page that people ask for."""

    said: str
    address: Callable[[int], str]
    """Its address, the n-th time."""
    rows: int
    """Cases that it must at least show: a page without them would be quick for nothing."""
    by_mediator: bool = False


PAGES = {
    "list": Asked("a worklist, the page", lambda turn: "/?vue=service", 50),
    "service": Asked("the page of a service", lambda turn: "/service", 0),
    "rare": Asked(
        "a search, a word of a hundred letters", lambda turn: f"/recherche?q=affaire{turn}&liste=1", 5
    ),
    "frequent": Asked("a search, a word of every letter", lambda turn: "/recherche?q=demande&liste=1", 50),
    "filtered": Asked(
        "the same, with filters",
        lambda turn: "/recherche?q=demande&canal=email&dossiers=open&etat=in_progress&liste=1",
        50,
    ),
    "nothing": Asked("a search, a word of no letter", lambda turn: "/recherche?q=introuvable&liste=1", 0),
    "dysfunctions": Asked("the dysfunctions", lambda turn: "/dysfonctionnements", 50, by_mediator=True),
}


class Visits:
    """Visit `casetrack serve` in a process of its own, signed in, on connections that stay; use it in a `with`."""

    def __init__(self, place: Place) -> None:
        self.place, self.folder = place, TemporaryDirectory()
        self.cookies: dict[int, dict[str, str]] = {}

    def __enter__(self) -> "Visits":
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        mine = {
            "DATABASE_URL": self.place.url,
            "SECRET_KEY": SECRET,
            "DATA_DIR": self.folder.name,
            "PORT": str(port),
        }
        environment = os.environ | {f"CASETRACK_{name}": value for name, value in mine.items()}
        self._sign_in()
        with Path(self.folder.name, "log").open("w") as log:
            self.server = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, "serve"], env=environment, stdout=log, stderr=log
            )
        self.connection = HTTPConnection("127.0.0.1", port)
        try:
            _wait_for(port, self.server)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_failure: object) -> None:
        self.connection.close()
        self.server.terminate()
        self.server.wait()
        self.folder.cleanup()

    def pages(self, pages: int, which: str) -> list[float]:
        """Ask for one page that many times, as one person after the other; return the seconds of each."""
        return [self._ask(turn, which) for turn in range(pages)]

    def memory_after(self, pages: int) -> float:
        """Ask for that many pages, each kind in its turn; return the MB that the server then holds."""
        kinds = list(PAGES)
        for turn in range(pages):
            self._ask(turn // len(kinds), kinds[turn % len(kinds)])
        return memory(self.server.pid)[0]

    def _ask(self, turn: int, which: str) -> float:
        asked = PAGES[which]
        who = MEDIATOR if asked.by_mediator else turn * 7 % SERVICES + 1
        started = time.perf_counter()
        self.connection.request("GET", asked.address(turn % 100), headers=self.cookies[who])
        answer = self.connection.getresponse()
        page = answer.read().decode()
        seconds = time.perf_counter() - started
        assert answer.status == 200, (which, Path(self.folder.name, "log").read_text()[-3000:])
        assert page.count("/dossiers/") >= asked.rows, (which, page[:300])
        return seconds

    def _sign_in(self) -> None:
        """Give everybody the cookie of signing in, without the time that a password takes."""
        settings = Settings.from_environment(
            {"CASETRACK_DATABASE_URL": self.place.url, "CASETRACK_SECRET_KEY": SECRET}
        )
        database = Database(self.place.url)
        signer = SecureCookieSessionInterface().get_signing_serializer(
            create_app(settings, database, now=clock.now)
        )
        assert signer
        with database.session() as session:
            for who in range(1, MEDIATOR + 1):
                key = sign_ins.begin(session, session.get_one(Staff, who), agent="", at=clock.now())
                signed = signer.dumps({"_user_id": f"{who}.{key}", "_fresh": True})
                self.cookies[who] = {"Cookie": f"casetrack={signed}"}
            session.commit()
        database.dispose()


def _wait_for(port: int, server: subprocess.Popen) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            assert server.poll() is None, "casetrack serve ended"
            time.sleep(0.1)
    raise TimeoutError("casetrack serve does not listen")
