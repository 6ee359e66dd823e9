"""Joining many dysfunctions to one that stands for all: what would change, what is left out; the gate does the rest."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Service
from casetrack.engine import Actor, readable
from casetrack.engine.fields import storable
from casetrack.engine.permission import RELATION, lent
from casetrack.language import Text
from casetrack.oversight.dates import briefly
from casetrack.oversight.dysfunctions import GROUP, WORKFLOW, cause_of, refuse_others
from casetrack.oversight.worklists import PAGE
from casetrack.workflow import Definition, destination, published

MOST = PAGE
"""Dysfunctions joined at once: a page of the list."""
UNKNOWN = Text(
    "Aucun dysfonctionnement ouvert ne porte ce numéro, ou il ne vous est pas ouvert.",
    "No open dysfunction has this number, or it is not open to you.",
)
TOO_FAR = Text(
    "«\u00a0{state}\u00a0»\u00a0: il est trop avancé pour être rattaché, mais il peut être le principal.",
    "“{state}”: it has come too far to be joined, but it can be the main one.",
)
NOT_YOURS = Text("Son regroupement ne vous revient pas.", "Grouping it is not for you.")


@dataclass(frozen=True, slots=True)
class Member:
    """Hold one dysfunction that was chosen."""

    id: int
    reference: str
    title: str
    version: int
    state: Text
    cause: Text
    service: str
    reported_on: Text


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Hold one that stays as it is, and why."""

    reference: str
    title: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what joining these to the main one would do."""

    main: Member | None
    members: tuple[Member, ...]
    """All that were chosen and may be the main one, the first reported first."""
    changes: tuple[Member, ...]
    left_out: tuple[LeftOut, ...]
    reasons: Mapping[str, Text]
    """What they may share, by code."""

    @property
    def causes(self) -> list[Text]:
        """Return the causes of those that would be joined and of the main one, each once."""
        known = [*([self.main] if self.main else []), *self.changes]
        return list({member.cause.fr: member.cause for member in known}.values())


def plan(session: Session, actor: Actor, references: Collection[str], *, today: date, main: str = "") -> Plan:
    """Return what would change; nothing is written. Without a known `main`, one too advanced to be joined, or the first.

    One query. Raises NotFound for who is neither the mediator nor of the evaluation unit.
    """
    refuse_others(actor)
    _version, definition = published(session, WORKFLOW)
    wanted = list(dict.fromkeys(map(storable, references)))[:MOST]
    causes = definition.choices(definition.fields["cause"])
    rows = session.execute(
        select(Case, Service.name.label("service"), cause_of(definition).label("cause"))
        .outerjoin(Service, Service.id == Case.service_id)
        .where(
            Case.reference.in_(wanted),
            Case.workflow == WORKFLOW,
            Case.closed_seq.is_(None),
            readable(actor),
        )
        .order_by(Case.received_on, Case.id)
    ).all()
    members, refused = [], {}
    for one, service, cause in rows:
        label = causes[cause].text if cause in causes else Text("", "")
        state = definition.states[one.state].label.text
        reported_on = briefly(one.received_on, today)
        members.append(
            Member(one.id, one.reference, one.title, one.version, state, label, service or "", reported_on)
        )
        if reason := _refusal(session, one, definition, actor):
            refused[one.reference] = reason
    chosen = _main(members, refused, main)
    known = {member.reference for member in members}
    others = [member for member in members if member is not chosen]
    reasons = definition.choices(definition.actions[GROUP].fields["outcome"])
    return Plan(
        main=chosen,
        members=tuple(members),
        changes=tuple(member for member in others if member.reference not in refused),
        left_out=(
            *(LeftOut(m.reference, m.title, refused[m.reference]) for m in others if m.reference in refused),
            *(LeftOut(one, "", UNKNOWN) for one in wanted if one not in known),
        ),
        reasons={code: label.text for code, label in reasons.items()},
    )


def _main(members: list[Member], refused: Mapping[str, Text], wanted: str) -> Member | None:
    """Choose which one stands for all: the one wanted, one that cannot be joined any more, or the first reported."""
    asked = (member for member in members if member.reference == wanted)
    advanced = (member for member in members if member.reference in refused)
    return next(asked, next(advanced, next(iter(members), None)))


def _refusal(session: Session, one: Case, definition: Definition, actor: Actor) -> Text | None:
    if destination(definition, one.state, GROUP) is None:
        state = definition.states[one.state].label.text
        return TOO_FAR.filled(state=state)
    by = definition.actions[GROUP].by
    people = (actor, *lent(one, actor))
    stands = any(RELATION[relation](session, one, person) for relation in by for person in people)
    return None if stands else NOT_YOURS
