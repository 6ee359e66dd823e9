"""What the page of a case shows: its dates explained, its history in words, what hangs on it, what one may do."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, aliased, contains_eager, load_only

from casetrack.database.tables import (
    Case,
    CaseCopy,
    CaseReader,
    CaseText,
    Document,
    Message,
    Service,
    Staff,
    StaffRole,
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
    sending,
)
from casetrack.engine.clocks import pause_of
from casetrack.engine.fields import storable
from casetrack.engine.permission import asking_much, may_add
from casetrack.engine.sending import answer_text
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight.analyser import reference_in
from casetrack.oversight.clock_bar import ClockBar, clock_bar
from casetrack.oversight.dates import (
    ANSWERED,
    BY_DECISION,
    BY_ROLE,
    DONE,
    NO_MESSAGE,
    NO_RECEIPT,
    NOT_LEFT,
    POSTED,
    SENT,
    TONES,
    Said,
    briefly,
    kept,
    owed,
    suspended,
)  # fmt: skip
from casetrack.oversight.history import Entry, Linked, Sent, history
from casetrack.oversight.refusals import Refusal, refusals
from casetrack.oversight.search import spellings
from casetrack.oversight.worklists import CHANNELS, UNKNOWN_SENDER, WAITS_FOR
from casetrack.workflow import Action, Deadline, Definition, Field, State, by_id
from casetrack.workflow.paths import OPENING

TO_REVIEW = Text("Ce qu'il faut revoir", "What must be changed")
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
ADDED = ("note", "document", "link")
PROPOSED = Text(
    "Proposé\u00a0: dans {period}, un jour ouvré. À changer au besoin.",
    "Proposed: in {period}, on a working day. Change it if need be.",
)
WAIT = Text("Attendre l'avis, jusqu'au {day}", "Wait for the opinion, until {day}")
ASKED = "asked"
"""Owner of a state in which somebody else's opinion is awaited."""
COUNTED_FROM = Text("à compter du", "counted from")
GIVEN_DAY = Text("Date fixée par la personne qui a agi.", "Day set by the person who acted.")
PAUSED = Text("{days}, du {first} au {last}", "{days}, from {first} to {last}")
PAUSED_STILL = Text(
    "depuis le {first}\u00a0; reprend le {last} au plus tard",
    "since {first}; runs again on {last} at the latest",
)
# Of this cycle; those that run, stand still or were met, not those that another replaced.
_SHOWN_TIMERS = (
    Timer.case_id == Case.id,
    Timer.cycle == Case.cycle,
    Timer.status.in_(("running", "suspended", "met")),
)


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
    runs: bool
    """It runs, or stands still: it was not met yet."""
    pauses: tuple[tuple[date, date], ...]
    """First day of each, and the one on which the clock runs again, really or as announced."""
    paused: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """Hold an opinion asked of a service: when, by which day, and what came of it."""

    service: str
    asked: Text
    expected: Text | None
    given: Text | None
    """Who gave it and when; None while it is awaited or once it was given up."""
    is_awaited: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """Hold a message as the citizen receives it: its words, and the way they take."""

    subject: str
    body: str
    language: str
    by_email: bool
    recipient: str
    """An e-mail address, or the lines of an envelope."""


@dataclass(frozen=True, slots=True)
class Way:
    """Hold who a message goes to, and whether by e-mail or by post."""

    name: str
    by_email: bool
    recipient: str
    """An e-mail address, or the lines of an envelope."""


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
    """The date that counts now: the answer owed to the citizen or, within the town, the next one due."""
    promised: Text | None
    """What that date is, when it is not an answer to a citizen."""
    bar: ClockBar | None
    clocks: tuple[Clock, ...]
    history: tuple[Entry, ...]
    linked: tuple[Linked, ...]
    beside: Mapping[str, str]
    """"before" and "after": the reference of the case that comes so in this person's list."""
    place: tuple[int, int] | None
    """Which one of how many it is in that list."""
    opinions: tuple[Opinion, ...]
    copied: tuple[str, ...]
    """Services that follow the case, and of which no opinion was asked."""
    draft: str
    sent_back: str
    """Why the draft was sent back, until it is corrected."""
    answer_left: Text | None
    """Day on which that text left as the answer; None while it is a draft."""
    actions: tuple[AllowedAction, ...]
    first: AllowedAction | None
    adds: frozenset[str]
    """What this person may add: of "note", "document", "link"."""
    to_citizen: bool
    """Whether it answers a citizen, known or not."""
    waits_for: Text | None
    """Who is expected to act, when it is not this person."""
    waits: Text | None
    """What there is to do when that is to wait, with the day until which."""
    refused: tuple[RefusedAction, ...]
    refused_first: tuple[Refusal, ...]

    def about(self, narrowed: str) -> list[Entry]:
        """Return the history narrowed to "message" or "note"; whole for anything else."""
        return [
            entry for entry in self.history if narrowed not in ("message", "note") or entry.about == narrowed
        ]

    @property
    def messages(self) -> list[Sent]:
        """Return what was sent, newest first."""
        return [message for entry in self.history for message in entry.messages]

    @property
    def documents(self) -> list[Document]:
        """Return the documents of the case, in the order in which they came."""
        return [entry.document for entry in reversed(self.history) if entry.document is not None]


