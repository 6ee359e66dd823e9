"""The services of the town, in a tree, and who answers for each."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Service, Staff, StaffRole
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.spelling import fold


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


def who_heads(session: Session, service_id: int) -> list[Staff]:
    """Return who heads the service or, where it has no head at work, the nearest service above it."""
    steps = tree(session).upwards(service_id)
    rows = session.execute(
        select(StaffRole.service_id, Staff)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(StaffRole.role == "head", StaffRole.service_id.in_(steps), Staff.is_active)
        .order_by(Staff.family_name, Staff.given_name, Staff.id)
    ).all()
    nearest = next((step for step in steps if any(step == headed for headed, _ in rows)), None)
    return [staff for headed, staff in rows if headed == nearest]
