"""What leaves by e-mail: each message once, or visibly in doubt; none lost.

A message is claimed and the claim committed; it is handed over with no transaction open; what came of it
is committed at once. One message at a time: a process killed at any moment leaves at most one in doubt.

    waiting → claimed ─┬─ accepted ─────────────────────────→ sent
                       ├─ not now, or no server ────────────→ waiting, for 24 hours, then to_print
                       ├─ refused for good ─────────────────→ to_print (a letter)
                       └─ no answer after the last dot, or
                          killed: nobody knows ─────────────→ in_doubt (a person decides)
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTP

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from casetrack.correspondence.smtp import Outcome, Smtp, code_of
from casetrack.database.tables import Case, Citizen, Message
from casetrack.engine import CLOCK, Actor, sendable
from casetrack.engine.facts import record
from casetrack.engine.sending import postal_address
from casetrack.errors import CaseChanged
from casetrack.language import Text

log = logging.getLogger(__name__)

WAITS = tuple(timedelta(seconds=seconds) for seconds in (25, 100, 400, 1_600, 6_400, 25_600, 52_000))
"""How long to wait after each failure, 23.9 hours in all; after one more the message becomes a letter."""
CLAIM = timedelta(minutes=10)
"""Longer than one message can take to hand over: whoever claimed it and says nothing is dead."""

# The very words of the partial indexes, not bound: otherwise a database may not see that they answer.
WAITING = text("message.status = 'waiting'")
PENDING = text("message.status IN ('claimed', 'in_doubt', 'to_print')")

_DUE = (
    select(Message)
    .where(WAITING)
    .order_by(Message.next_attempt_at, Message.id)
    # What another worker is about to claim is left to it.
    .with_for_update(skip_locked=True)
)


@dataclass(slots=True)
class Sent:
    """Count what became of the messages that were due; `unreachable` says why no server could be used."""

    sent: int = 0
    postponed: int = 0
    to_print: int = 0
    in_doubt: int = 0
    unreachable: str = ""

    @property
    def done(self) -> int:
        """Return how many messages were tried."""
        return self.sent + self.postponed + self.to_print + self.in_doubt


def send_due(
    session_factory: Callable[[], Session],
    transport: Smtp,
    *,
    at: Callable[[], datetime] | datetime,
    holder: str,
    limit: int = 50,
) -> Sent:
    """Send the e-mails that are due, at most `limit` of them, over one connection.

    1. Put in doubt what a dead process had claimed.
    2. Open the connection before claiming: without a server every due message waits, none is in doubt.
    3. Claim one message, hand it over, mark it; and the next.
    """
    clock = at if callable(at) else lambda: at
    count = Sent(in_doubt=doubt_stale_claims(session_factory, at=clock()))
    connection: SMTP | None = None
    try:
        for _ in range(limit):
            if connection is None or connection.sock is None:
                if not _something_is_due(session_factory, clock()):
                    break
                try:
                    connection = transport.open()
                except OSError as fault:
                    count.unreachable = code_of(fault)
                    _postpone(session_factory, clock(), count, limit)
                    break
            if (message := _claim(session_factory, clock(), holder)) is None:
                break
            outcome = transport.hand_over(connection, message)
            _mark(session_factory, message.id, outcome, clock(), holder, count)
    finally:
        if connection is not None:
            transport.close(connection)
    return count


def doubt_stale_claims(session_factory: Callable[[], Session], *, at: datetime) -> int:
    """Put in doubt every message whose claim has expired: it left, or it did not; return how many."""
    stale = select(Message).where(PENDING, Message.status == "claimed", Message.claimed_until <= at)
    with session_factory() as session:
        doubted = session.scalars(
            stale.order_by(Message.case_id, Message.id).with_for_update(skip_locked=True)
        ).all()
        for message in doubted:
            message.status, message.next_attempt_at = "in_doubt", None
            message.attempts += 1
            message.last_error = "claim expired"
            _record(session, message, at)
        session.commit()
        return len(doubted)


def in_doubt(session: Session, *, by: Actor) -> list[tuple[Message, Case]]:
    """Return the messages in doubt that this person may send again, oldest first, each with its case."""
    query = select(Message, Case).join(Case, Case.id == Message.case_id)
    query = query.where(PENDING, Message.status == "in_doubt", sendable(by)).order_by(Message.id)
    return [(message, case) for message, case in session.execute(query)]


def resolve_doubt(session: Session, message: Message, *, sent: bool, by: Actor, at: datetime) -> None:
    """Record a person's decision: it was sent, or it must be sent again under the same Message-ID.

    Raises CaseChanged when the message is no longer in doubt.
    """
    session.refresh(message, with_for_update=True)
    if message.status != "in_doubt":
        raise CaseChanged(
            Text("Le sort de ce message est déjà connu.", "What became of this message is already known.")
        )
    message.posted_by_id = by.id
    message.claimed_until = None
    if sent:
        message.status, message.sent_at = "sent", at
    else:
        message.status, message.next_attempt_at = "waiting", at
    decision = "doubt_was_sent" if sent else "doubt_send_again"
    record(session, message.case_id, decision, by=by, at=at, template=message.template)


def _something_is_due(session_factory: Callable[[], Session], at: datetime) -> bool:
    due = select(Message.id).where(WAITING, Message.next_attempt_at <= at).limit(1)
    with session_factory() as session:
        return session.execute(due).first() is not None


def _claim(session_factory: Callable[[], Session], at: datetime, holder: str) -> Message | None:
    with session_factory() as session:
        message = session.scalars(_DUE.where(Message.next_attempt_at <= at).limit(1)).first()
        if message is not None:
            message.status, message.claimed_by, message.claimed_until = "claimed", holder, at + CLAIM
            session.commit()
        return message


def _mark(
    session_factory: Callable[[], Session],
    message_id: int,
    outcome: Outcome,
    at: datetime,
    holder: str,
    count: Sent,
) -> None:
    # Still ours if the claim expired meanwhile: what we know is better than a doubt.
    ours = (Message.claimed_by == holder, Message.status.in_(("claimed", "in_doubt")))
    query = select(Message).where(Message.id == message_id, *ours).with_for_update()
    with session_factory() as session:
        message = session.scalars(query).first()
        if message is None:
            log.error("message %d, %s, was decided by somebody else", message_id, outcome.status)
            return
        _settle(session, message, outcome, at, count)
        session.commit()


def _postpone(session_factory: Callable[[], Session], at: datetime, count: Sent, limit: int) -> None:
    """Count a try for each due message: no server could be used."""
    with session_factory() as session:
        for message in session.scalars(_DUE.where(Message.next_attempt_at <= at).limit(limit)).all():
            _settle(session, message, Outcome("retry", count.unreachable), at, count)
        session.commit()


def _settle(session: Session, message: Message, outcome: Outcome, at: datetime, count: Sent) -> None:
    """Write what came of one try."""
    message.attempts += 1
    message.last_error = outcome.error or None
    message.next_attempt_at = message.claimed_until = None
    if outcome.status == "sent":
        message.status, message.sent_at = "sent", at
        count.sent += 1
        _record(session, message, at)
    elif outcome.status == "in_doubt":
        message.status = "in_doubt"
        count.in_doubt += 1
        _record(session, message, at)
    elif outcome.status == "retry" and message.attempts <= len(WAITS):
        message.status, message.next_attempt_at = "waiting", at + WAITS[message.attempts - 1]
        count.postponed += 1
    else:
        _make_a_letter(session, message)
        count.to_print += 1
        _record(session, message, at)


def _record(session: Session, message: Message, at: datetime) -> None:
    record(session, message.case_id, f"message_{message.status}", by=CLOCK, at=at, template=message.template)


def _make_a_letter(session: Session, message: Message) -> None:
    """Send it by post instead; without a postal address the print run says that one must be found."""
    of_the_case = select(Citizen).join(Case, Case.citizen_id == Citizen.id).where(Case.id == message.case_id)
    citizen = session.scalar(of_the_case)
    message.channel, message.status = "post", "to_print"
    message.recipient = postal_address(citizen) if citizen else ""
