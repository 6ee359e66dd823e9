"""What leaves by post: the letters that wait until somebody says that they were posted."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.correspondence.outbox import PENDING
from casetrack.database.tables import Case, Citizen, Message
from casetrack.deadlines import say_day
from casetrack.engine import Actor, sendable, town
from casetrack.engine.facts import record
from casetrack.engine.sending import postal_address
from casetrack.language import Text

ADDRESS_TO_FIND = Text("Adresse à trouver", "Address to be found")
LINES_OF_AN_ADDRESS = 3
"""Name, street, town: with fewer the letter would not arrive."""


class Letter(NamedTuple):
    """One letter of the print run, with the case it belongs to."""

    message: Message
    case: Case
    written_on: date
    address: tuple[str, ...]

    @property
    def reference(self) -> str:
        """Return the number of the case."""
        return self.case.reference

    @property
    def address_is_missing(self) -> bool:
        """Tell whether somebody must find where to send it."""
        return len(self.address) < LINES_OF_AN_ADDRESS


class Sheet(NamedTuple):
    """One letter as the page prints it, everything in the language of its reader."""

    language: str
    address: tuple[str, ...]
    missing: Text | None
    """What to tell the desk instead of printing an envelope that goes nowhere."""
    reference: str
    date: str
    subject: str
    paragraphs: tuple[str, ...]


def waiting(session: Session, *, by: Actor) -> list[Letter]:
    """Return the letters to print that this person may send, oldest first."""
    query = (
        select(Message, Case, Citizen)
        .join(Case, Case.id == Message.case_id)
        .outerjoin(Citizen, Citizen.id == Case.citizen_id)
        .where(PENDING, Message.status == "to_print", sendable(by))
        .order_by(Message.id)
    )
    day_of = town.place(session).calendar.day_of
    return [
        Letter(message, case, day_of(message.created_at), _address(message, citizen))
        for message, case, citizen in session.execute(query)
    ]


def print_sheet(letters: Collection[Letter]) -> list[Sheet]:
    """Lay letters out for a page to print, one sheet a letter."""
    return [
        Sheet(
            language=letter.message.language,
            address=letter.address,
            missing=ADDRESS_TO_FIND if letter.address_is_missing else None,
            reference=letter.reference,
            date=say_day(letter.written_on, letter.message.language),
            # An e-mail carries the number in its title; a letter has a line for it.
            subject=letter.message.subject.removeprefix(f"[{letter.reference}] "),
            paragraphs=_paragraphs(letter.message.body),
        )
        for letter in letters
    ]


def mark_posted(session: Session, ids: Collection[int], *, by: Actor, at: datetime) -> int:
    """Record that these letters left; return how many, leaving aside those gone already or not theirs to send."""
    waiting_still = select(Message).where(Message.status == "to_print", *_of(ids, by))
    letters = session.scalars(waiting_still.order_by(Message.case_id, Message.id).with_for_update()).all()
    for message in letters:
        message.status, message.sent_at, message.posted_by_id = "posted", at, by.id
        record(session, message.case_id, "message_posted", by=by, at=at, template=message.template)
    return len(letters)


def undo_posted(session: Session, ids: Collection[int], *, by: Actor, at: datetime) -> int:
    """Take back what this person marked as posted on the same day; return how many letters wait again."""
    day_of = town.place(session).calendar.day_of
    mine = select(Message).where(Message.status == "posted", Message.posted_by_id == by.id, *_of(ids, by))
    taken_back = [
        message
        for message in session.scalars(mine.order_by(Message.case_id, Message.id).with_for_update())
        if message.sent_at and day_of(message.sent_at) == day_of(at)
    ]
    for message in taken_back:
        message.status, message.sent_at, message.posted_by_id = "to_print", None, None
        record(session, message.case_id, "message_not_posted", by=by, at=at, template=message.template)
    return len(taken_back)


def _of(ids: Collection[int], by: Actor) -> tuple:
    return Message.id.in_(ids), Message.case_id.in_(select(Case.id).where(sendable(by)))


def _address(message: Message, citizen: Citizen | None) -> tuple[str, ...]:
    """Return the lines written with the letter, or those found since then."""
    lines = tuple(message.recipient.splitlines())
    if len(lines) < LINES_OF_AN_ADDRESS and citizen and citizen.has_postal_address:
        return tuple(postal_address(citizen).splitlines())
    return lines


def _paragraphs(body: str) -> tuple[str, ...]:
    return tuple(part.strip("\n") for part in body.split("\n\n") if part.strip())
