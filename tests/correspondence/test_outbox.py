"""Every e-mail leaves once, or is visibly in doubt, or becomes a letter: none is lost."""

import threading
from datetime import timedelta

import pytest
from aiosmtpd.smtp import AuthResult
from sqlalchemy import event

from casetrack.correspondence.outbox import CLAIM, WAITS, in_doubt, resolve_doubt, send_due
from casetrack.correspondence.print_run import waiting
from casetrack.correspondence.smtp import Smtp
from casetrack.database.tables import Message
from casetrack.errors import CaseChanged
from casetrack.oversight.health import health
from casetrack.settings import MailServer
from tests.correspondence.outgoing import (
    ANNE,
    MONDAY,
    PAUL_HOME,
    SENDER,
    Postman,
    fill_outbox,
    free_port,
    hang_up,
    mail_server,
    messages,
    only_message,
)

LATER = MONDAY + timedelta(minutes=11)


@pytest.fixture
def postman():
    with mail_server() as postman:
        yield postman


def send(database, postman: Postman, *, at=MONDAY, holder="a worker", **options):
    return send_due(
        database.session, Smtp(postman.server, SENDER, timeout=5), at=at, holder=holder, **options
    )


def test_a_receipt_leaves_once_and_is_marked_with_its_instant(database, postman):
    fill_outbox(database)

    result = send(database, postman)
    again = send(database, postman, at=LATER)

    message = only_message(database)
    assert (result.sent, again.done) == (1, 0)
    assert (message.status, message.sent_at, message.attempts) == ("sent", MONDAY, 1)
    assert postman.recipients == ["usager1@example.org"]


def test_a_mail_says_who_writes_and_that_no_robot_should_answer(sqlite_database, postman):
    fill_outbox(sqlite_database)

    send(sqlite_database, postman)

    (mail,) = postman.taken
    assert mail["From"] == SENDER
    assert mail["Message-ID"] == "<1@mairie.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == MONDAY


def test_many_messages_share_one_connection(sqlite_database, postman):
    fill_outbox(sqlite_database, 5)

    send(sqlite_database, postman)

    assert (len(postman.taken), postman.connections) == (5, 1)


def test_a_batch_is_bounded_and_begins_with_the_oldest(sqlite_database, postman):
    fill_outbox(sqlite_database, 3)

    send(sqlite_database, postman, limit=2)

    assert postman.ids == ["<1@mairie.example>", "<2@mairie.example>"]
    assert [m.status for m in messages(sqlite_database)] == ["sent", "sent", "waiting"]


@pytest.mark.parametrize(
    "subject",
    [
        "Votre courrier n°\u00a02026-A-000001\u00a0: l'accusé de réception est né à Élancourt",  # accents, no-break space
        "Demande de réfection de la chaussée " * 8,  # longer than a line may be
        "Œuf 🥚",
    ],
)
def test_a_subject_arrives_as_it_was_written(sqlite_database, postman, subject):
    fill_outbox(sqlite_database, subject=subject.strip())

    send(sqlite_database, postman)

    assert postman.taken[0]["Subject"] == subject.strip()


def test_a_text_arrives_as_it_was_written(sqlite_database, postman):
    body = "Bonjour,\n.\n.point en tête\n\n« Ça » coûte 12 €.\n" + "long " * 300 + "\n"
    fill_outbox(sqlite_database, body=body)

    send(sqlite_database, postman)

    assert postman.taken[0].get_content().replace("\r\n", "\n") == body


def test_a_title_cannot_add_a_header_of_its_own(sqlite_database, postman):
    fill_outbox(sqlite_database, subject="Bonjour\r\nBcc: voisin@example.org\r\n\r\nRien")

    send(sqlite_database, postman)

    (mail,) = postman.taken
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Bonjour Bcc: voisin@example.org Rien"
    assert postman.recipients == ["usager1@example.org"]


@pytest.mark.parametrize(
    "recipient",
    [
        "",  # nothing
        "paul",  # no domain
        "paul@example.org\r\nRCPT TO:<voisin@example.org>",  # a command of the writer's own
        "paul@example.org, voisin@example.org",  # two people
        "paül@example.org",  # beyond what most servers accept
    ],
)
def test_an_address_that_cannot_be_used_becomes_a_letter(sqlite_database, postman, recipient):
    fill_outbox(sqlite_database, recipient=recipient, home=PAUL_HOME)

    send(sqlite_database, postman)

    message = only_message(sqlite_database)
    assert (message.status, message.channel) == ("to_print", "post")
    assert postman.taken == []