def find(session: Session, reference: str, actor: Actor) -> Case:
    """Return the case with who wrote, its service and its officer, in one query.

    Raises NotFound, the same whether there is no such case or this person may not read it.
    """
    row = session.execute(_readable_case(actor, reference.strip())).first()
    if row is None:
        raise NotFound(NO_SUCH_CASE)
    by_id(session, row.Case.workflow_id)
    return row.Case


def find_or_none(session: Session, typed: str, actor: Actor) -> Case | None:
    """Return the case of this number as a person types it, with its zeros or without; None where they read none."""
    number = reference_in(typed)
    spelled = spellings(number) if number and number.year else [typed.strip().upper()]
    rows = session.execute(_readable_case(actor, *spelled)).all()
    return rows[0].Case if len(rows) == 1 else None


def page(session: Session, reference: str, actor: Actor, *, today: date, calendar: Calendar) -> CasePage:
    """Return what the page of a case shows, in three queries whatever its length; raise NotFound as `find` does."""
    case, pauses, copies = _whole(session, reference, actor)
    definition = by_id(session, case.workflow_id)
    state = definition.states[case.state]
    entries, known = history(session, case, definition, actor, calendar=calendar, today=today)
    clocks = _explained(case, pauses, definition, calendar, today, entries)
    with asking_much(session, case):
        allowed = _in_order(
            (
                replace(one, hint=hint_of(case, definition.actions[one.name]))
                for one in allowed_actions(session, case, actor)
            ),
            state.next,
        )
        refused = _in_order(refused_actions(session, case, actor), state.next)
        looked_for, others = refusals(session, case, definition, actor, allowed=allowed, refused=refused)
        adds = frozenset(what for what in ADDED if may_add(session, case, actor, what))
    first = allowed[0] if allowed and allowed[0].name in state.next else None
    waits = _waits(first, definition, state, clocks, today)
    if waits is not None:
        first = None
    opinions = _opinions(entries, definition, known.names, copies, today, calendar)
    asked = {opinion.service for opinion in opinions}
    return CasePage(
        case=case,
        definition=definition,
        state=state.label.text,
        ends=state.ends,
        who=_who(case, definition),
        channel=CHANNELS[case.channel],
        confidentiality=CONFIDENTIALITY[case.confidentiality],
        promise=_promise(case, definition, clocks, today),
        promised=clocks[0].label if clocks and definition.addressed_to == "service" else None,
        bar=_bar(case, clocks, today),
        clocks=clocks,
        history=entries,
        linked=known.links,
        beside=known.beside,
        place=known.place,
        opinions=opinions,
        copied=tuple(name for name, _ in copies if name not in asked),
        draft=_draft(case, entries),
        sent_back=_sent_back(case, entries),
        answer_left=_left(case, entries, definition, today, calendar),
        actions=tuple(action for action in allowed if action is not first),
        first=first,
        adds=adds,
        to_citizen=definition.addressed_to == "citizen",
        waits_for=WAITS_FOR.get(state.owner or "") if first is None and waits is None else None,
        waits=waits,
        refused=others,
        refused_first=looked_for,
    )


def hint_of(case: Case, action: Action) -> Text | None:
    """Return the hint of an action; one that says that a new draft loses its endorsements, only where it has some."""
    loses_nothing = "draft" in action.effects and not {"endorsed", "signed"} & case.facts.keys()
    return None if loses_nothing or action.hint is None else action.hint.text


