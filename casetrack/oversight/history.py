"""What happened to a case, in words: each line of its journal with what was typed, joined and sent."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Integer, Select, and_, cast, func, literal, null, or_, select, true, union_all
from sqlalchemy.orm import Session

from casetrack.database.tables import (
    Case,
    CaseLink,
    CaseText,
    Document,
    Event,
    Message,
    Service,
    Staff,
    Subject,
)
from casetrack.deadlines import Calendar
from casetrack.engine import Actor, readable
from casetrack.engine.facts import FACTS as RECORDED
from casetrack.language import Text
from casetrack.oversight.dates import briefly, moment, rung
from casetrack.oversight.worklists import CHANNELS, COUNTED
from casetrack.workflow import FACTS, Action, Definition, Field

STATUSES = {
    "waiting": Text("en attente d'envoi", "waiting to be sent"),
    "claimed": Text("envoi en cours", "being sent"),
    "sent": Text("envoyé", "sent"),
    "in_doubt": Text("envoi incertain\u00a0: à vérifier", "perhaps sent: to be checked"),
    "to_print": Text("à imprimer et à poster", "to be printed and posted"),
    "posted": Text("posté", "posted"),
    "cancelled": Text("annulé", "cancelled"),
}
TONES = {"sent": "done", "posted": "done", "in_doubt": "late", "to_print": "soon"}
HANGS = {
    "duplicate_of": Text("Doublon de", "Duplicate of"),
    "related": Text("Lié à", "Related to"),
    "follows": Text("Fait suite à", "Follows"),
    "about": Text("Porte sur", "About"),
}
HANGS_BACK = {  # the same link, seen from the other case
    "duplicate_of": Text("A pour doublon", "Has as duplicate"),
    "related": HANGS["related"],
    "follows": Text("Suivi par", "Followed by"),
    "about": Text("Dossier ouvert à ce sujet", "Case opened about it"),
}
GROUPS = Text("Regroupé avec", "Grouped with"), Text("Regroupe", "Groups")
"""What the town keeps for itself is not a duplicate: two facts of one cause, seen from each side."""
YOU = Text("Vous", "You")
YOU_DID = Text("Vous avez {done}", "You {done}")
THEY_DID = Text("a {done}", "{done}")
YOU_HAVE = Text("avez {done}", "{done}")
FACTS_DONE = {  # what a person did that is no action of a definition, after their name
    "note_added": Text("ajouté une note interne", "added an internal note"),
    "sender_corrected": Text("corrigé l'expéditeur", "corrected the sender"),
    "linked": Text("lié un dossier", "linked a case"),
    "unlinked": Text("retiré un lien", "removed a link"),
    "document_added": Text("joint un document", "added a document"),
    "message_sent": Text("envoyé un message par courriel", "sent a message by e-mail"),
    "message_in_doubt": Text("laissé un courriel en doute", "left an e-mail in doubt"),
    "message_to_print": Text(
        "fait d'un courriel une lettre à poster", "turned an e-mail into a letter to post"
    ),
    "message_posted": Text("posté la lettre", "posted the letter"),
    "message_not_posted": Text("noté que la lettre n'est pas postée", "noted that the letter was not posted"),
    "doubt_was_sent": Text(
        "levé le doute\u00a0: le courriel était parti", "resolved the doubt: the e-mail had left"
    ),
    "doubt_send_again": Text(
        "levé le doute\u00a0: le courriel repart", "resolved the doubt: the e-mail is sent again"
    ),
}
REGISTERED_IT = Text("enregistré le courrier", "registered the letter")
OPENED_IT = Text("ouvert ce dossier", "opened this case")
OPENED_ABOUT = Text("ouvert à ce sujet\u00a0: {label}", "opened about this case: {label}")
DONE_ALREADY = Text("C'est fait\u00a0: {label}", "Done: {label}")
CITIZEN = Text("L'usager", "The citizen")
CLOCK = Text("L'horloge", "The clock")
REGISTERED = Text("Enregistrement", "Registration")
ON_BEHALF = Text("{who}, en remplacement de {absent}", "{who}, replacing {absent}")
BORN = Text("{fact}\u00a0; le dossier reste ouvert", "{fact}; the case stays open")
DONE_ON = Text("Fait le", "Done on")
DUE_ON = Text("Échéance", "Day due")
NOT_SHOWN = Text("(non affiché)", "(not shown)")
TOLD = Text("Prévient", "Tells")
WITH = Text("Dossier", "Case")
YES, NO = Text("oui", "yes"), Text("non", "no")
MADE_BY_THE_OPENING = {
    "subject": Text("Sujet", "Subject"),
    "service": Text("Service", "Service"),
}
LINKS = ("linked", "unlinked")
"""Facts about another case: who may not read that one is not told that it exists."""
OF_MESSAGES = ("message_", "doubt_")
"""How the facts begin that say what became of a message."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Hold a message of the case, with what became of it."""

    id: int
    subject: str
    body: str
    channel: Text
    status: Text
    tone: str
    when: Text
    language: str
    stage: str
    """Its status in one word, and the day on which it left, if it did."""
    left_on: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one line of history: who did what, when, what they wrote and what left."""

    seq: int
    kind: str
    """"staff", "citizen" or "clock"."""
    action: str
    about: str
    """"message", "note" or "step": what the history may be narrowed to."""
    who: Text
    replaces: bool
    what: Text
    did: Text | None
    """What `who` did, to be said after their name; None for the clock, and where no wording is known."""
    when: Text
    at: datetime
    payload: Mapping[str, object]
    moved: Text | None
    details: tuple[tuple[Text, Text], ...]
    written: Mapping[str, str]
    """What was typed, by field; `texts` says it with its labels, in the order of the form."""
    texts: tuple[tuple[Text, str], ...]
    document: Document | None
    messages: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """Hold a case that hangs on this one, and that this person may read."""

    relation: Text
    title: str
    reference: str
    can_go: bool
    """A person made this link, and a person may take it away; the others say what happened."""


@dataclass(frozen=True, slots=True)
class Known:
    """Hold what the numbers of a journal stand for, the cases that hang on this one, and those beside it."""

    names: Mapping[tuple[str, int], str]
    links: tuple[Linked, ...]
    beside: Mapping[str, str]
    """"before" and "after": the reference of the case that comes so in this person's list."""
    place: tuple[int, int] | None
    """Which one of how many it is there; None outside the list, or in one too long to count."""


