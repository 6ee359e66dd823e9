"""The open dysfunctions, as the mediator and the evaluation unit look at them: by state, severity, cause, service, age.

Severity and cause are those of the last qualification; before it, the cause is what the clock or a person presumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Event, Service
from casetrack.engine import Actor, readable
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight import worklists
from casetrack.oversight.worklists import Line
from casetrack.workflow import Definition, destination, published

WORKFLOW = "dysfunction"
QUALIFY, GROUP = "qualify", "group"
"""Actions of the definition that say how grave it is, and that join it to another."""
ROLES = frozenset({"mediator", "evaluation"})
NOT_YOURS = Text(
    "Cette page est celle du médiateur et du pôle évaluation.",
    "This page is for the mediator and the evaluation unit.",
)
FACETS = {
    "etat": Text("État", "State"),
    "gravite": Text("Gravité", "Severity"),
    "cause": Text("Cause", "Cause"),
    "service": Text("Service", "Service"),
    "age": Text("Ancienneté", "Age"),
}
AGES = {
    "30": Text("plus de 30 jours", "more than 30 days"),
    "90": Text("plus de 90 jours", "more than 90 days"),
}
UNQUALIFIED = Text("non qualifiée", "not qualified")
NO_SERVICE = Text("sans service", "no service")
TONES = {"critical": "late", "major": "soon"}


@dataclass(frozen=True, slots=True)
class Option:
    """Hold one link of a filter, with how many open dysfunctions it would keep alone."""

    code: str
    label: Text
    count: int


@dataclass(frozen=True, slots=True)
class Item:
    """Hold one dysfunction of the list."""

    line: Line
    severity: Text | None
    tone: str
    cause: Text
    days: int
    """Days since it was reported."""
    may_group: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """Hold a page of dysfunctions, and what may be filtered."""

    items: tuple[Item, ...]
    after: str | None
    facets: Mapping[str, tuple[Option, ...]]
    total: int
    to_qualify: int


def queue(
    session: Session, actor: Actor, *, today: date, chosen: Mapping[str, str], after: str | None = None
) -> Queue:
    """Return a page of the open dysfunctions that meet the filters chosen (names of `FACETS`), the first due first.

    Raises NotFound for somebody who is neither the mediator nor of the evaluation unit.
    """
    if not any(person.roles & ROLES for person in (actor, *actor.replaces)):
        raise NotFound(NOT_YOURS)
    _version, definition = published(session, WORKFLOW)
    where = [_is(name, code, definition, today) for name, code in chosen.items() if name in FACETS and code]
    page = worklists.urgent(session, actor, Case.workflow == WORKFLOW, *where, today=today, after=after)
    details = _details(session, definition, [line.reference for line in page.lines])
    items = tuple(_item(line, details[line.reference], definition, today) for line in page.lines)
    counted = _counted(session, actor, definition, today)
    return Queue(items, page.after, _facets(counted, definition), sum(row.count for row in counted),
                 sum(row.count for row in counted if row.state == definition.opens_in))  # fmt: skip


def _qualification() -> ColumnElement[str]:
    """Return what the last qualification of a case wrote in the journal."""
    return (
        select(Event.payload)
        .where(Event.case_id == Case.id, Event.action == QUALIFY)
        .order_by(Event.seq.desc())
        .limit(1)
        .scalar_subquery()
    )


def _said(field: str, codes: list[str]) -> ColumnElement[str]:
    """Read a choice out of the journal's canonical JSON, the same on both databases."""
    written = _qualification()
    return case(*((written.contains(f'"{field}":"{code}"', autoescape=True), code) for code in codes))


def _severity(definition: Definition) -> ColumnElement[str]:
    return _said("severity", list(definition.choices(definition.actions[QUALIFY].fields["severity"])))


def _cause(definition: Definition) -> ColumnElement[str]:
    codes = list(definition.choices(definition.fields["cause"]))
    return func.coalesce(_said("cause", codes), Case.fields["cause"].as_string())


def _is(name: str, code: str, definition: Definition, today: date) -> ColumnElement[bool]:
    match name:
        case "etat":
            return Case.state == code
        case "gravite":
            severity = _severity(definition)
            return severity.is_(None) if code == "-" else severity == code
        case "cause":
            return _cause(definition) == code
        case "service":
            return Case.service_id == int(code[:18]) if code.isdecimal() else Case.service_id.is_(None)
    return Case.received_on < today - timedelta(days=int(code)) if code in AGES else Case.id == 0


def _details(session: Session, definition: Definition, references: list[str]) -> dict[str, Row]:
    rows = session.execute(
        select(
            Case.reference,
            Case.state,
            Case.received_on,
            _severity(definition).label("severity"),
            _cause(definition).label("cause"),
        ).where(Case.reference.in_(references))
    )
    return {row.reference: row for row in rows}


def _item(line: Line, row: Row, definition: Definition, today: date) -> Item:
    severities = definition.choices(definition.actions[QUALIFY].fields["severity"])
    causes = definition.choices(definition.fields["cause"])
    return Item(
        line=line,
        severity=severities[row.severity].text if row.severity else None,
        tone=TONES.get(row.severity, ""),
        cause=causes[row.cause].text if row.cause in causes else Text("", ""),
        days=(today - row.received_on).days,
        may_group=GROUP in definition.actions and destination(definition, row.state, GROUP) is not None,
    )


def _counted(session: Session, actor: Actor, definition: Definition, today: date) -> list[Row]:
    """Count the open dysfunctions by everything that a filter asks, in one grouped SELECT."""
    each = (
        select(
            Case.state,
            Case.service_id,
            Service.name.label("service"),
            _severity(definition).label("severity"),
            _cause(definition).label("cause"),
            case(
                *((Case.received_on < today - timedelta(days=int(age)), age) for age in reversed(AGES)),
                else_="",
            ).label("age"),
        )
        .outerjoin(Service, Service.id == Case.service_id)
        .where(
            Case.workflow == WORKFLOW,
            Case.closed_seq.is_(None),
            Case.due_on.is_not(None),
            Case.answered_on.is_(None),
            readable(actor),
        )
        .subquery()
    )
    return list(session.execute(select(*each.c, func.count().label("count")).group_by(*each.c)))


def _facets(rows: list[Row], definition: Definition) -> dict[str, tuple[Option, ...]]:
    severities = definition.choices(definition.actions[QUALIFY].fields["severity"])
    causes = definition.choices(definition.fields["cause"])
    services = {str(row.service_id or "-"): row.service for row in rows}
    # In the order of the definition; a service by its name. What no case has is not offered.
    named = {
        "etat": {name: state.label.text for name, state in definition.states.items()},
        "gravite": {code: severities[code].text for code in reversed(severities)} | {"-": UNQUALIFIED},
        "cause": {code: label.text for code, label in causes.items()},
        "service": {
            key: Text(name, name) if name else NO_SERVICE
            for key, name in sorted(services.items(), key=lambda one: one[1] or "~")
        },
        "age": AGES,
    }
    found: dict[str, dict[str, int]] = {name: dict.fromkeys(labels, 0) for name, labels in named.items()}
    for row in rows:
        keys = {"etat": row.state, "gravite": row.severity or "-", "cause": row.cause,
                "service": str(row.service_id or "-")}  # fmt: skip
        for name, key in keys.items():
            found[name][key] = found[name].get(key, 0) + row.count
        for age in AGES:
            found["age"][age] += row.count if row.age and int(row.age) >= int(age) else 0
    return {
        name: tuple(
            Option(code, label, found[name][code]) for code, label in labels.items() if found[name][code]
        )
        for name, labels in named.items()
    }
