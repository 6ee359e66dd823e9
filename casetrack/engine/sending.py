"""Turn what an act says to the citizen into a row of the outbox, rendered at once.

What was promised does not change later: the row holds the text itself. E-mail waits for the
outbox, post for the print run.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session

from casetrack.database.prepared import Copy, Prepared
from casetrack.database.tables import Case, CaseText, Citizen, Message, Service, Staff, Subject
from casetrack.deadlines import say_day
from casetrack.engine import town
from casetrack.engine.actor import Actor
from casetrack.engine.clocks import Clocks, silence_mode
from casetrack.engine.step import Step
from casetrack.workflow import Definition, Field, by_id, render

_MESSAGE = Prepared(
    insert(Message.__table__).inline(),
    *(column.name for column in Message.__table__.c if column.name != "id"),
)
_CITIZEN = Copy(Citizen)


class Preview(NamedTuple):
    """A message that nobody has sent: its words, and the way they would take."""

    subject: str
    body: str
    language: str
    channel: str
    recipient: str


LINES_OF_AN_ADDRESS = 3
"""Name, street, town: with fewer the letter would not arrive."""
KNOWN_BEFORE = ("town", "case", "citizen", "service", "officer", "today")
"""What a message may name before anything is answered."""


def send(step: Step, template: str, *, texts: Mapping[str, str]) -> None:
    """Render the template for the case's citizen and put it in the outbox; nobody to write to: nothing."""
    citizen = _citizen(step)
    if citizen is None:
        return
    language = "en" if citizen.language == "en" else "fr"
    rendered = render(
        step.definition.messages, template, language, merge_fields(step, citizen, language, texts)
    )
    channel, recipient = way_to(citizen, step.case.channel)
    by_email = channel == "email"
    step.writes.add(
        _MESSAGE,
        {
            "case_id": step.case.id,
            "seq": step.seq,
            "template": template,
            "channel": channel,
            "recipient": recipient,
            "language": language,
            "subject": rendered.subject[:300],
            "body": rendered.body,
            "message_id": message_id(
                step.case.reference, step.seq, template, step.place.details.get("email", "")
            ),
            "status": "waiting" if by_email else "to_print",
            "created_at": step.at,
            "attempts": 0,
            "next_attempt_at": step.at if by_email else None,
            "claimed_until": None,
            "claimed_by": None,
            "sent_at": None,
            "posted_by_id": None,
            "last_error": None,
        },
    )


def way_to(citizen: Citizen, channel: str) -> tuple[str, str]:
    """Return by which channel to write to this person, and where.

    Electronic letters are answered electronically, paper ones on paper unless there is no other
    way or the person asked otherwise (CRPA, art. L112-14).
    """
    electronic = channel in ("email", "web") and not citizen.prefers_post
    if citizen.email and (electronic or not citizen.has_postal_address):
        return "email", citizen.email
    return "post", postal_address(citizen)


def postal_address(citizen: Citizen) -> str:
    """Return the lines of the envelope; the name alone when the address is not known."""
    # No envelope is wider, and the whole must fit in the column.
    lines = (citizen.name[:160], citizen.street, f"{citizen.postcode} {citizen.town}".strip())
    return "\n".join(line for line in lines if line)


def message_id(reference: str, seq: int, template: str, sender: str) -> str:
    """Return a Message-ID that is the same on every try (RFC 5322, 3.6.4)."""
    domain = sender.rpartition("@")[2] or "casetrack.invalid"
    digest = sha256(f"{reference}\x1f{seq}\x1f{template}\x1f{domain}".encode()).hexdigest()[:32]
    return f"<{digest}@{domain}>"


def merge_fields(
    step: Step, citizen: Citizen, language: str, texts: Mapping[str, str], answer: str | None = None
) -> dict[str, Any]:
    """Return everything a template may name; what is absent is empty or None. `answer` is the draft, if known."""
    case, changes, details = step.case, step.changes, step.place.details
    fresh = lambda name: changes[name] if name in changes else getattr(case, name)  # noqa: E731
    day = lambda value: say_day(value, language) if value else ""  # noqa: E731
    service_id, officer_id, due_on = fresh("service_id"), fresh("officer_id"), fresh("due_on")
    service = town.service(step.session, service_id) if service_id else None
    officer = town.staff(step.session, officer_id) if officer_id else None
    mode = silence_mode(step.subject)
    label = step.subject.label if step.subject else ""
    return {
        "town": {"name": step.place.name, **details},
        "case": {
            "reference": case.reference,
            "title": case.title,
            "channel": case.channel,
            "received_on": day(case.received_on),
            "registered_on": day(step.place.calendar.day_of(case.registered_at)),
            "due_on": day(due_on),
            "act_by": day(fresh("act_by")),
            "implicit_on": day(fresh("implicit_on")) if mode != "none" else "",
            "implicit_born_on": day(fresh("implicit_born_on")),
            "silence_mode": mode,
            "subject": (step.subject.label_en or label) if step.subject and language == "en" else label,
            "late": bool(due_on and step.on > due_on),
        },
        "citizen": {"name": citizen.name, "salutation": salutation(citizen, language), "language": language},
        "service": {
            "name": service.name,
            "address": service.address,
            "telephone": service.telephone,
            "email": service.email,
        }
        if service
        else {"name": "", "address": "", "telephone": "", "email": ""},
        "officer": _person(officer),
        "today": day(step.on),
        "fields": _said(step, texts, language),
        "answer": answer_text(step.session, case) if answer is None else answer,
        "outcome": str(step.facts.get("outcome") or step.values.get("outcome") or ""),
        "signatory": _person(
            town.staff(step.session, step.facts["signed_by"]) if step.facts.get("signed_by") else None
        ),
    }


