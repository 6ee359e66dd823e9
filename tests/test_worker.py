"""Workers may be many, late, or killed: each thing is done once, and the health page knows."""

import io
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from casetrack import worker
from casetrack.correspondence import documents
from casetrack.correspondence.outbox import CLAIM, send_due
from casetrack.correspondence.print_run import waiting
from casetrack.correspondence.smtp import Smtp
from casetrack.database.tables import Heartbeat, Lease
from casetrack.engine import open_case
from casetrack.oversight.health import health
from casetrack.settings import Settings
from tests.correspondence.outgoing import MONDAY, SENDER, fill_outbox, mail_server, messages
from tests.town import MONDAY as MONDAY_23
from tests.town import NINE, settle

ROOT = Path(__file__).parent.parent


def settings(server=None) -> Settings:
    return Settings(database_url="", data_dir=ROOT, mail_server=server, mail_from=SENDER)


def work(database, holder="first", at=MONDAY) -> worker.Work:
    return worker.Work(database, settings(), lambda: at, holder)


def read(database, table, key):
    with database.reader() as session:
        return session.get(table, key)


def worker_process(database, server) -> subprocess.Popen:
    """Start `casetrack worker --once` as an administrator does."""
    environment = os.environ | {
        "CASETRACK_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "CASETRACK_SMTP_URL": f"smtp://{server.host}:{server.port}",
        "CASETRACK_MAIL_FROM": SENDER,
    }
    command = [sys.executable, "-c", "from casetrack.cli import main; main()", "worker", "--once"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def test_a_worker_killed_between_sending_and_marking_loses_nothing_and_sends_nothing_twice(database):
    fill_outbox(database, 5)
    with mail_server() as postman:
        victim = worker_process(database, postman.server)

        def kill_at_the_third(server) -> str:
            if len(postman.taken) == 2:
                victim.send_signal(signal.SIGKILL)
            return "250 OK"

        postman.on_dot = kill_at_the_third
        victim.communicate()
        successor = worker_process(database, postman.server)
        successor.communicate()
        claimed = messages(database)[2].claimed_until
        send_due(database.session, Smtp(postman.server, SENDER), at=claimed + CLAIM, holder="much later")

    assert (victim.returncode, successor.returncode) == (-signal.SIGKILL, 0)
    assert [m.status for m in messages(database)] == ["sent", "sent", "in_doubt", "sent", "sent"]
    assert sorted(postman.ids) == sorted(m.message_id for m in messages(database))


def test_two_processes_at_once_send_each_message_exactly_once(database):
    fill_outbox(database, 40)
    with mail_server() as postman:
        both = [worker_process(database, postman.server) for _ in range(2)]
        outputs = [process.communicate()[0].decode() for process in both]

    assert [process.returncode for process in both] == [0, 0], outputs
    assert {m.status for m in messages(database)} == {"sent"}
    assert sorted(postman.ids) == sorted(m.message_id for m in messages(database))


def test_one_worker_leads_and_keeps_leading(database):
    first, second = work(database, "first"), work(database, "second")

    assert worker.lead(first, "sweep")
    assert not worker.lead(second, "sweep")
    assert worker.lead(first, "sweep")
    assert read(database, Lease, "sweep").epoch == 1


def test_a_worker_that_died_is_replaced_when_its_lease_ends(database):
    worker.lead(work(database, "first"), "sweep")
    second = work(database, "second", at=MONDAY + worker.LEASE)

    assert worker.lead(second, "sweep")
    assert not worker.lead(work(database, "first", at=MONDAY + worker.LEASE), "sweep")
    assert (read(database, Lease, "sweep").holder, read(database, Lease, "sweep").epoch) == ("second", 2)


def test_a_worker_that_stops_leaves_its_place_at_once(database):
    worker.lead(work(database, "first"), "sweep")

    worker.release(work(database, "first"))

    assert worker.lead(work(database, "second"), "sweep")


def test_only_the_leader_runs_the_job(database, monkeypatch):
    ran = []
    monkeypatch.setitem(worker.JOBS, "seal", (lambda work: ran.append(work.holder) or "", timedelta(hours=1)))

    worker.tick(work(database, "first"), "seal")
    worker.tick(work(database, "second"), "seal")

    assert ran == ["first"]


def test_a_job_that_ran_leaves_a_heartbeat(database):
    fill_outbox(database, 0)

    worker.attempt(work(database), "sweep")

    beat = read(database, Heartbeat, "sweep")
    assert (beat.started_at, beat.finished_at, beat.last_error) == (MONDAY, MONDAY, None)
    assert beat.summary == "fired 0, skipped 0"


def test_a_failing_job_stops_no_other_and_its_error_quotes_nobody(database, monkeypatch, caplog):
    fill_outbox(database, 0)

    def fail(work) -> str:
        raise ValueError("paul.martin@example.org")

    monkeypatch.setitem(worker.JOBS, "sweep", (fail, timedelta(minutes=1)))

    errors = worker.run_once(database, settings(), clock=lambda: MONDAY)

    assert errors == {"sweep": "ValueError", "outbox": None, "seal": None, "search": None, "documents": None}
    assert read(database, Heartbeat, "sweep").last_error == "ValueError"
    assert "paul.martin" not in caplog.text
    assert "job sweep failed: ValueError" in caplog.text


def test_an_error_is_forgotten_when_the_job_works_again(database, monkeypatch):
    fill_outbox(database, 0)
    with monkeypatch.context() as patched:
        patched.setitem(worker.JOBS, "seal", (lambda work: 1 // 0, timedelta(hours=1)))
        worker.attempt(work(database), "seal")

    worker.attempt(work(database), "seal")

    assert read(database, Heartbeat, "seal").last_error is None


def test_without_a_mail_server_emails_wait(sqlite_database):
    fill_outbox(sqlite_database, 2)

    worker.run_once(sqlite_database, settings(), clock=lambda: MONDAY + timedelta(days=3))

    assert {m.status for m in messages(sqlite_database)} == {"waiting"}
    with sqlite_database.reader() as session:
        assert not health(session, at=MONDAY + timedelta(days=3)).ok


def test_a_worker_run_once_a_day_clears_the_whole_store(sqlite_database, tmp_path):
    fill_outbox(sqlite_database, 0)
    town = replace(settings(), data_dir=tmp_path)
    for number in range(40):  # in many of the parts that are read one an hour
        content = io.BytesIO(b"%PDF-" + bytes([number]))
        kept = documents.keep(town.documents_dir, content, name="oublie.pdf", largest=1000)
        os.utime(documents.path_of(town.documents_dir, kept.sha256), (MONDAY.timestamp(), MONDAY.timestamp()))

    worker.run_once(sqlite_database, town, clock=lambda: MONDAY + timedelta(days=8))

    assert read(sqlite_database, Heartbeat, "documents").summary == "removed 40"
    assert not list(town.documents_dir.glob("[0-9a-f][0-9a-f]/*"))


def test_a_worker_run_once_does_all_that_is_due_however_long_it_takes(sqlite_database, monkeypatch):
    fill_outbox(sqlite_database, 120)
    monkeypatch.setattr(worker, "PATIENCE", 0)
    with mail_server() as postman:
        worker.run_once(sqlite_database, settings(postman.server), clock=lambda: MONDAY)

    assert len(postman.taken) == 120


def test_more_messages_than_one_batch_leave_in_one_tick(sqlite_database):
    fill_outbox(sqlite_database, 120)
    with mail_server() as postman:
        worker.run_once(sqlite_database, settings(postman.server), clock=lambda: MONDAY)

    assert len(postman.taken) == 120
    assert read(sqlite_database, Heartbeat, "outbox").summary == "sent 120, not sent 0, in doubt 0"


def test_the_metronome_runs_every_job_at_once_and_stops_when_asked(database):
    fill_outbox(database, 3)
    stop = threading.Event()
    with mail_server() as postman:
        running = threading.Thread(
            target=worker.run, args=(database, settings(postman.server)), kwargs={"stop": stop}
        )
        postman.on_dot = lambda server: (len(postman.taken) == 2 and stop.set()) or "250 OK"
        running.start()
        stop.wait(60)  # a worker that sends nothing must not hold the tests up
        stop.set()
        running.join()

    assert {m.status for m in messages(database)} == {"sent"}
    with database.reader() as session:
        assert {beat.job for beat in session.query(Heartbeat)} == worker.JOBS.keys()


def test_the_command_says_how_each_job_went(sqlite_database):
    fill_outbox(sqlite_database)
    with mail_server() as postman:
        process = worker_process(sqlite_database, postman.server)
        output, _ = process.communicate()

    assert process.returncode == 0, output.decode()
    assert output.decode().splitlines() == [
        "sweep: ok",
        "outbox: ok",
        "seal: ok",
        "search: ok",
        "documents: ok",
    ]


def test_the_command_fails_and_names_the_error_when_the_database_is_empty(sqlite_database):
    sqlite_database.dispose()
    Path(sqlite_database.url.database).write_bytes(b"")

    with mail_server() as postman:
        process = worker_process(sqlite_database, postman.server)
        output, _ = process.communicate()

    assert process.returncode == 1
    assert "sweep: OperationalError" in output.decode()
    assert "Traceback" not in output.decode()


@pytest.mark.parametrize(("channel", "by_email"), [("email", True), ("post", False)])
def test_a_receipt_really_leaves_the_way_the_letter_came(database, channel, by_email):
    with database.session() as session:
        town = settle(session)
        case = open_case(
            session, "letter", by=town.marc, at=NINE, channel=channel, received_on=MONDAY_23, title="Nid-de-poule",
            citizen=town.citizen, subject=town.subjects["voirie"],
        )  # fmt: skip
        session.commit()

    with mail_server() as postman:
        worker.run_once(database, settings(postman.server), clock=lambda: NINE)

    with database.reader() as session:
        letters = waiting(session, by=town.marc)
    assert [case.reference in mail.get_content() for mail in postman.taken] == [True] * by_email
    assert [letter.reference for letter in letters] == [case.reference] * (not by_email)