def beginning(
    session: Session, case: Case, fields: Mapping[str, Field], *, today: date, calendar: Calendar
) -> dict[str, str]:
    """Return what the form of an action starts with: the draft to go on with, the present subject, the days proposed."""
    known = {
        "answer": answer_text(session, case),
        "outcome": str(case.facts.get("outcome", "")),
        "subject": str(case.subject_id or ""),
        "service": "",
    }
    begun = {name: known[name] for name in fields if known.get(name)}
    return begun | proposed_days(fields, today=today, calendar=calendar)


def proposed_days(fields: Mapping[str, Field], *, today: date, calendar: Calendar) -> dict[str, str]:
    """Return the days that these fields propose, each the first working day from the end of its period on."""
    return {
        name: calendar.next_working_day(
            Period.parse(field.proposed).ends_on(today, calendar), closures=True
        ).isoformat()
        for name, field in fields.items()
        if field.proposed
    }


def proposal(field: Field) -> Text | None:
    """Say what day a field proposes; None for one that proposes none."""
    if not field.proposed:
        return None
    period = Period.parse(field.proposed).words()
    return Text(PROPOSED.fr.format(period=period.fr), PROPOSED.en.format(period=period.en))


def message(session: Session, case: Case, message_id: int) -> Message:
    """Return one message of this case; raise NotFound."""
    query = select(Message).where(Message.id == message_id, Message.case_id == case.id)
    if found := session.scalar(query):
        return found
    raise NotFound(NO_SUCH_CASE)


def letter_of(session: Session, case: Case, seq: int) -> Letter | None:
    """Return what a line of the journal sends to the citizen; None if it sends nothing."""
    row = session.scalar(select(Message).where(Message.case_id == case.id, Message.seq == seq).limit(1))
    if row is None:
        return None
    return Letter(row.subject, row.body, row.language, row.channel == "email", row.recipient)


def to_read_first(session: Session, case: Case, action: Action) -> list[tuple[Text, str]]:
    """Return what to have before one's eyes while writing: why the draft came back, what a service is asked.

    Each with what it is called. One query, and none where there is nothing of the kind.
    """
    definition = by_id(session, case.workflow_id)
    came_back = case.facts.get("sent_back") if "draft" in action.effects else None
    asked = definition.addressed_to == "service" and any(one.type == "text" for one in action.fields.values())
    if not isinstance(came_back, int) and not asked:
        return []
    line = came_back if isinstance(came_back, int) else 1
    written = select(CaseText.field, CaseText.body).where(CaseText.case_id == case.id, CaseText.seq == line)
    labels = {name: field.label.text for name, field in definition.fields.items()}
    rows = session.execute(written.order_by(CaseText.field)).all()
    return [(labels.get(row.field, TO_REVIEW), row.body) for row in rows]


def whole_letter(
    session: Session, case: Case, actor: Actor, *, at: datetime, answer: str | None = None
) -> Letter | None:
    """Return the answer as it would leave now, every word of it; None with nobody to write to, or no draft.

    Whoever may sign it reads it with their own name below. `answer` is the draft, where it was read already.
    """
    definition = by_id(session, case.workflow_id)
    allowed = allowed_actions(session, case, actor)
    signs = any("sign" in definition.actions[one.name].effects for one in allowed)
    found = sending.preview(
        session, case, by=actor, at=at, signed_by=actor.id if signs else None, answer=answer
    )
    if found is None:
        return None
    return Letter(found.subject, found.body, found.language, found.channel == "email", found.recipient)


def way_to(case: Case) -> Way | None:
    """Return the way that a message to the citizen would take; None with nobody to write to."""
    if case.citizen is None:
        return None
    channel, recipient = sending.way_to(case.citizen, case.channel)
    return Way(case.citizen.name, channel == "email", recipient)


def receipt_of(session: Session, case: Case) -> Message | None:
    """Return the message that left with the opening, to hand over at the desk."""
    return session.scalar(select(Message).where(Message.case_id == case.id, Message.seq == 1).limit(1))


def promise_of(session: Session, case: Case, *, calendar: Calendar, today: date) -> Clock | None:
    """Return the clock that was promised to the citizen, explained: what the desk says at once."""
    definition = by_id(session, case.workflow_id)
    clocks = _explained(case, _pauses(session, case), definition, calendar, today)
    return next((clock for clock in clocks if clock.due.on == case.due_on and clock.kind == "promise"), None)


