"""What the page of a case shows: its dates explained, its history in words, what was sent, what one may do."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, literal, null, select, union_all
from sqlalchemy.orm import Session, contains_eager, load_only

from casetrack.database.tables import (
    Case,
    CaseCopy,
    CaseLink,
    CaseText,
    Document,
    Event,
    Message,
    Service,
    Staff,
    Subject,
    Suspension,
    Timer,
    WorkflowVersion,
)
from casetrack.deadlines import Calendar, Period, due, explain, explain_day_due
from casetrack.engine import (
    Actor,
    AllowedAction,
    RefusedAction,
    allowed_actions,
    readable,
    refused_actions,
)
from casetrack.engine.clocks import pause_of
from casetrack.engine.facts import FACTS as RECORDED
from casetrack.engine.sending import answer_text
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight.clock_bar import ClockBar, clock_bar
from casetrack.oversight.dates import ANSWERED, Said, briefly, kept, moment, owed, rung, suspended
from casetrack.oversight.worklists import CHANNELS, UNKNOWN_SENDER, WAITS_FOR
from casetrack.workflow import FACTS, Definition, Field, by_id

NO_SUCH_CASE = Text(
    "Aucun dossier ne porte ce numéro, ou il ne vous est pas ouvert.",
    "No case has this number, or it is not open to you.",
)
CONFIDENTIALITY = {
    0: Text(
        "Ordinaire\u00a0: les services concernés et l'accueil",
        "Ordinary: the services concerned and the desk",
    ),
    1: Text(
        "Restreint\u00a0: l'agent, ses responsables, le médiateur",
        "Restricted: the officer, the heads, the mediator",
    ),
    2: Text("Scellé\u00a0: les personnes nommées et le médiateur", "Sealed: named readers and the mediator"),
}
STATUSES = {
    "waiting": Text("en attente d'envoi", "waiting to be sent"),
    "claimed": Text("envoi en cours", "being sent"),
    "sent": Text("envoyé", "sent"),
    "in_doubt": Text("envoi incertain\u00a0: à vérifier", "perhaps sent: to be checked"),
    "to_print": Text("à imprimer et à poster", "to be printed and posted"),
    "posted": Text("posté", "posted"),
    "cancelled": Text("annulé", "cancelled"),
}
HANGS = {
    "duplicate_of": Text("Doublon de", "Duplicate of"),
    "related": Text("Lié à", "Related to"),
    "follows": Text("Fait suite à", "Follows"),
    "about": Text("Porte sur", "About"),
    "copied": Text("En copie", "Copied"),
    "asked": Text("Avis attendu de", "Opinion awaited from"),
}
HANGS_BACK = {  # the same link, seen from the other case
    "duplicate_of": Text("A pour doublon", "Has as duplicate"),
    "related": HANGS["related"],
    "follows": Text("Suivi par", "Followed by"),
}
YOU = Text("Vous", "You")
CITIZEN = Text("L'usager", "The citizen")
CLOCK = Text("L'horloge", "The clock")
REGISTERED = Text("Enregistrement", "Registration")
ON_BEHALF = Text("{who}, en remplacement de {absent}", "{who}, replacing {absent}")
BORN = Text("{fact}\u00a0; le dossier reste ouvert", "{fact}; the case stays open")
COUNTED_FROM = Text("à compter du", "counted from")
GIVEN_DAY = Text("Date fixée par la personne qui a agi.", "Day set by the person who acted.")
DONE_ON = Text("Fait le", "Done on")
DUE_ON = Text("Échéance", "Day due")
NOT_SHOWN = Text("(non affiché)", "(not shown)")
YES, NO = Text("oui", "yes"), Text("non", "no")
UNSHOWN = {"reference", "workflow", "received_on", "channel"}
"""What the first journal line holds and the head of the page says already."""
MADE_BY_THE_OPENING = {
    "subject": Text("Sujet", "Subject"),
    "service": Text("Service", "Service"),
}


@dataclass(frozen=True, slots=True)
class Clock:
    """Hold one deadline of the case: its date in words, and why it is that date."""

    key: str
    label: Text
    kind: str
    due: Said
    promised: Text
    why: tuple[Text, ...]
    basis: str
    due_on: date
    met_on: date | None
    pauses: tuple[tuple[date, date], ...]
    """First day of each, and the one on which the clock runs again, really or as announced."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Hold one line of history: who did what, when, and what they wrote."""

    seq: int
    kind: str
    """"staff", "citizen" or "clock"."""
    who: Text
    what: Text
    when: Text
    at: datetime
    moved: Text | None
    details: tuple[tuple[Text, Text], ...]
    texts: tuple[tuple[Text, str], ...]
    document: Document | None


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


