"""What the parts of a definition must be to each other, one rule a fault."""

from collections.abc import Callable, Iterator
from string import Formatter

from casetrack.deadlines import Offset, Period
from casetrack.errors import InvalidInput
from casetrack.language import Text
from casetrack.workflow.findings import Fault, Path
from casetrack.workflow.names import every_field
from casetrack.workflow.registry import DECIDERS, EFFECT_FIELDS, FACTS, LEVELS, NEVER_END, READERS
from casetrack.workflow.schema import Action, Deadline, Definition, Rung

# What `open_case` and `act` are given beside the fields of the form: a field of that name could not be passed.
OF_EVERY_CASE = {
    *("session", "workflow", "by", "at", "title", "received_on", "channel", "citizen", "subject", "service"),
    *("officer", "confidentiality", "readers", "external", "silent", "old_date_confirmed"),
}
OF_EVERY_ACT = {"session", "case", "action", "by", "at", "version", "effective_on"}
# What the journal already calls the opening and the clock's own lines.
OF_THE_JOURNAL = {"open", "deadline_missed", "deadline_warning", *FACTS}
REFERENCE_LENGTH = 60


def broken_rules(definition: Definition) -> Iterator[Fault]:
    """Find what does not hold together in the form, the states, the actions and the deadlines."""
    yield from _reference(definition)
    yield from _fields(definition)
    yield from _states(definition)
    for key, action in definition.actions.items():
        yield from _action(definition, key, action)
        if definition.states.get(action.to or "") and definition.states[action.to or ""].ends:
            yield from _ending(key, action)
        if action.decides:
            yield from _decision(key, action)
    for key, deadline in definition.deadlines.items():
        yield from _deadline(key, deadline)


def _reference(definition: Definition) -> Iterator[Fault]:
    try:
        named = {name for _, name, _, _ in Formatter().parse(definition.reference) if name is not None}
        fits = len(definition.reference.format(year=2026, number=999_999)) <= REFERENCE_LENGTH
    except (ValueError, LookupError, AttributeError):
        named, fits = set(), False
    # Numbers begin again each year: without the year two cases would bear the same reference.
    if named != {"year", "number"} or not fits:
        yield ("reference",), "reference_wrong", {"name": definition.reference}
    if not definition.opening.by:
        yield ("opening", "by"), "nobody_may", {"name": "opening"}


def _fields(definition: Definition) -> Iterator[Fault]:
    for name, choices in definition.lists.items():
        if not choices:
            yield ("lists", name), "list_empty", {"name": name}
    for path, field, _ in every_field(definition):
        name = path[-1]
        if (field.type == "choice") != (field.of is not None):
            yield path, "choice_without_list", {"name": name}
        if field.type != "date" and (field.not_after or field.not_before or field.proposed):
            yield path, "bound_without_date", {"name": name}
        if field.proposed and not _is_read(Period.parse, field.proposed):
            yield (*path, "proposed"), "unknown_period", {"name": field.proposed}
        if name in (OF_EVERY_CASE if path[0] == "fields" else OF_EVERY_ACT):
            yield path, "field_name_taken", {"name": name}


def _states(definition: Definition) -> Iterator[Fault]:
    if definition.opens_in in definition.states and definition.states[definition.opens_in].ends:
        yield ("opens_in",), "opens_at_an_end", {"name": definition.opens_in}
    for key, state in definition.states.items():
        path = ("states", key)
        if definition.addressed_to == "citizen" and state.public is None:
            yield path, "public_label_missing", {"name": key}
        if not state.ends and state.owner is None:
            yield path, "owner_missing", {"name": key}
        for place, action in enumerate(state.next):
            if action in definition.actions and key not in definition.starts(action):
                yield (*path, "next", place), "next_not_possible", {"name": action, "state": key}
        if state.suspends:
            yield from _suspension(definition, key)
        if not state.ends:
            yield from _beyond_its_readers(definition, key)


def _beyond_its_readers(definition: Definition, key: str) -> Iterator[Fault]:
    """However confidential a case is, somebody who reads it may do the next step, or open it to who will."""
    from_here = [name for name in definition.actions if key in definition.starts(name)]
    known = [name for name in definition.states[key].next[:1] if name in from_here] or from_here
    naming = [name for name in from_here if "name" in definition.actions[name].effects]
    lacking = [
        LEVELS[level]
        for level, readers in READERS.items()
        if not any(
            set(readers) & set(definition.actions[name].by)
            for name in ([*known, *naming] if level else known)
        )
    ]
    if lacking:
        levels = Text(", ".join(one.fr for one in lacking), ", ".join(one.en for one in lacking))
        yield ("states", key), "nobody_who_reads_may_act", {"name": key, "levels": levels}