def last_act(session: Session, case: Case, actor: Actor, *, today: date, calendar: Calendar) -> Entry | None:
    """Return what a person last did on the case: what somebody who was slower must be told; None if nobody did."""
    definition = by_id(session, case.workflow_id)
    entries, _ = history(session, case, definition, actor, calendar=calendar, today=today)
    return next((entry for entry in entries if entry.kind != "clock"), None)


def _readable_case(actor: Actor, *references: str) -> Select:
    return (
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
        .where(Case.reference.in_([storable(one).strip() for one in references]), readable(actor))
    )


def _whole(
    session: Session, reference: str, actor: Actor
) -> tuple[Case, dict[Timer, list[Suspension]], list[tuple[str, CaseCopy]]]:
    """Return a case with its clocks, what stopped them, and the services in copy by name, in one query."""
    # Aliased: what may be read asks of copies, services and readers too.
    copy, copied, reader = aliased(CaseCopy), aliased(Service), aliased(CaseReader)
    headship, head = aliased(StaffRole), aliased(Staff)
    rows = session.execute(
        _readable_case(actor, reference.strip())
        .outerjoin(Timer, and_(*_SHOWN_TIMERS))
        .outerjoin(Suspension, and_(Suspension.case_id == Case.id, Suspension.cycle == Case.cycle))
        .outerjoin(copy, copy.case_id == Case.id)
        .outerjoin(copied, copied.id == copy.service_id)
        .outerjoin(reader, reader.case_id == Case.id)
        .outerjoin(headship, and_(headship.service_id == Case.service_id, headship.role == "head"))
        .outerjoin(head, and_(head.id == headship.staff_id, head.is_active))
        .add_columns(reader.staff_id, Timer, Suspension, copy, copied.name, head)
        .order_by(Timer.id, Suspension.starts_on, copied.name, head.id)
    ).all()
    if not rows:
        raise NotFound(NO_SUCH_CASE)
    case = rows[0].Case
    by_id(session, case.workflow_id)
    # By number: two services may bear one name.
    kept_copies = {row.service_id: (name, row) for *_, row, name, _head in rows if row is not None}
    case.copies = tuple(row for _, row in kept_copies.values())
    case.named = frozenset(row.staff_id for row in rows if row.staff_id is not None)
    case.heads = [*dict.fromkeys(person.name for *_, person in rows if person is not None)]
    clocks = _by_timer((timer, pause) for *_, timer, pause, _row, _name, _head in rows)
    return case, clocks, [*kept_copies.values()]


def _pauses(session: Session, case: Case) -> dict[Timer, list[Suspension]]:
    rows = session.execute(
        select(Timer, Suspension)
        .join(Case, Case.id == Timer.case_id)
        .outerjoin(Suspension, and_(Suspension.case_id == Case.id, Suspension.cycle == Case.cycle))
        .where(Case.id == case.id, *_SHOWN_TIMERS)
        .order_by(Timer.id, Suspension.starts_on)
    )
    return _by_timer(rows)


def _by_timer(rows: Iterable[tuple[Timer | None, Suspension | None]]) -> dict[Timer, list[Suspension]]:
    """Return the last clock given of each kind, with the pauses that stopped it."""
    last: dict[str, Timer] = {}
    pauses: dict[Timer, list[Suspension]] = {}
    for timer, pause in rows:
        if timer is None:
            continue
        last[timer.key] = timer
        mine = pauses.setdefault(timer, [])
        if pause is not None and timer.key in pause.deadlines and pause not in mine:
            mine.append(pause)
    return {timer: pauses[timer] for timer in last.values()}


def _in_order(actions: Iterable, proposed: list[str]) -> list:
    rank = {name: place for place, name in enumerate(proposed)}
    return sorted(actions, key=lambda action: rank.get(action.name, len(rank)))


def _who(case: Case, definition: Definition) -> Text:
    if case.citizen is not None:
        return Text(case.citizen.name, case.citizen.name)
    return UNKNOWN_SENDER if definition.addressed_to == "citizen" else definition.label.text


