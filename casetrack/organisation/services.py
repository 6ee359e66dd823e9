"""The services of the town, in a tree, and who answers for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Service, Staff, StaffRole, Subject
from casetrack.engine import readable
from casetrack.engine.actor import Actor
from casetrack.errors import InvalidFields, InvalidInput, NotFound
from casetrack.language import Text
from casetrack.organisation import changes
from casetrack.organisation.entries import NO_SERVICE, TAKEN, read
from casetrack.organisation.town_file import ServiceEntry
from casetrack.spelling import fold

UNDER_ITSELF = Text(
    "un service ne peut pas dépendre de lui-même ni d'un service placé sous lui.",
    "a service cannot hang from itself or from a service below it.",
)
STILL_USED = Text(
    "«\u00a0{name}\u00a0» ne peut pas fermer\u00a0: {what}.", "“{name}” cannot be closed: {what}."
)
OPEN_CASES = Text(
    "des dossiers y sont en cours, que son responsable doit d'abord clore ou transférer",
    "it has open cases, which its head must close or transfer first",
)
CHILDREN = Text("des services en dépendent", "services hang from it")
PEOPLE = Text("des comptes actifs y sont rattachés", "active accounts belong to it")
SUBJECTS = Text("des sujets lui sont adressés", "subjects are addressed to it")
SHOWN_USES = 20
HEADINGS = {
    "case": Text("Dossiers en cours", "Open cases"),
    "service": Text("Services qui en dépendent", "Services that hang from it"),
    "person": Text("Personnes", "People"),
    "subject": Text("Sujets", "Subjects"),
}
PARENT_CLOSED = Text(
    "Le service dont il dépend est fermé\u00a0: rouvrez-le d'abord.",
    "The service above it is closed: open that one first.",
)


class Node(NamedTuple):
    """One service as the tree knows it."""

    id: int
    parent_id: int | None
    code: str
    name: str
    is_active: bool


@dataclass(frozen=True)
class Tree:
    """Hold every service, active or not, and answer what is above and below."""

    nodes: dict[int, Node]

    @cached_property
    def children(self) -> dict[int | None, tuple[int, ...]]:
        """Give the services directly below each service; under None, those that hang from nothing."""
        found: dict[int | None, list[int]] = {}
        for node in self.nodes.values():
            found.setdefault(node.parent_id, []).append(node.id)
        return {parent: tuple(ids) for parent, ids in found.items()}

    def below(self, service_id: int) -> frozenset[int]:
        """Return the service and every service under it."""
        found, waiting = set(), [service_id]
        while waiting:
            if (current := waiting.pop()) not in found:
                found.add(current)
                waiting += self.children.get(current, ())
        return frozenset(found)

    def upwards(self, service_id: int) -> tuple[int, ...]:
        """Return the service, then each service above it up to the root."""
        found: list[int] = []
        current: int | None = service_id
        while current is not None and current not in found:
            found.append(current)
            current = self.nodes[current].parent_id
        return tuple(found)

    def path(self, service_id: int) -> tuple[Node, ...]:
        """Return the way from the root down to the service, both included."""
        return tuple(self.nodes[step] for step in reversed(self.upwards(service_id)))

    def in_order(self) -> list[tuple[int, Node]]:
        """Return every service with its depth, each under its parent, in the order of their names."""

        def walk(parent: int | None, depth: int) -> list[tuple[int, Node]]:
            children = sorted(
                (self.nodes[child] for child in self.children.get(parent, ())),
                key=lambda node: fold(node.name),
            )
            return [row for node in children for row in ((depth, node), *walk(node.id, depth + 1))]

        return walk(None, 0)


def tree(session: Session) -> Tree:
    """Read the whole tree, in one query."""
    rows = session.execute(
        select(Service.id, Service.parent_id, Service.code, Service.name, Service.is_active).order_by(
            Service.code
        )
    )
    return Tree({row.id: Node(*row) for row in rows})


def tree_with_heads(session: Session) -> tuple[Tree, dict[int, list[str]]]:
    """Read the whole tree, and the names of who heads each service that has a head at work, in one query."""
    heads = and_(StaffRole.service_id == Service.id, StaffRole.role == "head")
    rows = session.execute(
        select(Service.id, Service.parent_id, Service.code, Service.name, Service.is_active, Staff)
        .outerjoin(StaffRole, heads)
        .outerjoin(Staff, and_(Staff.id == StaffRole.staff_id, Staff.is_active))
        .order_by(Service.code, Staff.family_name, Staff.given_name)
    ).all()
    names: dict[int, list[str]] = {}
    for row in rows:
        if row.Staff:
            names.setdefault(row.id, []).append(row.Staff.name)
    return Tree({row.id: Node(*row[:5]) for row in rows}), names


class Use(NamedTuple):
    """One thing that counts on a service: of which kind, by what its page is found, how it is called."""

    kind: str
    key: str
    name: str


def below(session: Session, service_id: int) -> frozenset[int]:
    """Return the service and every service under it."""
    return tree(session).below(service_id)


def path(session: Session, service_id: int) -> str:
    """Say where a service stands: "Direction générale › Pôle Cadre de vie › Voirie"."""
    return " › ".join(node.name for node in tree(session).path(service_id))


def find(session: Session, code: str) -> Service:
    """Return the service of this code; raise NotFound."""
    if service := session.scalar(select(Service).where(Service.code == code)):
        return service
    raise NotFound(
        Text(f"Aucun service n'a le code «\u00a0{code}\u00a0».", f"No service has the code “{code}”.")
    )


def add(session: Session, typed: Mapping[str, str], *, by: Actor, at: datetime) -> Service:
    """Create a service from a form; `parent` is a code, empty for none. Raises InvalidFields."""
    changes.require_administrator(by)
    entry = read(ServiceEntry, typed)
    if session.scalar(select(Service.id).where(Service.code == entry.code)) is not None:
        raise InvalidFields({"code": TAKEN.filled(value=entry.code)})
    service = Service(code=entry.code, **_values(session, entry))
    session.add(service)
    session.flush()
    after = _snapshot(session, service)
    changes.record(session, by=by, at=at, what="service_added", about=service.name, after=after)
    return service


def stamp(service: Service) -> str:
    """Return the mark of a service as a form shows it."""
    return changes.stamp(
        service.name, service.parent_id, service.address, service.telephone, service.email, service.is_active
    )


def change(
    session: Session,
    service: Service,
    typed: Mapping[str, str],
    *,
    by: Actor,
    at: datetime,
    seen: changes.Seen | None = None,
) -> None:
    """Rename or move a service, or change its address; its code stays. Raises InvalidFields.

    Raises InvalidInput with the code `changed` when the form was made from what is no longer there.
    """
    changes.require_administrator(by)
    changes.refuse_stale(session, seen, stamp(service), about=service.name)
    entry = read(ServiceEntry, {**typed, "code": service.code})
    values, before = _values(session, entry, service.parent_id), _snapshot(session, service)
    parent_id = values["parent_id"]
    if parent_id is not None and parent_id in below(session, service.id):
        raise InvalidFields({"parent": UNDER_ITSELF})
    _set(service, values)
    session.flush()
    after = _snapshot(session, service)
    changes.record(
        session, by=by, at=at, what="service_changed", about=before["name"], before=before, after=after
    )


def close(session: Session, service: Service, *, by: Actor, at: datetime) -> None:
    """Close a service; raise InvalidInput, saying what still counts on it."""
    changes.require_administrator(by)
    if found := [text for text, query in _uses(service.id) if session.scalar(query.limit(1)) is not None]:
        what = Text(", ".join(text.fr for text in found), ", ".join(text.en for text in found))
        sentence = STILL_USED.filled(name=service.name, what=what)
        raise InvalidInput(sentence, code="still_used")
    service.is_active = False
    changes.record(session, by=by, at=at, what="service_closed", about=service.name)


def uses(session: Session, service: Service, by: Actor) -> list[tuple[Text, list[Use]]]:
    """Return what still counts on a service, a few of each kind; of the cases those that `by` may read."""
    number = service.id
    asked = (
        (
            "case",
            select(Case.reference, Case.title)
            .where(Case.service_id == number, Case.closed_seq.is_(None), readable(by))
            .order_by(Case.due_on, Case.id),
        ),
        (
            "service",
            select(Service.id, Service.name)
            .where(Service.parent_id == number, Service.is_active)
            .order_by(Service.name),
        ),
        (
            "person",
            select(Staff.id, Staff.given_name + " " + Staff.family_name)
            .where(Staff.service_id == number, Staff.is_active)
            .order_by(Staff.family_name, Staff.given_name),
        ),
        (
            "subject",
            select(Subject.id, Subject.label)
            .where(Subject.service_id == number, Subject.is_active)
            .order_by(Subject.label),
        ),
    )
    found = [
        (
            HEADINGS[kind],
            [Use(kind, str(key), name) for key, name in session.execute(query.limit(SHOWN_USES))],
        )
        for kind, query in asked
    ]
    return [(heading, some) for heading, some in found if some]


def reopen(session: Session, service: Service, *, by: Actor, at: datetime) -> None:
    """Open a closed service again; raise InvalidInput while the one above it is closed."""
    changes.require_administrator(by)
    if service.parent_id and not session.get_one(Service, service.parent_id).is_active:
        raise InvalidInput(PARENT_CLOSED, code="parent_closed")
    service.is_active = True
    changes.record(session, by=by, at=at, what="service_reopened", about=service.name)


def by_code(
    session: Session, code: str, field: str = "service", *, present: int | None = None
) -> Service | None:
    """Return the service chosen in a form, None when none is; raise InvalidFields at `field`.

    An active one, or the `present` one: what hung from a closed service is not moved by being renamed.
    """
    if not code:
        return None
    known = select(Service).where(Service.code == code, or_(Service.is_active, Service.id == present))
    service = session.scalar(known) if code.isprintable() else None
    if service is None:
        raise InvalidFields({field: NO_SERVICE})
    return service


def open_cases(session: Session) -> dict[int, int]:
    """Count the open cases of each service that no confidentiality hides, in one query."""
    query = select(Case.service_id, func.count()).where(
        Case.closed_seq.is_(None), Case.confidentiality == 0, Case.service_id.is_not(None)
    )
    return dict(session.execute(query.group_by(Case.service_id)).all())


def _uses(service_id: int) -> list[tuple[Text, object]]:
    return [
        (OPEN_CASES, select(Case.id).where(Case.service_id == service_id, Case.closed_seq.is_(None))),
        (CHILDREN, select(Service.id).where(Service.parent_id == service_id, Service.is_active)),
        (PEOPLE, select(Staff.id).where(Staff.service_id == service_id, Staff.is_active)),
        (SUBJECTS, select(Subject.id).where(Subject.service_id == service_id, Subject.is_active)),
    ]


def _values(session: Session, entry: ServiceEntry, present: int | None = None) -> dict[str, object]:
    above = by_code(session, entry.parent, "parent", present=present)
    return {
        **entry.model_dump(include={"name", "address", "telephone", "email"}),
        "parent_id": above.id if above else None,
    }


def _set(service: Service, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(service, name, value)


def _snapshot(session: Session, service: Service) -> dict[str, object]:
    above = session.get(Service, service.parent_id) if service.parent_id else None
    same = {name: getattr(service, name) for name in ("code", "name", "address", "telephone", "email")}
    return {**same, "parent": above.name if above else ""}