@pytest.mark.parametrize("step", ["on_rcpt", "on_dot"])
def test_what_is_refused_for_good_becomes_a_letter_and_the_others_leave(database, postman, step):
    fill_outbox(database, 3, home=PAUL_HOME)
    answers = iter(["250 OK", "550 5.1.1 usager2@example.org unknown", "250 OK"])
    setattr(postman, step, lambda server: next(answers))

    result = send(database, postman)

    refused = messages(database)[1]
    assert [m.status for m in messages(database)] == ["sent", "to_print", "sent"]
    assert (result.sent, result.to_print) == (2, 1)
    assert refused.recipient == "Paul Martin\n3 rue des Lilas\n78990 Élancourt"
    assert refused.last_error.endswith(" 550")  # the code, not the address


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("on_rcpt", lambda server: "450 4.2.0 greylisted, come back"),
        ("on_dot", lambda server: "452 4.3.1 disk full"),
        ("on_rcpt", hang_up),  # before anything was accepted
    ],
)
def test_what_fails_for_now_leaves_at_the_next_try_under_the_same_message_id(database, postman, step, answer):
    fill_outbox(database)
    works = getattr(postman, step)
    setattr(postman, step, answer)

    first = send(database, postman)
    setattr(postman, step, works)
    too_soon = send(database, postman, at=MONDAY + timedelta(seconds=24))
    second = send(database, postman, at=MONDAY + timedelta(seconds=25))

    assert (first.postponed, too_soon.done, second.sent) == (1, 0, 1)
    assert postman.ids == ["<1@mairie.example>"]
    assert only_message(database).attempts == 2


def test_a_connection_cut_by_one_message_is_opened_again_for_the_next(database, postman):
    fill_outbox(database, 3)
    answers = iter([lambda server: "250 OK", hang_up, lambda server: "250 OK"])
    postman.on_rcpt = lambda server: next(answers)(server)

    send(database, postman)

    assert [m.status for m in messages(database)] == ["sent", "waiting", "sent"]
    assert postman.connections == 2


def test_a_connection_lost_after_the_last_dot_leaves_a_doubt_that_is_never_sent_again(database, postman):
    fill_outbox(database, 2)
    answers = iter([lambda server: server.transport.abort() or "250 lost", lambda server: "250 OK"])
    postman.on_dot = lambda server: next(answers)(server)

    send(database, postman)
    send(database, postman, at=MONDAY + timedelta(days=2))

    assert [m.status for m in messages(database)] == ["in_doubt", "sent"]
    assert postman.ids == ["<1@mairie.example>", "<2@mairie.example>"]


def test_a_server_that_is_away_all_day_turns_every_message_into_a_letter(database):
    fill_outbox(database, 3, home=PAUL_HOME)
    nowhere = Smtp(MailServer("127.0.0.1", free_port()), SENDER)

    for hours in range(26):
        seen = {m.status for m in messages(database)}
        for tenth in range(10):
            at = MONDAY + timedelta(hours=hours, minutes=6 * tenth)
            send_due(database.session, nowhere, at=at, holder="a worker")
        assert hours > 23 or seen == {"waiting"}

    assert [(m.status, m.attempts) for m in messages(database)] == [("to_print", len(WAITS) + 1)] * 3
    assert {m.last_error for m in messages(database)} == {"ConnectionRefusedError"}


def test_a_server_that_comes_back_in_the_evening_gets_everything(database, postman):
    fill_outbox(database, 3)
    nowhere = Smtp(MailServer("127.0.0.1", free_port()), SENDER)
    for hour in range(9):
        send_due(database.session, nowhere, at=MONDAY + timedelta(hours=hour), holder="a worker")

    send(database, postman, at=MONDAY + timedelta(days=1))

    assert [m.status for m in messages(database)] == ["sent"] * 3