@dataclass(slots=True)
class _Written:
    """Hold what belongs to one line of the journal."""

    texts: dict[str, str]
    document: Document | None
    messages: dict[int, Message]


def history(
    session: Session, case: Case, definition: Definition, actor: Actor, *, calendar: Calendar, today: date
) -> tuple[tuple[Entry, ...], Known]:
    """Return what happened, newest first, and the names that it needed, in two queries whatever its length."""
    rows = session.execute(
        select(Event, CaseText.field, CaseText.body, Document, Message)
        .outerjoin(CaseText, and_(CaseText.case_id == Event.case_id, CaseText.seq == Event.seq))
        .outerjoin(Document, and_(Document.case_id == Event.case_id, Document.seq == Event.seq))
        .outerjoin(Message, and_(Message.case_id == Event.case_id, Message.seq == Event.seq))
        .where(Event.case_id == case.id)
        .order_by(Event.seq.desc())
    ).all()
    written: dict[Event, _Written] = {}
    for event, field, body, document, message in rows:
        of_event = written.setdefault(event, _Written({}, document, {}))
        if field is not None:
            of_event.texts[field] = body
        if message is not None:
            of_event.messages[message.id] = message
    known = _known(session, case, definition, actor, written)
    entries = (
        _entry(event, found, definition, actor, known.names, calendar, today)
        for event, found in written.items()
        if event.action not in LINKS or ("case", json.loads(event.payload)["other"]) in known.names
    )
    return tuple(entries), known