@dataclass(frozen=True, slots=True)
class Hanging:
    """Hold what hangs on the case: a linked case that this person may read, or a copied service."""

    relation: Text
    name: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """Hold everything that the page shows."""

    case: Case
    definition: Definition
    state: Text
    ends: bool
    who: Text
    channel: Text
    confidentiality: Text
    promise: Said | None
    bar: ClockBar | None
    clocks: tuple[Clock, ...]
    history: tuple[Entry, ...]
    messages: tuple[Sent, ...]
    hanging: tuple[Hanging, ...]
    draft: str
    actions: tuple[AllowedAction, ...]
    first: AllowedAction | None
    waits_for: Text | None
    """Who is expected to act, when it is not this person."""
    refused: tuple[RefusedAction, ...]
    refused_first: tuple[RefusedAction, ...]

    @property
    def documents(self) -> list[Document]:
        """Return the documents of the case, in the order in which they came."""
        return [entry.document for entry in reversed(self.history) if entry.document is not None]


def find(session: Session, reference: str, actor: Actor) -> Case:
    """Return the case with who wrote, its service and its officer, in one query.

    Raises NotFound, the same whether there is no such case or this person may not read it.
    """
    query = (
        select(Case, WorkflowVersion)
        .join(WorkflowVersion, WorkflowVersion.id == Case.workflow_id)
        .outerjoin(Case.citizen)
        .outerjoin(Case.subject)
        .outerjoin(Case.service)
        .outerjoin(Case.officer)
        .options(
            load_only(WorkflowVersion.sha256),
            contains_eager(Case.citizen),
            contains_eager(Case.subject),
            contains_eager(Case.service),
            contains_eager(Case.officer),
        )
        .where(Case.reference == reference.strip(), readable(actor))
    )
    if (row := session.execute(query).first()) is None:
        raise NotFound(NO_SUCH_CASE)
    by_id(session, row.Case.workflow_id)
    return row.Case


def page(session: Session, case: Case, actor: Actor, *, today: date, calendar: Calendar) -> CasePage:
    """Return what the page of a case shows, in six queries whatever its length.

    One more asks, where an action is for a service whose opinion is awaited, whether it is theirs.
    """
    definition = by_id(session, case.workflow_id)
    state = definition.states[case.state]
    clocks = _clocks(session, case, definition, calendar, today)
    ordered = _in_order(allowed_actions(session, case, actor), state.next)
    refused = _in_order(refused_actions(session, case, actor), state.next)
    first = ordered[0] if ordered and ordered[0].name in state.next else None
    # Only what somebody would look for: what lacks something, and the next step that is another's.
    wanted = [
        action
        for action in refused
        if action.code == "needs" or (not first and action.name in state.next[:1])
    ]
    return CasePage(
        case=case,
        definition=definition,
        state=state.label.text,
        ends=state.ends,
        who=_who(case, definition),
        channel=CHANNELS[case.channel],
        confidentiality=CONFIDENTIALITY[case.confidentiality],
        promise=_promise(case, clocks, today),
        bar=_bar(case, clocks, today),
        clocks=clocks,
        history=_history(session, case, definition, actor, calendar, today),
        messages=_messages(session, case, calendar, today),
        hanging=_hanging(session, case, actor),
        draft=answer_text(session, case),
        actions=tuple(action for action in ordered if action is not first),
        first=first,
        waits_for=WAITS_FOR.get(state.owner or "") if first is None else None,
        refused=tuple(action for action in refused if action not in wanted),
        refused_first=tuple(wanted),
    )


