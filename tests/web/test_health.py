"""Is the clock alive? For machines and for people."""

import pytest

from casetrack.database.tables import Heartbeat
from casetrack.oversight.health import SILENCE
from tests.web.visitors import words

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def alive(hall) -> None:
    """A worker that has just worked."""
    with hall.database.session() as session:
        session.add_all(Heartbeat(job=job, started_at=hall.now, finished_at=hall.now) for job in SILENCE)
        session.commit()


def test_a_silent_worker_is_red(hall):
    answer = hall.visitor().get("/health")

    assert (answer.status_code, answer.json["ok"]) == (503, False)
    assert {check["name"] for check in answer.json["checks"] if check["level"] == "red"} >= {
        "sweep",
        "outbox",
    }


def test_a_working_worker_is_green(hall, alive):
    answer = hall.visitor().get("/health", headers={"Accept": "*/*"})

    assert (answer.status_code, answer.json["ok"]) == (200, True)


def test_a_person_reads_sentences(hall):
    page = hall.visitor().get("/health", headers=BROWSER)

    assert page.status_code == 503
    assert "Quelque chose est arrêté." in words(page)
    assert "La surveillance des échéances n'a jamais fonctionné" in words(page)


def test_health_names_nobody(hall):
    hall.taken()

    for headers in (BROWSER, {}):
        assert "Petit" not in hall.visitor().get("/health", headers=headers).text
