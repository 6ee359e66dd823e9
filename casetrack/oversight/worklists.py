"""What there is to do, most urgent first: one SELECT a list, a page at a time, by key.

Lateness is never stored: it is a date and today. A list therefore stays right with the worker stopped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseCopy, Citizen, Service, Staff, Suspension
from casetrack.engine import Actor, needs, readable
from casetrack.engine.about import OF_A_SERVICE
from casetrack.engine.gate import label_of
from casetrack.engine.permission import RELATION, lent
from casetrack.language import Text
from casetrack.oversight import notifications
from casetrack.oversight.clock_bar import ClockBar, clock_bar
from casetrack.oversight.dates import ANSWERED, THIS_WEEK, Said, briefly, kept, owed, suspended
from casetrack.oversight.missed import kind
from casetrack.workflow import Action, Definition, by_id, versions

PAGE = 50
COUNTED = 100
"""Nobody needs to know how many more there are: a count stops here."""
ASKED_OF_SERVICES = ("question", "recommendation")
"""Kinds of cases that the mediator and the evaluation unit open, and that a service answers."""
VIEWS = {  # name: what the tab says
    "mine": Text("À moi", "Mine"),
    "replacing": Text("En remplacement", "Standing in"),
    "service": Text("Tout le service", "The whole service"),
    "triage": Text("À qualifier", "To triage"),
    "endorse": Text("À viser", "To endorse"),
    "sign": Text("À signer", "To sign"),
    "all": Text("Tout ce que je peux lire", "All I may read"),
}
GROUPS = {  # in the order of the page
    "late": Text("En retard", "Late"),
    "week": Text("Cette semaine", "This week"),
    "later": Text("Plus tard", "Later"),
    "waiting": Text("En attente de l'usager", "Waiting for the citizen"),
    "answered": Text("Répondus, à clore", "Answered, to close"),
    "undated": Text("Sans date promise", "Without a promised date"),
}
CHANNELS = {
    "post": Text("courrier", "letter"),
    "email": Text("courriel", "e-mail"),
    "web": Text("formulaire", "web form"),
    "desk": Text("guichet", "front desk"),
    "telephone": Text("téléphone", "telephone"),
    "elected": Text("élu", "councillor"),
    "internal": Text("interne", "internal"),
}
UNKNOWN_SENDER = Text("expéditeur inconnu", "unknown sender")
WAITS_FOR = {  # owner of a state: who is expected to act, as one says it in passing
    "desk": Text("attend l'accueil", "waits for the front desk"),
    "officer": Text("attend l'agent en charge", "waits for the officer in charge"),
    "service": Text("attend le service en charge", "waits for the service in charge"),
    "service_head": Text("attend le responsable du service", "waits for the head of the service"),
    "director": Text("attend la direction", "waits for the director"),
    "signatory": Text("attend la signature", "waits to be signed"),
    "asked": Text("attend l'avis demandé", "waits for the opinion asked"),
    "mediator": Text("attend le médiateur", "waits for the mediator"),
    "evaluation": Text("attend le pôle évaluation", "waits for the evaluation unit"),
}
IN_THE_PARAPHEUR = ("endorse", "sign")
"""Lists that are read in the parapheur, where one decides."""
ABOVE_SERVICES = ("mediator", "evaluation")
"""Owners of states in which a service has nothing to do."""
ASKED = "asked"
ONE_BY_ONE = {"copied", ASKED, "named"}
"""Relations that only a query tells; of these a list asks one of all its rows, whose opinion is asked."""


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one row of a list, ready to be shown."""

    reference: str
    title: str
    who: Text
    channel: Text
    state: Text
    service: str
    officer: str
    confidential: bool
    group: str
    due: Said | None
    aim: Text | None
    """The working day to aim at, where the promised day is not one."""
    next_step: Text | None
    """What this person may do next."""
    next_action: str
    """Its name in the definition; empty where there is none."""
    version: int | None
    """The version of the case where that step needs nothing more than a word of agreement, otherwise None."""
    bar: ClockBar | None
    waits_for: Text | None
    """Who is expected to act, when it is not this person."""
    to_citizen: bool
    """Whether the day was promised to a citizen, by a letter that must leave before."""
    missed: tuple[Text, ...] = ()
    """Which days were missed, where the list was asked to say so."""


