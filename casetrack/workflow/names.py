"""Every name that a definition writes must exist somewhere: in itself, in the registry, in another workflow."""

from collections.abc import Iterable, Iterator, Mapping

from casetrack.database.tables import SILENCE_MODES
from casetrack.workflow.findings import Fault, Path, nearest
from casetrack.workflow.paths import OPENING, form
from casetrack.workflow.registry import EFFECTS, FACTS, NEEDS, RECIPIENTS, RELATIONS
from casetrack.workflow.schema import Definition, Field

CAUSES = "causes"


def unknown_names(definition: Definition) -> Iterator[Fault]:
    """Find the names that nothing in this definition or in the registry answers to."""
    yield from _one(("opens_in",), definition.opens_in, definition.states, "unknown_state")
    yield from _each(("opening", "by"), definition.opening.by, RELATIONS, "unknown_relation")
    yield from _of_states(definition)
    yield from _of_actions(definition)
    yield from _of_deadlines(definition)
    for path, field, fields in every_field(definition):
        yield from _of_field(definition, path, field, fields)


def unknown_workflows(definition: Definition, known: Mapping[str, Definition]) -> Iterator[Fault]:
    """Find the rungs that open a workflow, or give a cause, that does not exist."""
    for key, deadline in definition.deadlines.items():
        for place, rung in enumerate(deadline.ladder):
            path = ("deadlines", key, "ladder", place)
            if rung.open is None:
                continue
            yield from _one((*path, "open"), rung.open, known, "unknown_workflow")
            if opened := known.get(rung.open):
                causes = opened.lists.get(CAUSES, {})
                yield from _one(
                    (*path, "cause"), rung.cause or "", causes, "unknown_cause", workflow=rung.open
                )
                if not _opens_by_the_clock(opened):
                    yield (*path, "open"), "workflow_not_for_the_clock", {"name": rung.open}


def every_field(definition: Definition) -> Iterator[tuple[Path, Field, Mapping[str, Field]]]:
    """Return every field, where it is, and the fields of the same form."""
    for key in (OPENING, *definition.actions):
        fields = form(definition, key)
        above = ("fields",) if key == OPENING else ("actions", key, "fields")
        for name, field in fields.items():
            yield (*above, name), field, fields


def _of_states(definition: Definition) -> Iterator[Fault]:
    for key, state in definition.states.items():
        path = ("states", key)
        yield from _each((*path, "suspends"), state.suspends, definition.deadlines, "unknown_deadline")
        yield from _each((*path, "next"), state.next, definition.actions, "unknown_action")
        yield from _one((*path, "owner"), state.owner, RELATIONS, "unknown_relation")


def _of_actions(definition: Definition) -> Iterator[Fault]:
    for key, action in definition.actions.items():
        path = ("actions", key)
        yield from _each((*path, "from"), action.from_, ["*", *definition.states], "unknown_state")
        yield from _one((*path, "to"), action.to, definition.states, "unknown_state")
        yield from _each((*path, "by"), action.by, RELATIONS, "unknown_relation")
        yield from _each((*path, "needs"), action.needs, NEEDS, "unknown_need")
        yield from _each((*path, "effects"), action.effects, EFFECTS, "unknown_effect")


def _of_deadlines(definition: Definition) -> Iterator[Fault]:
    moments = [OPENING, *definition.actions]
    for key, deadline in definition.deadlines.items():
        path = ("deadlines", key)
        yield from _each((*path, "armed_by"), deadline.armed_by, moments, "unknown_action")
        yield from _each((*path, "met_by"), deadline.met_by, moments, "unknown_action")
        yield from _each((*path, "cancelled_by"), deadline.cancelled_by, moments, "unknown_action")
        yield from _each((*path, "skip_for"), deadline.skip_for, SILENCE_MODES, "unknown_silence_mode")
        yield from _each(
            (*path, "restarts_for"), deadline.restarts_for, SILENCE_MODES, "unknown_silence_mode"
        )
        for moment in deadline.armed_by:
            if moment in moments and deadline.within is None:
                yield from _one(
                    (*path, "date"), deadline.date, _dates(form(definition, moment)), "unknown_field"
                )
        for place, rung in enumerate(deadline.ladder):
            yield from _each((*path, "ladder", place, "warn"), rung.warn, RECIPIENTS, "unknown_recipient")
            yield from _one((*path, "ladder", place, "record"), rung.record, FACTS, "unknown_fact")


def _of_field(
    definition: Definition, path: Path, field: Field, fields: Mapping[str, Field]
) -> Iterator[Fault]:
    days = ["today", "received_on", *_dates(fields)]
    yield from _one((*path, "not_after"), field.not_after, days, "unknown_field")
    yield from _one((*path, "not_before"), field.not_before, days, "unknown_field")
    yield from _one((*path, "of"), field.of, definition.lists, "unknown_list")


def _dates(fields: Mapping[str, Field]) -> list[str]:
    return [name for name, field in fields.items() if field.type == "date"]


def _opens_by_the_clock(opened: Definition) -> bool:
    cause = opened.fields.get("cause")
    others = [name for name, field in opened.fields.items() if field.required and name != "cause"]
    return "clock" in opened.opening.by and cause is not None and cause.of == CAUSES and not others


def _one(path: Path, name: str | None, known: Iterable[str], code: str, **more: object) -> Iterator[Fault]:
    """Say that a name is not one of the known ones, with the nearest of them."""
    known = list(known)
    if name is not None and name not in known:
        listed = ", ".join(known) or "…"
        yield path, code, {"name": name, "nearest": nearest(name, known), "known": listed, **more}


def _each(path: Path, names: Iterable[str], known: Iterable[str], code: str) -> Iterator[Fault]:
    known = list(known)
    for place, name in enumerate(names):
        yield from _one((*path, place), name, known, code)