def _waits(
    first: AllowedAction | None, definition: Definition, state: State, clocks: Iterable[Clock], today: date
) -> Text | None:
    """Say to wait where the next step is an opinion that somebody else still has the time to give."""
    if first is None or state.owner != ASKED or ASKED in definition.actions[first.name].by:
        return None
    for clock in clocks:
        awaited = state.next[0] in definition.deadlines[clock.key].met_by
        if awaited and clock.met_on is None and clock.due_on >= today:
            return Text(WAIT.fr.format(day=clock.promised.fr), WAIT.en.format(day=clock.promised.en))
    return None


# ---- Dates ---------------------------------------------------------------------------------------


def _promise(case: Case, definition: Definition, clocks: tuple[Clock, ...], today: date) -> Said | None:
    if definition.addressed_to == "service" and clocks and clocks[0].runs:
        return clocks[0].due
    if case.due_on is None:
        return None
    promised = (clock.due for clock in reversed(clocks) if clock.key == "answer")  # the last one given
    if case.answered_on is not None:
        return next(promised, kept(case.due_on, case.answered_on, today, ANSWERED))
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


def _explained(
    case: Case,
    pauses: Mapping[Timer, list[Suspension]],
    definition: Definition,
    calendar: Calendar,
    today: date,
    entries: Iterable[Entry] = (),
) -> tuple[Clock, ...]:
    """Return the clocks of this cycle that run, stand still or were met, the one of the header first."""
    lines = {entry.seq: entry for entry in entries}
    in_order = sorted(pauses, key=lambda timer: (timer.due_on, timer.id))
    clocks = [_clock(timer, pauses[timer], case, definition, calendar, today, lines) for timer in in_order]
    if definition.addressed_to == "service":
        # Nobody outside waits for it: what counts is the next thing due, whatever was promised for the whole.
        return tuple(
            sorted(clocks, key=lambda clock: (not clock.runs, not clock.runs and clock.due_on != case.due_on))
        )
    return tuple(sorted(clocks, key=lambda clock: (clock.key != "answer", clock.key != "implicit")))


def _clock(
    timer: Timer,
    pauses: list[Suspension],
    case: Case,
    definition: Definition,
    calendar: Calendar,
    today: date,
    lines: Mapping[int, Entry],
) -> Clock:
    deadline = definition.deadlines[timer.key]
    said, met_on = _said(timer, pauses, today, _what_met(timer, deadline, definition, lines)), timer.met_on
    if OPENING in deadline.met_by and lines:
        said, met_on = _receipt(timer, case, lines[1].messages, today) if 1 in lines else (said, met_on)
    return Clock(
        key=timer.key,
        label=deadline.label.text,
        kind=deadline.kind,
        due=said,
        promised=briefly(timer.due_on, today),
        why=_why(
            timer, pauses, deadline.kind, from_receipt=deadline.from_ == "received_on", calendar=calendar
        ),
        basis=deadline.basis or "",
        due_on=timer.due_on,
        met_on=met_on,
        runs=timer.status != "met",
        pauses=tuple((pause.starts_on, pause.ends_on or pause.starts_on) for pause in map(pause_of, pauses)),
        paused=tuple(_paused(pause, today) for pause in pauses),
    )


def _paused(row: Suspension, today: date) -> Text:
    pause = pause_of(row)
    last = pause.ends_on or pause.starts_on
    first_day, last_day = briefly(pause.starts_on, today), briefly(last, today)
    said = PAUSED_STILL if row.ends_on is None and last > today else PAUSED
    days = (last - pause.starts_on).days
    return Text(
        said.fr.format(days=f"{days}\u00a0jour{'s' * (days > 1)}", first=first_day.fr, last=last_day.fr),
        said.en.format(days=f"{days} day{'s' * (days > 1)}", first=first_day.en, last=last_day.en),
    )


def _said(timer: Timer, pauses: list[Suspension], today: date, met: Text) -> Said:
    if timer.status == "met" and timer.met_on is not None:
        return kept(timer.due_on, timer.met_on, today, met)
    still = [pause.announced_until for pause in pauses if pause.ends_on is None]
    if timer.status == "suspended" and still and max(still) > today:
        return suspended(max(still), today)
    return owed(timer.due_on, today)