@dataclass(frozen=True, slots=True)
class Page:
    """Hold a page of a list; `after` is the key of the next one, None on the last."""

    lines: tuple[Line, ...]
    after: str | None

    @property
    def groups(self) -> list[tuple[str, list[Line]]]:
        """Return the lines by urgency, without the groups that are empty."""
        found = ((group, [line for line in self.lines if line.group == group]) for group in GROUPS)
        return [(group, lines) for group, lines in found if lines]


def views(actor: Actor) -> list[str]:
    """Return the lists that make sense for this person."""
    people = _people(actor)
    shown = {
        "mine": any(person.officer_of or person.heads for person in people),
        "replacing": any(person.officer_of or person.heads for person in actor.replaces),
        "service": any(person.officer_of or person.heads for person in people),
        "triage": any("desk" in person.roles for person in people),
        "endorse": any(person.heads for person in people),
        "sign": any(person.signs_for for person in people),
        "all": True,
    }
    return [name for name in VIEWS if shown[name]]


def worklist(
    session: Session,
    actor: Actor,
    view: str,
    *where: ColumnElement[bool],
    today: date,
    after: str | None = None,
    size: int = PAGE,
) -> Page:
    """Return a page of open cases, by promised day; what is answered or undated comes last.

    `where` narrows it; `after` is the key that the page before gave; one that means nothing gives the first page.
    """
    definitions = versions(session)
    found = _open_cases(actor).where(_in_view(view, actor, definitions), *where)
    promised = and_(Case.due_on.is_not(None), Case.answered_on.is_(None))
    last_day, last_id = _read_key(after)
    rows: list[Row] = []
    if last_day is not None or last_id is None:
        first = found.where(promised, *_beyond(last_day, last_id)).order_by(Case.due_on, Case.id)
        rows += session.execute(_detailed(first.limit(size + 1), actor)).all()
        last_id = None
    if len(rows) <= size:
        # By the bare number both databases would walk every case ever closed; open ones are few.
        rest = found.where(~promised, *([Case.id > last_id] if last_id else [])).order_by(Case.id + 0)
        rows += session.execute(_detailed(rest.limit(size + 1 - len(rows)), actor, Case.id)).all()
    shown = rows[:size]
    lines = tuple(_line(session, row, by_id(session, row.Case.workflow_id), actor, today) for row in shown)
    return Page(lines, _key(shown[-1].Case) if len(rows) > size else None)


def urgent(
    session: Session,
    actor: Actor,
    *where: ColumnElement[bool],
    today: date,
    after: str | None = None,
    size: int = PAGE,
) -> Page:
    """Return a page of the open cases that meet these conditions, promised and unanswered, in one SELECT."""
    promised = (Case.due_on.is_not(None), Case.answered_on.is_(None), *_beyond(*_read_key(after)))
    first = _open_cases(actor).where(*promised, *where).order_by(Case.due_on, Case.id).limit(size + 1)
    rows = session.execute(_detailed(first, actor)).all()
    lines = tuple(
        _line(session, row, by_id(session, row.Case.workflow_id), actor, today) for row in rows[:size]
    )
    return Page(lines, _key(rows[size - 1].Case) if len(rows) > size else None)


def urgent_lists(
    session: Session,
    actor: Actor,
    lists: Mapping[str, ColumnElement[bool]],
    *,
    today: date,
    size: int,
    missed: ScalarSelect[str] | None = None,
) -> dict[str, Page]:
    """Return the beginning of several lists as `urgent` does, by name, in one SELECT; a case may stand in several.

    `missed` gives the days missed of a case, as "key day|key day".
    """
    beginnings = []
    for name, where in lists.items():
        first = _open_cases(actor).where(Case.due_on.is_not(None), Case.answered_on.is_(None), where)
        beginning = first.order_by(Case.due_on, Case.id).limit(size + 1).subquery()
        beginnings.append(select(beginning.c.id, literal(name).label("name")))
    listed = union_all(*beginnings).subquery()
    said = (listed.c.name, (null() if missed is None else missed).label("missed"))
    found: dict[str, list[Row]] = {name: [] for name in lists}
    for row in session.execute(_detailed(listed, actor).add_columns(*said)):
        found[row.name].append(row)
    return {
        name: Page(
            tuple(
                replace(
                    _line(session, row, by_id(session, row.Case.workflow_id), actor, today),
                    missed=_missed(row.missed, by_id(session, row.Case.workflow_id), today),
                )
                for row in rows[:size]
            ),
            _key(rows[size - 1].Case) if len(rows) > size else None,
        )
        for name, rows in found.items()
    }