def folded(entries: Iterable[Entry]) -> list[tuple[Entry, list[Entry]]]:
    """Put what the clock said several times in a row under the last of it: people's acts stand out."""
    lines: list[tuple[Entry, list[Entry]]] = []
    for entry in entries:
        if lines and entry.kind == "clock" == lines[-1][0].kind and "deadline" in entry.payload:
            lines[-1][1].append(entry)
        else:
            lines.append((entry, []))
    return lines


def _entry(
    event: Event,
    written: _Written,
    definition: Definition,
    actor: Actor,
    names: Mapping[tuple[str, int], str],
    calendar: Calendar,
    today: date,
) -> Entry:
    payload = json.loads(event.payload)
    fields = _fields(definition, event.action)
    moved = None
    if event.from_state is not None and event.from_state != event.to_state:
        before, after = definition.states[event.from_state].label, definition.states[event.to_state].label
        moved = Text(f"{before.fr} → {after.fr}", f"{before.en} → {after.en}")
    what = what_happened(event, payload, definition)
    messages = sorted(written.messages.values(), key=lambda row: -row.id)
    return Entry(
        seq=event.seq,
        kind=event.actor_kind,
        action=event.action,
        about=_about(event, written),
        who=_by(event, actor, names),
        replaces=event.on_behalf_of_id is not None,
        what=what,
        did=_did(event, payload, definition, actor),
        when=moment(event.at, calendar.timezone, today),
        at=event.at,
        payload=payload,
        moved=moved,
        details=tuple(_details(event, payload, fields, definition, names, today)),
        written=written.texts,
        texts=tuple(
            (fields[name].label.text if name in fields else what, written.texts[name])
            for name in dict.fromkeys([*fields, "note"])
            if name in written.texts
        ),
        document=written.document,
        messages=tuple(_sent(row, calendar, today) for row in messages),
    )


def _about(event: Event, written: _Written) -> str:
    if event.action == "note_added":
        return "note"
    told = event.actor_kind == "citizen" or event.action.startswith(OF_MESSAGES)
    return "message" if written.messages or told else "step"


def _sent(row: Message, calendar: Calendar, today: date) -> Sent:
    return Sent(
        id=row.id,
        subject=row.subject,
        body=row.body,
        channel=CHANNELS[row.channel],
        status=STATUSES[row.status],
        tone=TONES.get(row.status, "calm"),
        when=moment(row.sent_at or row.created_at, calendar.timezone, today),
        language=row.language,
        stage=row.status,
        left_on=calendar.day_of(row.sent_at) if row.sent_at else None,
    )


def _by(event: Event, actor: Actor, names: Mapping[tuple[str, int], str]) -> Text:
    if event.actor_kind == "clock":
        return CLOCK
    if event.actor_kind == "citizen":
        return CITIZEN
    name = names.get(("staff", event.actor_id or 0), "")
    who = YOU if event.actor_id == actor.id else Text(name, name)
    if event.on_behalf_of_id is None:
        return who
    absent = names.get(("staff", event.on_behalf_of_id), "")
    return Text(
        ON_BEHALF.fr.format(who=who.fr, absent=absent), ON_BEHALF.en.format(who=who.en, absent=absent)
    )


def what_happened(event: Event, payload: Mapping, definition: Definition) -> Text:
    """Say what a line of the journal is: an action by its label, a fact, what the clock found."""
    if event.action == "open":
        return REGISTERED
    if event.action in definition.actions:
        return definition.actions[event.action].label.text
    if (
        event.action == "opened_about"
    ):  # what was opened is called what it is; its number is not for everybody
        return Text(str(payload["fr"]), str(payload["en"]))
    if event.action in RECORDED:
        return RECORDED[event.action]
    deadline = definition.deadlines.get(str(payload.get("deadline", "")))
    label = deadline.label.text if deadline else Text(event.action, event.action)
    if event.action in FACTS:
        fact = FACTS[event.action]
        label = Text(fact.fr[:1].upper() + fact.fr[1:], fact.en[:1].upper() + fact.en[1:])
        return Text(BORN.fr.format(fact=label.fr), BORN.en.format(fact=label.en))
    fired = rung(str(payload.get("rung", "")))
    return Text(f"{label.fr}\u00a0: {fired.fr}", f"{label.en}: {fired.en}")


