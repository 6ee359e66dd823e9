"""People at their browsers: the worklist as a page, and what `casetrack serve` holds in memory."""

import os
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from datetime import time as at_time
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

from flask.sessions import SecureCookieSessionInterface

from benchmarks.crew import memory
from benchmarks.places import Place
from benchmarks.population import FIRST_DAY
from benchmarks.story import SERVICES
from casetrack import clock
from casetrack.database import Database
from casetrack.database.tables import Staff
from casetrack.organisation import sign_ins
from casetrack.settings import Settings
from web import create_app

SECRET = "only for as long as the measure lasts"
PAGE = "/?vue=service"
ASKED = {  # page: its address, the n-th time
    "list": lambda turn: PAGE,
    "service": lambda turn: "/service",
    "search": lambda turn: f"/recherche?q=affaire{turn}&liste=1",
}
PROGRAM = "from casetrack.cli import main; main()"


class Visits:
    """Visit the town hall of one database, signed in as the officer of one service after the other."""

    def __init__(self, place: Place) -> None:
        self.url = place.url
        settings = Settings.from_environment(
            {"CASETRACK_DATABASE_URL": place.url, "CASETRACK_SECRET_KEY": SECRET}
        )
        self.app = create_app(
            settings, Database(place.url), now=lambda: datetime.combine(FIRST_DAY, at_time(9), UTC)
        )
        self.client = self.app.test_client(use_cookies=False)

    def pages(self, pages: int, which: str = "list") -> list[float]:
        """Ask for one page that many times, through Flask's own client; return the seconds of each."""
        seconds = []
        for turn in range(pages):
            cookie = self._cookie(turn, self.app.extensions["casetrack"].now())
            started = time.perf_counter()
            answer = self.client.get(ASKED[which](turn), headers=cookie)
            seconds.append(time.perf_counter() - started)
            _check(answer.status_code, answer.text, rows={"search": 5, "service": 0}.get(which, 50))
        return seconds

    def served(self, pages: int) -> float:
        """Let `casetrack serve` answer that many pages; return the MB that its process then holds."""
        with TemporaryDirectory() as folder:
            port = _free_port()
            mine = {"DATABASE_URL": self.url, "SECRET_KEY": SECRET, "DATA_DIR": folder, "PORT": str(port)}
            environment = os.environ | {f"CASETRACK_{name}": value for name, value in mine.items()}
            with Path(folder, "log").open("w") as log:
                server = subprocess.Popen(
                    [sys.executable, "-c", PROGRAM, "serve"], env=environment, stdout=log, stderr=log
                )
            try:
                _wait_for(port, server)
                for turn in range(pages):
                    connection = HTTPConnection("127.0.0.1", port)
                    connection.request("GET", PAGE, headers=self._cookie(turn, clock.now()))
                    answer = connection.getresponse()
                    _check(answer.status, answer.read().decode())
                    connection.close()
                return memory(server.pid)[0]
            finally:
                server.terminate()
                server.wait()

    def _cookie(self, turn: int, at: datetime) -> dict[str, str]:
        """Return the cookie that signing in gives, without the time that a password takes."""
        signer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        assert signer
        with self.app.extensions["casetrack"].database.session() as session:
            staff = session.get_one(Staff, turn * 7 % SERVICES + 1)
            key = sign_ins.begin(session, staff, agent="", at=at)
            session.commit()
        return {"Cookie": f"casetrack={signer.dumps({'_user_id': f'{staff.id}.{key}', '_fresh': True})}"}


def _check(status: int, page: str, rows: int = 50) -> None:
    assert status == 200, page[:300]
    assert page.count("/dossiers/") >= rows, page[:300]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def _wait_for(port: int, server: subprocess.Popen) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            assert server.poll() is None, "casetrack serve ended"
            time.sleep(0.1)
    raise TimeoutError("casetrack serve does not listen")