def of_officer(officer_id: int) -> ColumnElement[bool]:
    """Return the condition of the cases of an officer; 0 stands for nobody."""
    return Case.officer_id == officer_id if officer_id else Case.officer_id.is_(None)


def awaits_hand(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Return the condition of a case that waits to be endorsed or signed by this person."""
    definitions = versions(session)
    return or_(
        *(_in_view(view, actor, definitions) for view in ("endorse", "sign") if view in views(actor)), false()
    )


def key_of(case: Case) -> str:
    """Return the place of a case in the order of the lists, for the page that goes on from it."""
    return _key(case)


def key_before(case: Case) -> str:
    """Return the place just before a case: the page that goes on from it begins with this case."""
    day, _dot, number = _key(case).partition(".")
    return f"{day}.{int(number) - 1}"


def owed_to_citizens(session: Session) -> ColumnElement[bool]:
    """Return the condition of a case that answers a citizen; a dysfunction has its own page."""
    definitions = versions(session)
    return Case.workflow_id.in_(
        [key for key, definition in definitions.items() if definition.addressed_to == "citizen"]
    )


def in_hand(session: Session) -> ColumnElement[bool]:
    """Return the condition of a case that waits for the services or the citizen: not for the mediator or the evaluation unit."""
    definitions = versions(session)
    elsewhere = {
        key: [name for name, state in definition.states.items() if state.owner in ABOVE_SERVICES]
        for key, definition in definitions.items()
    }
    return ~_in_states(elsewhere)


def is_drafted(session: Session) -> ColumnElement[bool]:
    """Return the condition of a case whose answer is written: some step of its state needs a draft."""
    definitions = versions(session)
    return _in_states(
        {
            key: [
                name
                for name in definition.states
                if any(
                    "draft" in action.needs and name in action.from_ for action in definition.actions.values()
                )
            ]
            for key, definition in definitions.items()
        }
    )


def counts(session: Session, actor: Actor, *, today: date) -> dict[str, int]:
    """Return how many open cases wait in each list of this person, at most `COUNTED` each, in one query.

    "late" counts their promises missed, those of the services for a head; "report" the dysfunctions to qualify;
    "question" and "recommendation" what a service answered and nobody read; "unread" the notifications.
    A list that makes no sense for this person is not counted; nor, for who stands outside the hierarchy, an empty one of the parapheur.
    """
    definitions = versions(session)
    asked = {name: _in_view(name, actor, definitions) for name in views(actor) if name != "all"}
    people = _people(actor)
    if heads := [key for person in people for key in person.heads]:
        asked["late"] = and_(_one_of(Case.service_id, heads), is_late(today), in_hand(session))
    elif "mine" in asked:
        asked["late"] = and_(asked["mine"], is_late(today))
    if any(person.roles & {"mediator", "evaluation"} for person in people):
        asked["report"] = _in_states(_opening_for("evaluation", definitions))
        asked |= {kind: _in_states(_answered_by_services(kind, definitions)) for kind in ASKED_OF_SERVICES}
    counted = (_counted(actor, where).label(name) for name, where in asked.items())
    found = session.execute(select(notifications.count(actor).label("unread"), *counted))
    return {
        name: count
        for name, count in found.mappings().one().items()
        if count or name not in IN_THE_PARAPHEUR or not is_outside(actor)
    }


def is_outside(actor: Actor) -> bool:
    """Tell whether this person stands outside the hierarchy, as a mediator does: the parapheur is theirs by exception only."""
    return "mediator" in actor.roles


def is_late(today: date) -> ColumnElement[bool]:
    """Return the condition of the group "late": promised, not answered, and not waiting for the citizen."""
    return and_(Case.due_on < today, Case.answered_on.is_(None), ~stands_still(today))


def stands_still(today: date) -> ColumnElement[bool]:
    """Return the condition of the group "waiting": its clocks are stopped, and not beyond the day announced."""
    return exists().where(
        Suspension.case_id == Case.id, Suspension.ends_on.is_(None), Suspension.announced_until > today
    )


def _counted(actor: Actor, where: ColumnElement[bool]) -> ScalarSelect[int]:
    some = _open_cases(actor).where(where).limit(COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _open_cases(actor: Actor) -> Select:
    """Return the question of which open cases this person may read, by number."""
    return select(Case.id).where(Case.closed_seq.is_(None), readable(actor))


def _detailed(listed: Select | Subquery, actor: Actor, *order: ColumnElement) -> Select:
    """Return these cases with what a list shows of each: what is put in order before is narrow, and few remain."""
    listed = listed.subquery() if isinstance(listed, Select) else listed
    until = (
        select(func.max(Suspension.announced_until))
        .where(Suspension.case_id == Case.id, Suspension.ends_on.is_(None))
        .scalar_subquery()
    )
    # Writing out who is in charge here saves a query a row.
    return (
        select(
            Case,
            Citizen,
            Service.name.label("service"),
            Staff,
            until.label("until"),
            _asked(actor).label("asked"),
        )
        .outerjoin(Citizen, Citizen.id == Case.citizen_id)
        .outerjoin(Service, Service.id == Case.service_id)
        .outerjoin(Staff, Staff.id == Case.officer_id)
        .join(listed, listed.c.id == Case.id)
        .order_by(*(order or (Case.due_on, Case.id)))
    )


def _asked(actor: Actor) -> ColumnElement[bool]:
    mine = frozenset().union(*(person.officer_of | person.heads for person in _people(actor)))
    if not mine:
        return false()
    return exists().where(
        CaseCopy.case_id == Case.id, CaseCopy.asked_opinion, CaseCopy.service_id.in_(sorted(mine))
    )


def _in_view(view: str, actor: Actor, definitions: Mapping[int, Definition]) -> ColumnElement[bool]:
    people = _people(actor)
    match view:
        case "mine":
            return _one_of(Case.officer_id, (person.id for person in people))
        case "replacing":
            return _one_of(Case.officer_id, (person.id for person in actor.replaces))
        case "service":
            return _one_of(
                Case.service_id, (key for person in people for key in person.officer_of | person.heads)
            )
        case "triage":
            return _in_states(_opening_for("desk", definitions))
        case "endorse":
            headed = _one_of(Case.service_id, (key for person in people for key in person.heads))
            return and_(_in_states(_owned_by("service_head", definitions)), headed)
        case "sign":
            signed = _one_of(Case.service_id, (key for person in people for key in person.signs_for))
            return and_(_in_states(_owned_by("signatory", definitions)), signed)
        case "all":
            return true()
    return false()


def _one_of(column: ColumnElement, keys: Iterable[int | None]) -> ColumnElement[bool]:
    known = sorted({key for key in keys if key is not None})
    # An equality lets the index give the rows in the order of their dates; a list of one would not.
    return column == known[0] if len(known) == 1 else column.in_(known)


def _opening_for(owner: str, definitions: Mapping[int, Definition]) -> dict[int, list[str]]:
    return {
        key: [definition.opens_in]
        for key, definition in definitions.items()
        if definition.states[definition.opens_in].owner == owner
    }


def _owned_by(owner: str, definitions: Mapping[int, Definition]) -> dict[int, list[str]]:
    """Return the states in which an answer to a citizen waits for the hand of this owner."""
    return {
        key: [name for name, state in definition.states.items() if state.owner == owner]
        for key, definition in definitions.items()
        if definition.addressed_to == "citizen"
    }


def _answered_by_services(kind: str, definitions: Mapping[int, Definition]) -> dict[int, list[str]]:
    return {
        key: [
            name
            for name, state in definition.states.items()
            if not state.ends and state.owner not in OF_A_SERVICE
        ]
        for key, definition in definitions.items()
        if definition.key == kind
    }


def _in_states(states: Mapping[int, list[str]]) -> ColumnElement[bool]:
    return or_(
        *(and_(Case.workflow_id == key, Case.state.in_(names)) for key, names in states.items() if names),
        false(),
    )


def needs_no_word(definition: Definition, action: Action) -> bool:
    """Tell whether an action is done by one press: nothing to fill in, nothing to the citizen, not the end."""
    ends = action.to is not None and definition.states[action.to].ends
    return not (action.fields or action.sends or ends)


def _people(actor: Actor) -> tuple[Actor, ...]:
    return (actor, *actor.replaces)


def _line(session: Session, row: Row, definition: Definition, actor: Actor, today: date) -> Line:
    case = row.Case
    state = definition.states[case.state]
    group, due = _urgency(case, bool(state.suspends), row.until, today)
    name, action = _next_step(session, case, definition, actor, asked=row.asked) or ("", None)
    aims_before = group in ("week", "later") and case.act_by and case.act_by != case.due_on
    return Line(
        reference=case.reference,
        title=case.title,
        who=_who(row.Citizen, case, definition),
        channel=CHANNELS[case.channel],
        state=state.label.text,
        service=row.service or "",
        officer=row.Staff.name if row.Staff else "",
        confidential=case.confidentiality > 0,
        group=group,
        due=due,
        aim=briefly(case.act_by, today) if aims_before else None,
        next_step=label_of(action, case) if action else None,
        next_action=name,
        version=case.version if action and needs_no_word(definition, action) else None,
        bar=clock_bar(
            case.received_on,
            case.due_on,
            today=today,
            legal_on=case.implicit_on,
            answered_on=case.answered_on,
            pauses=[(today, row.until)] if group == "waiting" else (),
        ),
        waits_for=WAITS_FOR.get(state.owner or "") if action is None else None,
        to_citizen=definition.addressed_to == "citizen",
    )


def _missed(days: str | None, definition: Definition, today: date) -> tuple[Text, ...]:
    """Say which deadlines were missed, the oldest first."""
    found = {tuple(one.split(" ")) for one in (days or "").split("|") if one}
    said = []
    for key, day in sorted(found, key=lambda one: one[1]):
        label = definition.deadlines[key].label.text if key in definition.deadlines else Text(key, key)
        due = owed(date.fromisoformat(day), today)
        said.append(
            Text(
                f"{label.fr}\u00a0: {due.words.fr} ({due.day.fr})",
                f"{label.en}: {due.words.en} ({due.day.en})",
            )
        )
    return tuple(said)


def _who(citizen: Citizen | None, case: Case, definition: Definition) -> Text:
    if citizen is not None:
        return Text(citizen.name, citizen.name)
    return UNKNOWN_SENDER if definition.addressed_to == "citizen" else kind(case, definition)


def _urgency(case: Case, stands_still: bool, until: date | None, today: date) -> tuple[str, Said | None]:
    if case.due_on is None:
        return "undated", None
    if case.answered_on is not None:
        return "answered", kept(case.due_on, case.answered_on, today, ANSWERED)
    if stands_still and until is not None and until > today:
        return "waiting", suspended(until, today)
    due = owed(case.due_on, today)
    if case.due_on < today:
        return "late", due
    return ("week" if case.due_on <= today + THIS_WEEK else "later"), due


def _next_step(
    session: Session, case: Case, definition: Definition, actor: Actor, *, asked: bool
) -> tuple[str, Action] | None:
    for name in definition.states[case.state].next:
        action = definition.actions[name]
        relations = [relation for relation in action.by if relation not in ONE_BY_ONE]
        # The row is readable already: the query said so. Only what costs no query is asked here.
        people = (actor, *lent(case, actor))
        stands = any(RELATION[name](session, case, person) for name in relations for person in people)
        if not stands and not (asked and ASKED in action.by):
            if ASKED in action.by and definition.states[case.state].owner == ASKED:
                return None  # the opinion is awaited: to do without it is not the next thing to do
            continue
        to_citizen = definition.addressed_to == "citizen"
        if not needs.missing(session, case, action, to_citizen=to_citizen, asks=False):
            return name, action
    return None


def _beyond(day: date | None, last_id: int | None) -> list[ColumnElement[bool]]:
    if day is None or last_id is None:
        return []
    return [Case.due_on >= day, or_(Case.due_on > day, Case.id > last_id)]


def _key(case: Case) -> str:
    is_promised = case.due_on is not None and case.answered_on is None
    return f"{case.due_on.isoformat() if is_promised else ''}.{case.id}"


def _read_key(text: str | None) -> tuple[date | None, int | None]:
    day, _, number = (text or "").partition(".")
    try:
        return (date.fromisoformat(day) if day else None), int(number[:18])
    except ValueError:
        return None, None