def past(action: Action) -> Text | None:
    """Return what somebody did who did this action, as its definition says it; None where it does not."""
    return action.done.text if action.done else None


def you_did(action: Action) -> Text:
    """Say to somebody what they have just done, as the beginning of a sentence."""
    done = past(action)
    return _filled(YOU_DID, done=done) if done else _filled(DONE_ALREADY, label=action.label.text)


def what_they_did(event: Event, payload: Mapping, definition: Definition) -> Text | None:
    """Say what a line of the journal is as something done, without who did it; None where no wording is known."""
    if event.action == "open":
        return REGISTERED_IT if definition.addressed_to == "citizen" else OPENED_IT
    if event.action in definition.actions:
        return past(definition.actions[event.action])
    if event.action == "opened_about":
        return _filled(OPENED_ABOUT, label=what_happened(event, payload, definition))
    return FACTS_DONE.get(event.action)


def _did(event: Event, payload: Mapping, definition: Definition, actor: Actor) -> Text | None:
    done = what_they_did(event, payload, definition) if event.actor_kind != "clock" else None
    if done is None:
        return None
    is_you = event.actor_kind == "staff" and event.actor_id == actor.id
    return _filled(YOU_HAVE if is_you else THEY_DID, done=done)


def _filled(pattern: Text, **parts: Text) -> Text:
    return Text(
        pattern.fr.format(**{name: part.fr for name, part in parts.items()}),
        pattern.en.format(**{name: part.en for name, part in parts.items()}),
    )


def _details(
    event: Event,
    payload: Mapping,
    fields: Mapping[str, Field],
    definition: Definition,
    names: Mapping[tuple[str, int], str],
    today: date,
) -> Iterable[tuple[Text, Text]]:
    if event.effective_on:
        yield DONE_ON, briefly(event.effective_on, today)
    if event.actor_kind == "clock" and event.action != "open" and payload.get("due_on"):
        yield DUE_ON, briefly(date.fromisoformat(payload["due_on"]), today)
    if told := ", ".join(names.get(("staff", key), "") for key in payload.get("told", ())):
        yield TOLD, Text(told, told)
    if event.action in LINKS:
        reference = names["case", payload["other"]]
        yield WITH, Text(reference, reference)
    for name, value in payload.items():
        if name in fields and value is not None:
            yield fields[name].label.text, _value(fields[name], value, definition, names, today)
        elif event.action == "open" and name in MADE_BY_THE_OPENING and value is not None:
            said = names.get((name, value), "")
            yield MADE_BY_THE_OPENING[name], Text(said, said)


def _value(
    field: Field, value: object, definition: Definition, names: Mapping[tuple[str, int], str], today: date
) -> Text:
    if field.type == "choice":
        choice = definition.choices(field).get(str(value))
        return choice.text if choice else Text(str(value), str(value))
    if field.type == "date":
        return briefly(date.fromisoformat(str(value)), today)
    if field.type == "boolean":
        return YES if value else NO
    if field.type in ("service", "staff", "subject", "case"):
        name = names.get((field.type, int(str(value))))
        return Text(name, name) if name else NOT_SHOWN
    return Text(str(value), str(value))


def _fields(definition: Definition, action: str) -> Mapping[str, Field]:
    if action == "open":
        return definition.fields
    return definition.actions[action].fields if action in definition.actions else {}


# ---- Names and links -------------------------------------------------------------------------------


