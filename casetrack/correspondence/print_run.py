"""What leaves by post: the letters that wait until somebody says that they were posted."""

import re
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
from casetrack.engine.sending import LINES_OF_AN_ADDRESS, postal_address
from casetrack.language import Text
from casetrack.spelling import typeset

ADDRESS_TO_FIND = Text("Adresse à trouver", "Address to be found")
LONGEST_HEADING = 60
"""Letters of a first line that stands alone, above a text of its own: as many as a line holds, and fewer than a sentence."""
# How a town names itself, and what stands before "le 3 mai" on its letters.
OF_TOWN = (
    (re.compile(r"^(?:Ville|Commune|Mairie|Municipalité) du "), "Le "),
    (re.compile(r"^(?:Ville|Commune|Mairie|Municipalité) des "), "Les "),
    (re.compile(r"^(?:Ville|Commune|Mairie|Municipalité) (?:de |d['’])"), ""),
)


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


class Paragraph(NamedTuple):
    """One paragraph of a letter, with the line that announces it, if there is one."""

    heading: str
    text: str


class Sheet(NamedTuple):
    """One letter as the page prints it, everything in the language of its reader."""

    language: str
    address: tuple[str, ...]
    missing: Text | None
    """What to tell the desk instead of printing an envelope that goes nowhere."""
    reference: str
    date: str
    subject: str
    paragraphs: tuple[Paragraph, ...]


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
            subject=typeset(title_of(letter), letter.message.language),
            paragraphs=_paragraphs(typeset(letter.message.body, letter.message.language)),
        )
        for letter in letters
    ]


def title_of(letter: Letter) -> str:
    """Return the title of a letter without the number that e-mails carry in it."""
    return letter.message.subject.removeprefix(f"[{letter.reference}] ")


def dated(sheet: Sheet, town_name: str) -> str:
    """Return the line of the date as the town writes it: "Rivemont, le mardi 24 novembre 2026"."""
    name = next((mark.sub(the, town_name) for mark, the in OF_TOWN if mark.match(town_name)), town_name)
    return f"{name}, {sheet.date}" if sheet.language == "en" else f"{name}, le {sheet.date}"


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


def _paragraphs(body: str) -> tuple[Paragraph, ...]:
    parts = (part.strip("\n") for part in body.split("\n\n") if part.strip())
    return tuple(_paragraph(part) for part in parts)


def _paragraph(part: str) -> Paragraph:
    """Take the first line for a heading where it is short, is no sentence, and a line longer than it follows."""
    first, _, rest = part.partition("\n")
    below = rest.split("\n")[0]
    stands_alone = first[:1].isupper() and not re.search(r"[.:;,!?»]|\d", first)
    if stands_alone and len(first) <= LONGEST_HEADING < len(below):
        return Paragraph(first, rest)
    return Paragraph("", part)