def _suspension(definition: Definition, key: str) -> Iterator[Fault]:
    """A clock that stops must say until when, or it would be silence by another name (CRPA, art. L114-5)."""
    until = definition.states[key].until
    leading = {
        name: action.fields.get(until or "")
        for name, action in definition.actions.items()
        if action.to == key and set(definition.starts(name)) != {key}
    }
    without = [
        name for name, field in leading.items() if not (field and field.type == "date" and field.required)
    ]
    if definition.opens_in == key:
        without.append("opening")
    if until is None or without:
        yield (
            ("states", key, "suspends"),
            "suspension_without_cap",
            {"name": key, "actions": ", ".join(without)},
        )


def _action(definition: Definition, key: str, action: Action) -> Iterator[Fault]:
    path = ("actions", key)
    starts = definition.starts(key)
    if key in OF_THE_JOURNAL:
        yield path, "action_name_taken", {"name": key}
    if not action.by:
        yield (*path, "by"), "nobody_may", {"name": key}
    if not action.from_:
        yield (*path, "from"), "action_never_possible", {"name": key}
    ended = [state for state in starts if definition.states[state].ends]
    if action.reopens:
        target = definition.states.get(action.to or "")
        if target is None or target.ends:
            yield (*path, "to"), "reopening_into_an_end", {"name": key}
    else:
        for state in ended:
            yield (*path, "from"), "end_goes_on", {"name": key, "state": state}
    for effect, fields in EFFECT_FIELDS.items():
        has = any(name in action.fields and action.fields[name].type == kind for name, kind in fields.items())
        if effect in action.effects and not has:
            known = " / ".join(f"{name} (type {kind})" for name, kind in fields.items())
            yield (*path, "effects"), "effect_without_field", {"name": effect, "known": known}


def _ending(key: str, action: Action) -> Iterator[Fault]:
    path = ("actions", key)
    for place, who in enumerate(action.by):
        if who in NEVER_END:
            yield (*path, "by", place), "end_not_by_a_person", {"name": key, "who": who}
    if action.outcome is None and not action.decides and not _asks_for_the_outcome(action):
        yield path, "end_without_outcome", {"name": key}


def _decision(key: str, action: Action) -> Iterator[Fault]:
    path = ("actions", key)
    if not _asks_for_the_outcome(action):
        yield (*path, "decides"), "decision_without_reason", {"name": key}
    deciders = DECIDERS | {"administrator"} if _records_a_past_answer(action) else DECIDERS
    for place, who in enumerate(action.by):
        if who not in deciders:
            known = ", ".join(sorted(deciders))
            yield (*path, "by", place), "decision_not_by_a_head", {"name": key, "who": who, "known": known}


def _asks_for_the_outcome(action: Action) -> bool:
    field = action.fields.get("outcome")
    return field is not None and field.type == "choice" and field.required


def _records_a_past_answer(action: Action) -> bool:
    """Tell whether an action only writes down on which day the citizen was answered, as imports do."""
    field = action.fields.get("answered_on")
    return field is not None and field.type == "date" and field.required and field.not_after == "today"


def _deadline(key: str, deadline: Deadline) -> Iterator[Fault]:
    path = ("deadlines", key)
    if deadline.within is None and deadline.date is None:
        yield path, "deadline_without_length", {"name": key}
    if not deadline.armed_by and not deadline.reopens:
        yield path, "deadline_never_armed", {"name": key}
    if not deadline.met_by and not deadline.cancelled_by:
        yield path, "deadline_never_met", {"name": key}
    period = (
        deadline.within if isinstance(deadline.within, str) else deadline.within and deadline.within.otherwise
    )
    if period and not _is_read(Period.parse, period):
        yield (*path, "within"), "unknown_period", {"name": period}
    if not deadline.ladder:
        yield path, "ladder_empty", {"name": key}
    for place, rung in enumerate(deadline.ladder):
        yield from _rung((*path, "ladder", place), rung, deadline.ladder[:place])


def _rung(path: Path, rung: Rung, earlier: list[Rung]) -> Iterator[Fault]:
    if not (rung.warn or rung.record or rung.open):
        yield path, "rung_does_nothing", {"name": rung.at}
    if rung.cause and not rung.open:
        yield (*path, "cause"), "cause_without_workflow", {"name": rung.cause}
    if not _is_read(Offset.parse, rung.at):
        yield (*path, "at"), "unknown_offset", {"name": rung.at}
    elif any(_is_read(Offset.parse, other.at) and _is_later(other, rung) for other in earlier):
        yield (*path, "at"), "ladder_out_of_order", {"name": rung.at}


def _is_later(one: Rung, other: Rung) -> bool:
    """Tell whether a rung surely comes after another; days and working days compare only across the date."""
    a, b = Offset.parse(one.at), Offset.parse(other.at)
    days = [offset.days + offset.breach for offset in (a, b)]
    if a.working == b.working:
        return days[0] > days[1]
    return days[0] > 0 >= days[1] or days[0] >= 0 > days[1]


def _is_read(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except InvalidInput:
        return False
    return True