def _known(
    session: Session, case: Case, definition: Definition, actor: Actor, events: Iterable[Event]
) -> Known:
    """Return names, links and neighbours in one query; a linked case that this person may not read is left out."""
    name = Case.title.label("name")
    out = select(CaseLink.kind.label("part"), Case.id.label("number"), name, Case.reference, literal(0))
    back = select(CaseLink.kind, Case.id, name, Case.reference, literal(1))
    linked = [
        out.join(Case, Case.id == CaseLink.other_id).where(CaseLink.case_id == case.id, readable(actor)),
        back.join(Case, Case.id == CaseLink.case_id).where(CaseLink.other_id == case.id, readable(actor)),
    ]
    full_name = Staff.given_name + " " + Staff.family_name
    tables = {
        "staff": (Staff, full_name, true()),
        "service": (Service, Service.name, true()),
        "subject": (Subject, Subject.label, true()),
        "case": (Case, Case.reference, readable(actor)),
    }
    named = [
        select(literal(kind), table.id, said, null(), cast(null(), Integer)).where(
            table.id.in_(sorted(numbers)), shown
        )
        for kind, numbers in _numbers(definition, events).items()
        for table, said, shown in (tables[kind],)
        if numbers
    ]
    names: dict[tuple[str, int], str] = {}
    links = []
    beside = {}
    counted: dict[str, int] = {}
    for part, number, said, reference, back_to in session.execute(
        union_all(*linked, *_neighbours(case, actor), *named)
    ):
        if part in ("sooner", "all"):
            counted[part] = number
        elif reference is None:
            names[part, number] = said
        elif part in ("before", "after"):
            beside[part] = reference
        else:
            relation = (HANGS_BACK if back_to else HANGS)[part]
            if part == "duplicate_of" and definition.addressed_to == "service":
                relation = GROUPS[back_to]
            # A report is named after the case that it is about: its number once is enough.
            title = said.removeprefix(case.reference).lstrip("\u00a0 :") or said  # noqa: B005
            links.append(Linked(relation, title, reference, part == "related"))
    place = (counted["sooner"] + 1, counted["all"]) if 0 < counted.get("all", 0) < COUNTED else None
    return Known(names, tuple(links), beside, place)


def _neighbours(case: Case, actor: Actor) -> list[Select]:
    """Return the queries of the case before and the case after this one in the list of what this person owes."""
    mine = [person.id for person in (actor, *actor.replaces)]
    if case.officer_id not in mine or not case.is_open or case.due_on is None or case.answered_on is not None:
        return []
    owed = (Case.officer_id.in_(mine), Case.closed_seq.is_(None), Case.answered_on.is_(None), readable(actor))
    # Said twice, so that the index of an officer's list is entered at this very place.
    later = (Case.due_on >= case.due_on, or_(Case.due_on > case.due_on, Case.id > case.id))
    sooner = (Case.due_on <= case.due_on, or_(Case.due_on < case.due_on, Case.id < case.id))
    found = []
    for part, place, order in (
        ("after", later, (Case.due_on, Case.id)),
        ("before", sooner, (Case.due_on.desc(), Case.id.desc())),
    ):
        row = select(
            literal(part).label("part"), Case.id, Case.title, Case.reference, literal(0).label("back")
        )
        found.append(select(row.where(*owed, *place).order_by(*order).limit(1).subquery()))
    for part, place in (("sooner", sooner), ("all", (Case.due_on.is_not(None),))):
        some = select(Case.id).where(*owed, *place).limit(COUNTED).subquery()
        number = func.count(some.c.id)
        found.append(select(literal(part), number, null(), null(), cast(null(), Integer)))
    return found


def _numbers(definition: Definition, events: Iterable[Event]) -> dict[str, set[int]]:
    """Return the people, services, subjects and cases that these lines hold by number."""
    wanted: dict[str, set[int]] = {"staff": set(), "service": set(), "subject": set(), "case": set()}
    for event in events:
        payload, fields = json.loads(event.payload), _fields(definition, event.action)
        wanted["staff"] |= {key for key in (event.actor_id, event.on_behalf_of_id) if key}
        wanted["staff"].update(payload.get("told", ()))
        if event.action in LINKS:
            wanted["case"].add(payload["other"])
        for name, value in payload.items():
            kind = name if event.action == "open" else fields[name].type if name in fields else ""
            if kind in wanted and isinstance(value, int):
                wanted[kind].add(value)
    return wanted