def beginning(session: Session, case: Case, fields: Mapping[str, Field]) -> dict[str, str]:
    """Return what the form of an action starts with: the draft to go on with, the present subject."""
    known = {
        "answer": answer_text(session, case),
        "outcome": str(case.facts.get("outcome", "")),
        "subject": str(case.subject_id or ""),
        "service": "",
    }
    return {name: known[name] for name in fields if known.get(name)}


def message(session: Session, case: Case, message_id: int) -> Message:
    """Return one message of this case; raise NotFound."""
    query = select(Message).where(Message.id == message_id, Message.case_id == case.id)
    if found := session.scalar(query):
        return found
    raise NotFound(NO_SUCH_CASE)


def receipt_of(session: Session, case: Case) -> Message | None:
    """Return the message that left with the opening, to hand over at the desk."""
    return session.scalar(select(Message).where(Message.case_id == case.id, Message.seq == 1).limit(1))


def promise_of(session: Session, case: Case, *, calendar: Calendar, today: date) -> Clock | None:
    """Return the clock that was promised to the citizen, explained: what the desk says at once."""
    clocks = _clocks(session, case, by_id(session, case.workflow_id), calendar, today)
    return next((clock for clock in clocks if clock.due.on == case.due_on and clock.kind == "promise"), None)


def last_act(session: Session, case: Case, actor: Actor, *, today: date, calendar: Calendar) -> Entry:
    """Return what a person last did on the case: what somebody who was slower must be told."""
    history = _history(session, case, by_id(session, case.workflow_id), actor, calendar, today)
    return next(entry for entry in history if entry.kind != "clock")


def _in_order(actions: Iterable, proposed: list[str]) -> list:
    rank = {name: place for place, name in enumerate(proposed)}
    return sorted(actions, key=lambda action: rank.get(action.name, len(rank)))


def _who(case: Case, definition: Definition) -> Text:
    if case.citizen is not None:
        return Text(case.citizen.name, case.citizen.name)
    return UNKNOWN_SENDER if definition.addressed_to == "citizen" else definition.label.text


# ---- Dates ---------------------------------------------------------------------------------------


def _promise(case: Case, clocks: tuple[Clock, ...], today: date) -> Said | None:
    if case.due_on is None:
        return None
    if case.answered_on is not None:
        return kept(case.due_on, case.answered_on, today, ANSWERED)
    promised = (clock.due for clock in reversed(clocks) if clock.key == "answer")  # the last one given
    return next(promised, owed(case.due_on, today))


def _bar(case: Case, clocks: tuple[Clock, ...], today: date) -> ClockBar | None:
    by_key = {clock.key: clock for clock in clocks}
    promised = next((clock for clock in clocks if clock.due_on == case.due_on), None)
    return clock_bar(
        case.received_on,
        case.due_on,
        today=today,
        legal_on=case.implicit_on,
        answered_on=case.answered_on,
        acknowledged_on=by_key["receipt"].met_on if "receipt" in by_key else None,
        pauses=promised.pauses if promised else (),
    )


def _clocks(
    session: Session, case: Case, definition: Definition, calendar: Calendar, today: date
) -> tuple[Clock, ...]:
    """Return the clocks of this cycle that run, stand still or were met, the promised one first."""
    shown = ("running", "suspended", "met")
    rows = session.execute(
        select(Timer, Suspension)
        .outerjoin(Suspension, and_(Suspension.case_id == Timer.case_id, Suspension.cycle == Timer.cycle))
        .where(Timer.case_id == case.id, Timer.cycle == case.cycle, Timer.status.in_(shown))
        .order_by(Timer.due_on, Timer.id, Suspension.starts_on)
    ).all()
    pauses: dict[Timer, list[Suspension]] = {}
    for timer, pause in rows:
        mine = pauses.setdefault(timer, [])
        if pause is not None and timer.key in pause.deadlines:
            mine.append(pause)
    clocks = [_clock(timer, mine, definition, calendar, today) for timer, mine in pauses.items()]
    return tuple(sorted(clocks, key=lambda clock: (clock.key != "answer", clock.key != "implicit")))


