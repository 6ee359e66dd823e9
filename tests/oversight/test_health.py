"""The health page is red when the clock stands still, and says so in words."""

from datetime import date, timedelta

import pytest

from casetrack.database.tables import Case, Heartbeat, Timer
from casetrack.oversight.health import SILENCE, health
from casetrack.worker import JOBS
from tests.correspondence.outgoing import MONDAY, add_message, build_town


@pytest.fixture
def town(session):
    """A town whose jobs all ran a moment ago."""
    build_town(session)
    for job in JOBS:
        session.add(Heartbeat(job=job, started_at=MONDAY, finished_at=MONDAY))
    session.flush()
    return session


def levels(session, at=MONDAY) -> dict[str, str]:
    return {check.name: check.level for check in health(session, at=at).checks if check.level != "ok"}


def add_timer(session, **columns) -> None:
    add_message(session, status="sent", next_attempt_at=None)
    a_day = date(2026, 2, 5)
    session.add(
        Timer(case_id=session.query(Case).one().id, key="answer", cycle=1, status="running", period="1 month",
              starts_on=a_day, due_on=a_day, act_by=a_day, armed_seq=1, **columns)
    )  # fmt: skip
    session.flush()


def test_a_town_whose_jobs_run_is_in_good_health(town):
    assert health(town, at=MONDAY).ok
    assert levels(town) == {}


def test_every_job_is_watched():
    assert SILENCE.keys() == JOBS.keys()


def test_a_town_whose_worker_never_ran_is_red_and_says_what_to_do(session):
    report = health(session, at=MONDAY)

    assert not report.ok
    assert levels(session) == dict.fromkeys(SILENCE, "red")
    assert "casetrack worker" in report.checks[0].sentence.fr


@pytest.mark.parametrize(
    ("job", "silence", "level"),
    [
        ("sweep", timedelta(minutes=10), None),
        ("sweep", timedelta(minutes=11), "red"),
        ("outbox", timedelta(minutes=11), "red"),
        ("seal", timedelta(hours=25), None),
        ("seal", timedelta(hours=27), "red"),
    ],
)
def test_a_job_that_is_silent_too_long_is_red(town, job, silence, level):
    town.get(Heartbeat, job).finished_at = MONDAY - silence

    assert levels(town).get(job) == level


def test_a_job_that_starts_and_never_ends_well_is_red_and_names_its_error(town):
    beat = town.get(Heartbeat, "sweep")
    beat.finished_at, beat.last_error = MONDAY - timedelta(minutes=12), "OperationalError e3q8"

    check = health(town, at=MONDAY).checks[0]

    assert (check.level, check.since) == ("red", MONDAY - timedelta(minutes=12))
    assert check.sentence.fr == (
        "La surveillance des échéances ne donne plus signe de vie depuis 12 minutes\u00a0: vérifiez que "
        "«\u00a0casetrack worker\u00a0» est lancé. Dernière erreur\u00a0: OperationalError e3q8."
    )


@pytest.mark.parametrize(
    ("rung_at", "level"),
    [
        (MONDAY + timedelta(days=30), None),
        (MONDAY - timedelta(minutes=9), None),  # the next sweep takes it
        (MONDAY - timedelta(minutes=11), "red"),
        (None, None),  # nothing left to fire
    ],
)
def test_a_warning_that_should_have_gone_out_is_red(town, rung_at, level):
    add_timer(town, next_rung_at=rung_at)

    assert levels(town).get("rungs") == level


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"next_attempt_at": MONDAY - timedelta(hours=23)}, {}),
        ({"next_attempt_at": MONDAY - timedelta(hours=25)}, {"email": "red"}),  # no server was ever set
        ({"status": "in_doubt", "next_attempt_at": None}, {"doubts": "warning"}),  # a person's task
        ({"status": "to_print", "next_attempt_at": None}, {}),  # the print run's
    ],
)
def test_the_outbox_is_watched(town, columns, expected):
    add_message(town, **columns)

    assert levels(town) == expected
    assert health(town, at=MONDAY).ok == ("red" not in expected.values())
