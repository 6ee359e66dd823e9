"""What the form of registration offers, in one query: subjects, people who may be named, the pile of the day."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session, contains_eager

from casetrack.database.tables import Case, Citizen, Message, PileLine, Subject
from casetrack.deadlines import Calendar, Period, due, explain
from casetrack.engine import Actor, foresee, readable
from casetrack.engine.fields import storable
from casetrack.engine.opening import NOT_OLD
from casetrack.engine.sending import LINES_OF_AN_ADDRESS, way_to
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight.choices import Officers, by_service, officer_rows
from casetrack.spelling import fold

BY_EMAIL = Text("par courriel à {address}", "by e-mail to {address}")
BY_EMAIL_TYPED = Text("par courriel, à l'adresse saisie", "by e-mail, to the address typed")
BY_POST = Text("par courrier, au prochain tirage", "by post, in the next print run")
BY_HAND = Text(
    "à imprimer et à remettre\u00a0: l'adresse postale est incomplète",
    "to be printed and handed over: the postal address is incomplete",
)
NO_WAY = Text("aucun\u00a0: l'expéditeur est inconnu", "none: the sender is unknown")
NO_RECEIPT = Text("aucun", "none")
# For colleagues, and kept in the history: in French, as they write.
REMINDERS = {
    "post": "Rappel par courrier",
    "email": "Rappel par courriel",
    "web": "Rappel par formulaire",
    "desk": "Rappel au guichet",
    "telephone": "Rappel par téléphone",
    "elected": "Rappel par un élu",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold the subjects by label, the officers by service, and the letters of the day: done, and left."""

    subjects: list[tuple[int, Text]]
    officers: Officers
    done: int
    left: int

    @property
    def total(self) -> int:
        """Return all the letters of the day's pile."""
        return self.done + self.left


@dataclass(frozen=True, slots=True)
class Registered:
    """Hold a letter just registered, its receipt, and why it is promised for that day."""

    case: Case
    receipt: Message | None
    why: tuple[Text, ...]


def desk(session: Session, calendar: Calendar, *, at: datetime) -> Desk:
    """Return what the form offers; the pile counts what was registered or removed since this morning."""
    none = literal_column("''")
    subjects = select(
        literal_column("1").label("kind"),
        Subject.id.label("key"),
        Subject.label.label("name"),
        Subject.label_en.label("given"),
        none.label("service"),
    ).where(Subject.is_active)
    this_morning = calendar.starts_at(calendar.day_of(at))
    done = and_(PileLine.status.in_(("registered", "removed")), PileLine.decided_at >= this_morning)
    pile = (
        select(literal_column("2"), func.count(), PileLine.status, none, none)
        .where(or_(PileLine.status == "waiting", done))
        .group_by(PileLine.status)
    )
    rows = session.execute(
        union_all(subjects, pile, officer_rows(literal_column("3"))).order_by(
            "service", "name", "given", "key"
        )
    ).all()
    counts = {row.name: row.key for row in rows if row.kind == 2}
    left = counts.pop("waiting", 0)
    return Desk(
        sorted(
            ((row.key, Text(row.name, row.given or row.name)) for row in rows if row.kind == 1),
            key=lambda subject: fold(subject[1].fr),
        ),
        by_service(row for row in rows if row.kind == 3),
        sum(counts.values()),
        left,
    )


def way_of_receipt(citizen: Citizen | None, channel: str) -> Text:
    """Say how the receipt of a letter that came this way will reach this person; None for an unknown sender."""
    if citizen is None:
        return NO_WAY
    by, where = way_to(citizen, channel)
    if by == "email":
        if citizen.id is None:
            return BY_EMAIL_TYPED
        return BY_EMAIL.filled(address=where)
    return BY_POST if citizen.has_postal_address else BY_HAND


def is_shown_to(session: Session, reference: str, by: Actor) -> bool:
    """Tell whether the page of the letter just registered is for whoever registered it."""
    found = select(Case.id).where(Case.reference == reference, readable(by))
    return session.scalar(found) is not None


def registered(
    session: Session, reference: str, actor: Actor, *, calendar: Calendar, today: date
) -> Registered:
    """Return a letter as the desk is told that it is registered, in one query; raise NotFound."""
    receipt = and_(Message.case_id == Case.id, Message.seq == 1)
    row = session.execute(
        select(Case, Message)
        .outerjoin(Message, receipt)
        .outerjoin(Case.citizen)
        .outerjoin(Case.service)
        .outerjoin(Case.subject)
        .options(contains_eager(Case.citizen), contains_eager(Case.service), contains_eager(Case.subject))
        .where(Case.reference == storable(reference).strip(), readable(actor))
        .limit(1)
    ).first()
    if row is None:
        raise NotFound
    case, sent = row
    why: tuple[Text, ...] = ()
    # Nobody has acted yet: no pause, no other subject, and the date is the one that was foreseen.
    if case.version == 1 and case.subject is not None and case.due_on is not None:
        period = foresee(session, case.subject, received_on=case.received_on, today=today).period
        computed = due(Period.parse(period), case.received_on, calendar=calendar) if period else None
        why = tuple(explain(computed)) if computed and computed.due_on == case.due_on else ()
    return Registered(case, sent, why)


def way_taken(receipt: Message | None) -> Text:
    """Say how a receipt leaves, or left."""
    if receipt is None:
        return NO_RECEIPT
    if receipt.channel == "email":
        return BY_EMAIL.filled(address=receipt.recipient)
    return BY_POST if len(receipt.recipient.splitlines()) >= LINES_OF_AN_ADDRESS else BY_HAND


def reminder(channel: str, title: str) -> str:
    """Write the note of a reminder that came without any document, for the colleagues who follow the case."""
    title = " ".join(title.split())
    came = REMINDERS.get(channel, REMINDERS["post"])
    return f"{came}\u00a0: {title}" if title else f"{came}."


def is_long_ago(received_on: date, today: date) -> bool:
    """Tell whether a day of receipt is so far back that it must be confirmed: the promise would be past already."""
    return received_on < today - NOT_OLD