def _clock(
    timer: Timer, pauses: list[Suspension], definition: Definition, calendar: Calendar, today: date
) -> Clock:
    deadline = definition.deadlines[timer.key]
    return Clock(
        key=timer.key,
        label=deadline.label.text,
        kind=deadline.kind,
        due=_said(timer, pauses, today),
        promised=briefly(timer.due_on, today),
        why=_why(
            timer, pauses, deadline.kind, from_receipt=deadline.from_ == "received_on", calendar=calendar
        ),
        basis=deadline.basis or "",
        due_on=timer.due_on,
        met_on=timer.met_on,
        pauses=tuple((pause.starts_on, pause.ends_on or pause.starts_on) for pause in map(pause_of, pauses)),
    )


def _said(timer: Timer, pauses: list[Suspension], today: date) -> Said:
    if timer.status == "met" and timer.met_on is not None:
        return kept(timer.due_on, timer.met_on, today)
    still = [pause.announced_until for pause in pauses if pause.ends_on is None]
    if timer.status == "suspended" and still and max(still) > today:
        return suspended(max(still), today)
    return owed(timer.due_on, today)


def _why(
    timer: Timer, pauses: list[Suspension], kind: str, *, from_receipt: bool, calendar: Calendar
) -> tuple[Text, ...]:
    if not timer.period:
        return (GIVEN_DAY,)
    computed = due(
        Period.parse(timer.period),
        timer.starts_on,
        calendar=calendar,
        suspensions=tuple(pause_of(pause) for pause in pauses),
    )
    began = None if from_receipt and timer.cycle == 1 else COUNTED_FROM
    return explain_day_due(computed, began) if kind == "legal" else explain(computed, began)


# ---- History -------------------------------------------------------------------------------------


def _history(
    session: Session, case: Case, definition: Definition, actor: Actor, calendar: Calendar, today: date
) -> tuple[Entry, ...]:
    """Return what happened, newest first."""
    rows = session.execute(
        select(Event, CaseText.field, CaseText.body, Document)
        .outerjoin(CaseText, and_(CaseText.case_id == Event.case_id, CaseText.seq == Event.seq))
        .outerjoin(Document, and_(Document.case_id == Event.case_id, Document.seq == Event.seq))
        .where(Event.case_id == case.id)
        .order_by(Event.seq.desc())
    ).all()
    texts: dict[Event, dict[str, str]] = {}
    joined: dict[Event, Document | None] = {}
    for event, field, body, document in rows:
        kept_texts = texts.setdefault(event, {})
        joined[event] = document
        if field is not None:
            kept_texts[field] = body
    names = _names(session, case, definition, texts)
    return tuple(
        _entry(event, written, joined[event], definition, actor, names, calendar, today)
        for event, written in texts.items()
    )


