"""Giving many cases to somebody else: what would change, and what is left out and why; the gate does the rest."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from casetrack.database.tables import Absence, Case, Service, Staff, StaffRole
from casetrack.engine import Actor, needs, readable, refused_actions
from casetrack.engine.fields import storable
from casetrack.engine.permission import standing
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.oversight import choices, worklists
from casetrack.oversight.service_desk import NO_SERVICE, headed, said_away
from casetrack.workflow import by_id, destination

NOBODY = 0
"""Number that stands for "without an officer" in the choice of whose cases to give."""
MOST = worklists.PAGE
"""Cases given at once: a page of the list."""
NO_OFFICER = Text(
    "Choisissez une personne qui peut suivre des dossiers.", "Choose a person who may be given cases."
)
UNKNOWN = Text(
    "Aucun dossier ouvert ne porte ce numéro, ou il ne vous est pas ouvert.",
    "No open case has this number, or it is not open to you.",
)
ALREADY = Text("Déjà suivi par cette personne.", "This person has it already.")
NOT_NOW = Text(
    "Ne change pas de mains tant que le dossier est «\u00a0{state}\u00a0».",
    "Does not change hands while the case is “{state}”.",
)


@dataclass(frozen=True, slots=True)
class Change:
    """Hold one case that would be given, by which action of its definition."""

    reference: str
    title: str
    version: int
    officer: str
    action: str
    label: Text
    fields: dict[str, object]
    service: str
    """Service that would take it over; empty when it stays in its own."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Hold one case that stays as it is, and why."""

    reference: str
    title: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what giving these cases to this person would do."""

    officer_id: int
    officer: str
    away: Text | None
    """Until when this person is away, where they are today."""
    changes: tuple[Change, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def asks_reason(self) -> bool:
        """Tell whether one of the actions asks why."""
        return any(change.action == "transfer" for change in self.changes)


def choice(
    session: Session, actor: Actor, *, today: date, officer_id: int | None = None, after: str | None = None
) -> worklists.Page:
    """Return a page of the cases that a head may give, of one officer (or `NOBODY`) or of all.

    Raises NotFound for somebody who heads nothing.
    """
    if not (mine := headed(actor)):
        raise NotFound(NO_SERVICE)
    where = [Case.service_id.in_(sorted(mine)), worklists.in_hand(session)]
    if officer_id is not None:
        where.append(worklists.of_officer(officer_id))
    return worklists.worklist(session, actor, "all", *where, today=today, after=after, size=MOST)


def receivers(session: Session, actor: Actor) -> choices.Officers:
    """Return who may be given cases, those of this head's services first, each with how many they carry there.

    In one query; what this person may not read is not counted.
    """
    mine = sorted(headed(actor))
    carried = (
        select(func.count())
        .where(
            Case.officer_id == Staff.id,
            Case.closed_seq.is_(None),
            Case.service_id.in_(mine),
            readable(actor),
        )
        .correlate(Staff)
        .scalar_subquery()
    )
    rows = session.execute(
        choices.officer_rows(literal_column("3").label("kind"))
        .add_columns(Service.id.in_(mine).label("own"), carried.label("carried"))
        .order_by("service", "name", "given", "key")
    ).all()
    own = {row.service for row in rows if row.own}
    loads = {row.key: row.carried for row in rows}
    groups = [
        (service, [(key, f"{name} ({loads[key]})" if service in own else name) for key, name in found])
        for service, found in choices.by_service(rows)
    ]
    return sorted(groups, key=lambda group: group[0] not in own)


def plan(
    session: Session, actor: Actor, references: Collection[str], officer_id: int, *, today: date
) -> Plan:
    """Return what would change; nothing is written.

    Raises NotFound for somebody who heads nothing, or a person who may not be given cases.
    """
    if not headed(actor):
        raise NotFound(NO_SERVICE)
    stands_in = aliased(Staff)
    lasts = and_(Absence.staff_id == Staff.id, Absence.starts_on <= today, Absence.ends_on >= today)
    places = session.execute(
        select(Staff, StaffRole.service_id, Service.name, Absence.ends_on, stands_in)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .join(Service, Service.id == StaffRole.service_id)
        .outerjoin(Absence, lasts)
        .outerjoin(stands_in, stands_in.id == Absence.replaced_by_id)
        .where(Staff.id == officer_id, Staff.is_active, Service.is_active)
        .where(StaffRole.role.in_(("officer", "head")))
        .order_by(StaffRole.role.desc(), StaffRole.id)
    ).all()
    if not places:
        raise NotFound(NO_OFFICER)
    wanted = list(dict.fromkeys(map(storable, references)))[:MOST]
    present = aliased(Staff)
    rows = session.execute(
        select(Case, present)
        .outerjoin(present, present.id == Case.officer_id)
        .where(Case.reference.in_(wanted), Case.closed_seq.is_(None), readable(actor))
    ).all()
    found = {row[0].reference: row for row in rows}
    changes, left_out = [], [LeftOut(one, "", UNKNOWN) for one in wanted if one not in found]
    for reference in (one for one in wanted if one in found):
        case, holder = found[reference]
        step = _step(session, case, actor, officer_id, [(row.service_id, row.name) for row in places])
        if isinstance(step, Text):
            left_out.append(LeftOut(reference, case.title, step))
        else:
            name, fields, service = step
            label = by_id(session, case.workflow_id).actions[name].label.text
            held_by = holder.name if holder else ""
            changes.append(Change(reference, case.title, case.version, held_by, name, label, fields, service))
    officer, _service_id, _name, ends_on, stand_in = places[0]
    away = said_away(ends_on, stand_in, today) if ends_on else None
    return Plan(officer_id, officer.name, away, tuple(changes), tuple(left_out))


def _step(
    session: Session, case: Case, actor: Actor, officer_id: int, places: list[tuple[int, str]]
) -> tuple[str, dict[str, object], str] | Text:
    """Return the action that gives the case, its fields and the service it goes to; or why there is none."""
    if case.officer_id == officer_id:
        return ALREADY
    service_id, service = places[0]
    if case.service_id in {key for key, _name in places}:
        ways = [("reassign", {"officer": officer_id}, ""), ("assign", {"officer": officer_id}, "")]
    else:
        ways = [
            ("assign", {"service": service_id, "officer": officer_id}, service),
            ("transfer", {"service": service_id}, service),
        ]
    definition = by_id(session, case.workflow_id)
    for name, fields, goes_to in ways:
        action = definition.actions.get(name)
        if action is None or destination(definition, case.state, name) is None:
            continue
        if not fields.keys() <= action.fields.keys():
            continue
        # The very questions of the gate, for this action alone: a page of cases asks no query each.
        stands, _absent = standing(session, case, actor, action.by)
        to_citizen = definition.addressed_to == "citizen"
        if stands and not needs.missing(session, case, action, to_citizen=to_citizen):
            return name, fields, goes_to
    names = {name for name, *_rest in ways}
    refused = [one for one in refused_actions(session, case, actor) if one.name in names]
    if refused:
        return refused[0].reasons[0]
    state = definition.states[case.state].label
    return Text(NOT_NOW.fr.format(state=state.fr), NOT_NOW.en.format(state=state.en))