def test_retries_are_spread_over_a_little_less_than_a_day():
    assert timedelta(hours=23.9) < sum(WAITS, timedelta()) < timedelta(hours=24)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"user": "mairie", "password": "faux"}, "SMTPAuthenticationError 535"),
        ({"security": "starttls"}, "SMTPNotSupportedError"),  # never in clear when asked otherwise
        ({"security": "tls"}, "SSLError"),
    ],
)
def test_a_server_that_cannot_be_used_postpones_everything_and_says_why(sqlite_database, options, error):
    fill_outbox(sqlite_database, 2)

    with mail_server(
        authenticator=lambda *_: AuthResult(success=False, handled=False), auth_require_tls=False
    ) as postman:
        unusable = Smtp(MailServer("127.0.0.1", postman.server.port, **options), SENDER, timeout=5)
        result = send_due(sqlite_database.session, unusable, at=MONDAY, holder="a worker")

    assert (result.postponed, postman.taken) == (2, [])
    assert result.unreachable.startswith(error)


def test_a_claim_that_expired_is_put_in_doubt_not_sent_again(database, postman):
    fill_outbox(
        database,
        status="claimed",
        claimed_by="a dead worker",
        claimed_until=MONDAY + CLAIM,
        next_attempt_at=None,
    )

    before = send(database, postman, at=MONDAY + CLAIM - timedelta(seconds=1))
    after = send(database, postman, at=MONDAY + CLAIM)

    assert (before.done, after.in_doubt) == (0, 1)
    assert only_message(database).status == "in_doubt"
    assert postman.taken == []


def test_a_worker_that_slept_past_its_claim_still_says_what_it_knows(database, postman):
    fill_outbox(database)

    def answer(server) -> str:
        with mail_server() as other:  # meanwhile another worker puts the message in doubt
            send(database, other, at=MONDAY + CLAIM, holder="another worker")
        return "250 OK"

    postman.on_dot = answer
    send(database, postman)

    assert only_message(database).status == "sent"


@pytest.mark.parametrize(("sent", "status", "mails"), [(True, "sent", 0), (False, "sent", 1)])
def test_a_person_decides_what_became_of_a_message_in_doubt(database, postman, sent, status, mails):
    fill_outbox(database, status="in_doubt", next_attempt_at=None)

    with database.session() as session:
        ((message, case),) = in_doubt(session, by=ANNE)
        resolve_doubt(session, message, sent=sent, by=ANNE, at=LATER)
        session.commit()
    send(database, postman, at=LATER)

    message = only_message(database)
    assert case.reference == "2026-A-000001"
    assert (message.status, message.sent_at, message.posted_by_id) == (status, LATER, ANNE.id)
    assert len(postman.taken) == mails


def test_two_people_cannot_decide_on_the_same_doubt(database):
    fill_outbox(database, status="in_doubt", next_attempt_at=None)
    message = only_message(database)
    with database.session() as session:
        resolve_doubt(session, session.get(Message, message.id), sent=True, by=ANNE, at=LATER)
        session.commit()

    with database.session() as session, pytest.raises(CaseChanged):
        resolve_doubt(session, session.get(Message, message.id), sent=False, by=ANNE, at=LATER)


def test_several_workers_at_once_send_each_message_exactly_once(database, postman):
    fill_outbox(database, 30)
    workers = [
        threading.Thread(target=send, args=(database, postman), kwargs={"holder": f"worker {number}"})
        for number in range(3)
    ]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(postman.ids) == sorted(m.message_id for m in messages(database))
    assert {m.status for m in messages(database)} == {"sent"}


def test_a_million_sent_messages_slow_nothing_down(sqlite_database, postman):
    fill_outbox(sqlite_database, 2)
    asked = []

    def note(connection, cursor, statement, values, *_) -> None:
        asked.append((statement, values))

    event.listen(sqlite_database.engine, "before_cursor_execute", note)
    send(sqlite_database, postman)
    with sqlite_database.reader() as session:
        in_doubt(session, by=ANNE)
        waiting(session, by=ANNE)
        health(session, at=MONDAY)
    event.remove(sqlite_database.engine, "before_cursor_execute", note)

    with sqlite_database.engine.connect() as connection:
        plans = [
            step.detail
            for statement, values in asked
            if "message" in statement
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        ]
    assert [step for step in plans if "SCAN message" in step and "INDEX" not in step] == []
    assert any("ix_message_pending" in step for step in plans)
    assert any("ix_message_next_attempt_at" in step for step in plans)