def known_of(
    session: Session, case: Case, name: str, *, by: Actor, at: datetime, language: str
) -> dict[str, Any]:
    """Return what a text in `language` that somebody begins in the action `name` may name: town, case, who wrote.

    Nothing of the act itself: it has not been done.
    """
    step = _not_taken(session, case, name, by, at)
    citizen = _citizen(step) or Citizen(
        civility="", given_name="", family_name="", organisation="", language="fr"
    )
    everything = merge_fields(step, citizen, language, {})
    return {part: everything[part] for part in KNOWN_BEFORE}


def answering(definition: Definition) -> str | None:
    """Return the action that sends the draft as the answer, None where no action does."""
    return next(
        (
            name
            for name, action in definition.actions.items()
            if action.sends and action.sends.role == "answers" and "draft" in action.needs
        ),
        None,
    )


def preview(
    session: Session,
    case: Case,
    *,
    by: Actor,
    at: datetime,
    signed_by: int | None = None,
    answer: str | None = None,
) -> Preview | None:
    """Return the answer as it would leave now, from the present draft; None with nobody to write to, or no draft.

    `signed_by` is whoever would sign it, where nobody has; `answer` the draft, where it was read already. Nothing is
    written.
    """
    name = answering(by_id(session, case.workflow_id))
    if name is None or case.citizen is None or not case.facts.get("draft"):
        return None
    step = _not_taken(session, case, name, by, at)
    step.facts = {"signed_by": signed_by} | dict(case.facts)
    language = "en" if case.citizen.language == "en" else "fr"
    message = step.action.sends.message  # type: ignore[union-attr]  # an action that answers sends
    everything = merge_fields(step, case.citizen, language, {}, answer)
    rendered = render(step.definition.messages, message, language, everything)
    return Preview(*rendered, language, *way_to(case.citizen, case.channel))


def _not_taken(session: Session, case: Case, name: str, by: Actor, at: datetime) -> Step:
    """Return the step that this action would be, to look at."""
    definition, place = by_id(session, case.workflow_id), town.place(session)
    subject = town.subject(session, case.subject_id) if case.subject_id else None
    return Step(
        session, case, definition, name, definition.actions[name], by, at, place.calendar.day_of(at), case.last_seq,
        {}, place, Clocks(session, definition, place.calendar, subject), subject,
    )  # fmt: skip


def salutation(citizen: Citizen, language: str) -> str:
    """Return how a letter to this person begins, without the comma."""
    known = {
        "mme": ("Madame", "Dear Madam"),
        "madame": ("Madame", "Dear Madam"),
        "m.": ("Monsieur", "Dear Sir"),
        "monsieur": ("Monsieur", "Dear Sir"),
    }
    fr, en = known.get(citizen.civility.strip().lower(), ("Madame, Monsieur", "Dear Sir or Madam"))
    return en if language == "en" else fr


def answer_text(session: Session, case: Case) -> str:
    """Return the text of the present draft of the answer; empty when there is none."""
    if not (seq := case.facts.get("draft")):
        return ""
    kept = session.get(CaseText, (case.id, seq, "answer"))
    return kept.body if kept else ""


def _citizen(step: Step) -> Citizen | None:
    if step.case.citizen_id is None:
        return None
    return _CITIZEN.of(step.session, step.case.citizen_id)


def _person(staff: Staff | None) -> dict[str, str] | None:
    return {"name": staff.name, "title": staff.title} if staff else None


def _said(step: Step, texts: Mapping[str, str], language: str) -> dict[str, str]:
    """Return what was typed as a letter says it; an empty field is an empty text."""
    said = dict.fromkeys(step.action.fields, "")
    for name, value in step.values.items():
        expected = step.action.fields[name]
        said[name] = _SAY.get(expected.type, _as_typed)(step, expected, texts.get(name, value), language)
    return said


def _as_typed(_step: Step, _field: Field, value: object, _language: str) -> str:
    return str(value)


def _row_said(table: type, name: str) -> Callable[[Step, Field, object, str], str]:
    return lambda step, _field, value, _language: str(getattr(step.session.get(table, value), name))


_SAY: dict[str, Callable[[Step, Field, object, str], str]] = {
    "date": lambda _step, _field, value, language: say_day(date.fromisoformat(str(value)), language),
    "choice": lambda step, field, value, language: step.definition.lists[field.of or ""][
        str(value)
    ].text.within(language),
    "boolean": lambda _step, _field, value, language: (
        ("yes" if value else "no") if language == "en" else ("oui" if value else "non")
    ),
    "case": _row_said(Case, "reference"),
    "service": _row_said(Service, "name"),
    "staff": _row_said(Staff, "name"),
    "subject": _row_said(Subject, "label"),
}
