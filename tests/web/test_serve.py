"""`casetrack serve`, as another process."""

import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest
from sqlalchemy import select, text, update

from casetrack.database.tables import SignInTry, Town, WorkflowVersion

STARTS_WITHIN = 60
COMMAND = "from casetrack.cli import main; main()"


@pytest.fixture
def served(hall, tmp_path):
    """Start `casetrack serve` with these options on this town; stop it at the end if the test did not."""
    running = []

    def start(*options: str, **settings: str) -> tuple[subprocess.Popen, str]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        environ = {
            "CASETRACK_DATA_DIR": str(tmp_path),
            "CASETRACK_DATABASE_URL": hall.settings.database_url,
            "PATH": "",
            **settings,
        }
        program = [sys.executable, "-c", COMMAND, "serve", "--port", str(port), *options]
        running.append(subprocess.Popen(program, env=environ, stderr=subprocess.PIPE, text=True))
        return running[-1], f"http://127.0.0.1:{port}"

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
            process.communicate()


def wait_for(url: str, process: subprocess.Popen) -> str:
    """Return the page once it answers."""
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return urlopen(url).read().decode()
        except HTTPError as answered:
            return answered.read().decode()
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"no answer: {process.communicate()[1] if process.poll() is not None else 'too slow'}")


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--no-worker",)])
def test_it_serves_and_leaves_cleanly_when_told_to(served, options):
    process, url = served(*options)
    page = wait_for(f"{url}/connexion", process)

    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)

    assert "Se connecter" in page
    assert "Comptes de démonstration" not in page
    assert process.returncode == 0
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "address"), [({}, "127.0.0.1"), ({"CASETRACK_TRUSTED_PROXIES": "1"}, "203.0.113.5")]
)
def test_the_address_that_a_proxy_gives_is_believed_only_where_one_was_said_to_stand(
    hall, served, settings, address
):
    process, url = served("--no-worker", **settings)
    wait_for(f"{url}/connexion", process)
    browser = build_opener(HTTPCookieProcessor())
    browser.addheaders = [("X-Forwarded-For", "203.0.113.5")]
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.open(f"{url}/connexion").read().decode())[
        1
    ]

    with pytest.raises(HTTPError):
        browser.open(f"{url}/connexion", f"csrf_token={token}&login=anne&password=devine".encode())

    with hall.database.reader() as session:
        assert session.scalars(select(SignInTry.address)).all() == [address]


@pytest.mark.slow
def test_the_worker_inside_gives_signs_of_life(served):
    process, url = served()
    wait_for(f"{url}/connexion", process)

    deadline = time.monotonic() + STARTS_WITHIN
    while '"ok":true' not in (said := wait_for(f"{url}/health", process)) and time.monotonic() < deadline:
        time.sleep(0.2)

    assert '"ok":true' in said


@pytest.mark.slow
def test_it_refuses_to_start_on_a_workflow_edited_after_its_publication(hall, served):
    with hall.database.session() as session:
        guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'workflow_version'"
        for guard in session.scalars(text(guards)).all():
            session.execute(text(f"DROP TRIGGER {guard}"))
        session.execute(
            update(WorkflowVersion).where(WorkflowVersion.key == "letter").values(sha256="0" * 64)
        )
        session.commit()

    process, _ = served("--no-worker")
    _, said = process.communicate(timeout=STARTS_WITHIN)

    assert process.returncode == 2
    assert "a été modifié après la publication" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_before_init_it_says_what_to_do(hall, served):
    hall.settings = replace(hall.settings, database_url="sqlite:////no-such-folder/town.db")

    process, _ = served("--no-worker")
    _, said = process.communicate(timeout=STARTS_WITHIN)

    assert process.returncode == 2
    assert "lancez « casetrack init »" in said.replace("\u00a0", " ")
    assert "Traceback" not in said


def test_the_accounts_of_a_demonstration_are_those_of_the_town_that_it_made(hall):
    from casetrack.cli.serve import demonstration_accounts

    with hall.database.session() as session:
        assert demonstration_accounts(session) == []
        session.get_one(Town, 1).details |= {"demo": None}
        assert demonstration_accounts(session) == []