def _what_met(timer: Timer, deadline: Deadline, definition: Definition, lines: Mapping[int, Entry]) -> Text:
    """Say what became of a clock that was met: its own word, unless no answer met what a citizen waits for."""
    word = deadline.kept.text if deadline.kept else DONE
    action = definition.actions.get(lines[timer.ended_seq].action) if timer.ended_seq in lines else None
    if action is None or timer.met_on is None or definition.addressed_to == "service":
        return word
    how = BY_DECISION if action.decides else BY_ROLE.get(action.sends.role) if action.sends else None
    if deadline.kind != "legal":
        return how if how and how != ANSWERED else word
    how = how or DONE
    # Met too late, the decision was born: it was not averted.
    return how if timer.met_on > timer.due_on else Text(f"{word.fr}\u00a0: {how.fr}", f"{word.en}: {how.en}")


def _receipt(timer: Timer, case: Case, messages: Iterable[Sent], today: date) -> tuple[Said, date | None]:
    """Say where the receipt is, and the day on which it left: it is written at once, which is not to be sent."""
    sent = next(iter(messages), None)
    if sent is None:
        words = NO_RECEIPT if case.citizen_id is None else NO_MESSAGE
        return Said("calm", words, briefly(timer.starts_on, today), timer.starts_on), None
    if sent.left_on is not None:
        word = POSTED if sent.stage == "posted" else SENT
        return kept(timer.due_on, sent.left_on, today, word), sent.left_on
    words, owing = NOT_LEFT.get(sent.stage, sent.status), owed(timer.due_on, today)
    if owing.tone == "late":
        words = Text(f"{words.fr}, {owing.words.fr}", f"{words.en}, {owing.words.en}")
    tone = "late" if sent.stage == "in_doubt" else max(owing.tone, "soon", key=TONES.index)
    return Said(tone, words, owing.day, owing.on), None


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


# ---- Draft and opinions --------------------------------------------------------------------------


def _draft(case: Case, entries: Iterable[Entry]) -> str:
    """Return the text of the present draft: the line of history that the case says holds it."""
    seq = case.facts.get("draft")
    line = next((entry for entry in entries if entry.seq == seq), None)
    return line.written.get("answer", "") if line else ""


def _sent_back(case: Case, entries: Iterable[Entry]) -> str:
    seq = case.facts.get("sent_back")
    line = next((entry for entry in entries if entry.seq == seq), None)
    return "\n".join(line.written.values()) if line else ""


def _left(
    case: Case, entries: Iterable[Entry], definition: Definition, today: date, calendar: Calendar
) -> Text | None:
    """Return the day on which the present text left as the answer."""
    seq, name = case.facts.get("draft"), sending.answering(definition)
    if not isinstance(seq, int):
        return None
    sent = next((entry for entry in entries if entry.action == name and entry.seq > seq), None)
    return briefly(calendar.day_of(sent.at), today) if sent else None


def _opinions(
    entries: Iterable[Entry],
    definition: Definition,
    names: Mapping[tuple[str, int], str],
    copies: Iterable[tuple[str, CaseCopy]],
    today: date,
    calendar: Calendar,
) -> tuple[Opinion, ...]:
    """Return the opinions asked, oldest first, each with the one that answered it."""
    awaited = {name for name, copy in copies if copy.asked_opinion}
    waiting: list[Opinion] = []
    found: list[Opinion] = []
    for entry in sorted(entries, key=lambda entry: entry.seq):
        effects = definition.actions[entry.action].effects if entry.action in definition.actions else []
        if "ask_opinion" in effects:
            waiting.append(_asked(entry, definition, names, today, calendar))
        elif "give_opinion" in effects and waiting:
            # Who is still awaited has not answered; of the others, whoever was asked first.
            answered = next((one for one in waiting if one.service not in awaited), waiting[0])
            waiting.remove(answered)
            day = briefly(calendar.day_of(entry.at), today)
            given = Text(f"{entry.who.fr}, {day.fr}", f"{entry.who.en}, {day.en}")
            found.append(replace(answered, given=given))
    still = [replace(one, is_awaited=one.service in awaited) for one in waiting]
    return (*found, *still)


def _asked(
    entry: Entry,
    definition: Definition,
    names: Mapping[tuple[str, int], str],
    today: date,
    calendar: Calendar,
) -> Opinion:
    fields = definition.actions[entry.action].fields
    days = [entry.payload.get(name) for name, field in fields.items() if field.type == "date"]
    by = next((date.fromisoformat(str(day)) for day in days if day), None)
    return Opinion(
        service=names.get(("service", int(str(entry.payload.get("service") or 0))), ""),
        asked=briefly(calendar.day_of(entry.at), today),
        expected=briefly(by, today) if by else None,
        given=None,
        is_awaited=False,
    )