def _entry(
    event: Event,
    texts: Mapping[str, str],
    document: Document | None,
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
    details = _details(event, payload, fields, definition, names, today)
    return Entry(
        seq=event.seq,
        kind=event.actor_kind,
        who=_by(event, actor, names),
        what=_what(event, payload, definition),
        when=moment(event.at, calendar.timezone, today),
        at=event.at,
        moved=moved,
        details=tuple(details),
        texts=tuple((_label(fields, name), texts[name]) for name in fields if name in texts),
        document=document,
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


def _what(event: Event, payload: Mapping, definition: Definition) -> Text:
    if event.action == "open":
        return REGISTERED
    if event.action in definition.actions:
        return definition.actions[event.action].label.text
    if event.action == "opened_about":
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
    for name, value in payload.items():
        if name in fields and value is not None:
            yield _label(fields, name), _value(fields[name], value, definition, names, today)
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


def _label(fields: Mapping[str, Field], name: str) -> Text:
    return fields[name].label.text


def _names(
    session: Session, case: Case, definition: Definition, events: Iterable[Event]
) -> dict[tuple[str, int], str]:
    """Return the names of the people, services and subjects that the journal holds by number, in one query."""
    wanted: dict[str, set[int]] = {"staff": set(), "service": set(), "subject": set()}
    for event in events:
        wanted["staff"] |= {key for key in (event.actor_id, event.on_behalf_of_id) if key}
        payload, fields = json.loads(event.payload), _fields(definition, event.action)
        for name, value in payload.items():
            kind = name if event.action == "open" else fields[name].type if name in fields else ""
            if kind in wanted and isinstance(value, int):
                wanted[kind].add(value)
    full_name = Staff.given_name + " " + Staff.family_name
    parts = [
        select(literal(kind).label("kind"), table.id, name.label("name")).where(
            table.id.in_(sorted(wanted[kind]))
        )
        for kind, table, name in (
            ("staff", Staff, full_name),
            ("service", Service, Service.name),
            ("subject", Subject, Subject.label),
        )
        if wanted[kind]
    ]
    if not parts:
        return {}
    return {(kind, key): name for kind, key, name in session.execute(union_all(*parts))}


# ---- What was sent, what hangs on it ---------------------------------------------------------------

TONES = {"sent": "done", "posted": "done", "in_doubt": "late", "to_print": "soon"}


def _messages(session: Session, case: Case, calendar: Calendar, today: date) -> tuple[Sent, ...]:
    rows = session.scalars(select(Message).where(Message.case_id == case.id).order_by(Message.id.desc()))
    return tuple(
        Sent(
            id=row.id,
            subject=row.subject,
            body=row.body,
            channel=CHANNELS[row.channel],
            status=STATUSES[row.status],
            tone=TONES.get(row.status, "calm"),
            when=moment(row.sent_at or row.created_at, calendar.timezone, today),
            language=row.language,
        )
        for row in rows
    )


def _hanging(session: Session, case: Case, actor: Actor) -> tuple[Hanging, ...]:
    """Return links and copies in one query; a linked case that this person may not read is left out."""
    out = select(
        CaseLink.kind, Case.reference, Case.title.label("name"), literal(0).label("back"), Case.workflow_id
    ).join(Case, Case.id == CaseLink.other_id)
    back = select(CaseLink.kind, Case.reference, Case.title, literal(1), Case.workflow_id).join(
        Case, Case.id == CaseLink.case_id
    )
    copies = select(CaseCopy.asked_opinion, Service.name).join(Service, Service.id == CaseCopy.service_id)
    linked = union_all(
        out.where(CaseLink.case_id == case.id, readable(actor)),
        back.where(CaseLink.other_id == case.id, readable(actor)),
        copies.with_only_columns(literal("copied"), null(), Service.name, literal(2), literal(0)).where(
            CaseCopy.case_id == case.id, CaseCopy.asked_opinion.is_(False)
        ),
        copies.with_only_columns(literal("asked"), null(), Service.name, literal(2), literal(0)).where(
            CaseCopy.case_id == case.id, CaseCopy.asked_opinion
        ),
    )
    return tuple(
        Hanging(_relation(session, kind, workflow_id, is_back=back == 1), name, reference)
        for kind, reference, name, back, workflow_id in session.execute(linked)
    )


def _relation(session: Session, kind: str, workflow_id: int, *, is_back: bool) -> Text:
    if is_back and kind == "about":  # seen from the case that it is about, it is called what it is
        return by_id(session, workflow_id).label.text
    return (HANGS_BACK if is_back else HANGS)[kind]
