"""A town with messages to send, and a real mail server that does as it is told."""

import email.policy
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database import Database
from casetrack.database.tables import Case, Citizen, Event, Message, Staff, Town, WorkflowVersion
from casetrack.engine import Actor
from casetrack.settings import MailServer

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SENDER = "courrier@mairie.example"
PAUL_HOME = {"street": "3 rue des Lilas", "postcode": "78990", "town": "Élancourt"}
ANNE = Actor(kind="staff", id=1, name="Anne Le Goff", roles=frozenset({"desk"}))
LEA = Actor(kind="staff", id=2, name="Léa Petit", roles=frozenset({"desk"}))


def build_town(session: Session) -> None:
    """Add Anne and Léa at the desk, and a definition for cases to hang on."""
    session.add(Town(id=1, name="Élancourt"))
    for actor in (ANNE, LEA):
        given, _, family = actor.name.partition(" ")
        session.add(Staff(id=actor.id, login=given.lower(), given_name=given, family_name=family))
    session.add(
        WorkflowVersion(id=1, key="letter", version=1, sha256="", source="", messages={}, published_at=MONDAY)
    )
    session.flush()


def add_message(session: Session, number: int = 1, *, home: dict | None = None, **columns: object) -> Message:
    """Add a receipt that waits to be sent, with its case, its journal line and its citizen."""
    reference = f"2026-A-{number:06}"
    citizen = Citizen(
        given_name="Paul", family_name="Martin", email=f"usager{number}@example.org", **(home or {})
    )
    session.add(citizen)
    session.flush()
    case = Case(
        reference=reference, workflow_id=1, workflow="letter", state="registered", title="Nid-de-poule", channel="email",
        received_on=date(2026, 1, 5), registered_at=MONDAY, citizen_id=citizen.id, last_seq=1,
    )  # fmt: skip
    session.add(case)
    session.flush()
    event = {
        "actor_kind": "staff",
        "actor_id": 1,
        "action": "open",
        "to_state": "registered",
        "payload": "{}",
        "hash": "",
    }
    session.add(Event(case_id=case.id, seq=1, at=MONDAY, **event))
    message = Message(
        **{
            "case_id": case.id, "seq": 1, "template": "receipt", "channel": "email", "recipient": citizen.email,
            "language": "fr", "subject": f"Accusé de réception {reference}", "body": "Bonjour,\n\nBien reçu.\n",
            "message_id": f"<{number}@mairie.example>", "status": "waiting",
            "created_at": MONDAY, "next_attempt_at": MONDAY,
        } | columns
    )  # fmt: skip
    session.add(message)
    session.flush()
    return message


def fill_outbox(database: Database, count: int = 1, **columns: object) -> None:
    """Build the town with so many receipts to send."""
    with database.session() as session:
        build_town(session)
        for number in range(1, count + 1):
            add_message(session, number, **columns)
        session.commit()


def messages(database: Database) -> list[Message]:
    """Return every message, in the order in which they were written."""
    with database.reader() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))


def only_message(database: Database) -> Message:
    """Return the one message there is."""
    (message,) = messages(database)
    return message


class Postman:
    """What the mail server answers to RCPT, DATA and the final dot, and the mail that it took."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.on_rcpt: Callable[[SMTP], str] = lambda server: "250 OK"
        self.on_dot: Callable[[SMTP], str] = lambda server: "250 OK"
        self.connections = 0
        self.server: MailServer | None = None

    @property
    def ids(self) -> list[str]:
        """Return the Message-ID of each mail taken, in order."""
        return [mail["Message-ID"] for mail in self.taken]

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802 - aiosmtpd's name
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope: Envelope, address, options):  # noqa: N802
        answer = self.on_rcpt(server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope: Envelope):  # noqa: N802
        answer = self.on_dot(server)
        if answer.startswith("250"):
            self.taken.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
            self.recipients += envelope.rcpt_tos
        return answer


@contextmanager
def mail_server(**options: object) -> Iterator[Postman]:
    """Run a mail server on a free port of this machine."""
    postman = Postman()
    port = free_port()
    controller = Controller(postman, hostname="127.0.0.1", port=port, **options)
    controller.start()
    postman.server = MailServer("127.0.0.1", port)
    try:
        yield postman
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def hang_up(server: SMTP) -> str:
    """Cut the connection without a word."""
    server.transport.abort()
    return "421 gone"
