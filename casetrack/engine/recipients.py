"""Whom the ladder warns: names of a definition → people, today, absences replaced."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Absence, Service, Staff, StaffRole
from casetrack.engine import town
from casetrack.engine.permission import SEALED


class Directory:
    """Hold who heads, signs, registers and replaces on one day: four queries, then none."""

    def __init__(self, session: Session, on: date) -> None:
        active = set(session.scalars(select(Staff.id).where(Staff.is_active)))
        self.parent = dict(session.execute(select(Service.id, Service.parent_id)).all())
        self.codes = dict(session.execute(select(Service.code, Service.id)).all())
        self.holders: dict[tuple[str, int | None], list[int]] = defaultdict(list)
        self.by_role: dict[str, list[int]] = defaultdict(list)
        for staff_id, role, service_id in session.execute(
            select(StaffRole.staff_id, StaffRole.role, StaffRole.service_id)
        ):
            if staff_id in active:
                self.holders[role, service_id].append(staff_id)
                self.by_role[role].append(staff_id)
        absences = select(Absence.staff_id, Absence.replaced_by_id).where(
            Absence.starts_on <= on, Absence.ends_on >= on
        )
        self.away = dict(session.execute(absences).all())
        self.active = active
        self.legal_service = self.codes.get(town.place(session).details.get("legal_service", ""))
        self._known: dict[tuple, tuple[int, ...]] = {}

    def find(
        self,
        names: Iterable[str],
        *,
        service_id: int | None,
        officer_id: int | None,
        confidentiality: int = 0,
        asked: tuple[int, ...] = (),
        named: tuple[int, ...] = (),
    ) -> tuple[int, ...]:
        """Return the people behind these names for a case of that service and officer, each once.

        `asked` are the services whose opinion is awaited, `named` the readers of a confidential case.
        Nobody in place is never nobody: no officer, the head; no head, the one above; no service,
        the desk; nobody who may read a confidential case, its named readers; none, the mediator.
        """
        key = (tuple(names), service_id, officer_id, confidentiality, asked, named)
        if key not in self._known:
            people = [
                person for name in key[0] for person in self._named(name, service_id, officer_id, asked)
            ]
            if key[0] and confidentiality:
                readers = self._readers(confidentiality, service_id, officer_id, asked, named)
                people = [person for person in people if person in readers]
                people = people or [*self.active.intersection(named)] or self.by_role["mediator"]
            if confidentiality == SEALED:
                # Nobody replaces whom it names: they read it on their return, another who may read it today.
                here = [person for person in (*named, *self.by_role["mediator"]) if self._is_here(person)]
                people = people if any(map(self._is_here, people)) else [*people, *here[:1]]
            else:
                people = [self.present(person) for person in people]
            self._known[key] = tuple(dict.fromkeys(people))
        return self._known[key]

    def _readers(
        self,
        confidentiality: int,
        service_id: int | None,
        officer_id: int | None,
        asked: tuple[int, ...],
        named: tuple[int, ...],
    ) -> set[int | None]:
        """Return who may know of a confidential case, as `workflow.registry.READERS` says."""
        readers = {officer_id, *named, *self.by_role["mediator"]}
        if confidentiality == 1:
            for service in (service_id, *asked):
                readers.update(*(self.holders["head", above] for above in self._above(service)))
        return readers

    def _above(self, service_id: int | None) -> Iterator[int]:
        while service_id is not None:
            yield service_id
            service_id = self.parent.get(service_id)

    def _is_here(self, staff_id: int) -> bool:
        return staff_id in self.active and staff_id not in self.away

    def present(self, staff_id: int) -> int:
        """Return who does this person's work today, through at most five absences; themselves if nobody does."""
        current: int | None = staff_id
        for _ in range(6):
            if current not in self.away and current in self.active:
                return current
            current = self.away.get(current)
        return staff_id

    def _named(
        self, name: str, service_id: int | None, officer_id: int | None, asked: tuple[int, ...]
    ) -> list[int]:
        match name:
            case "officer":
                return [officer_id] if officer_id in self.active else self._heads(service_id)
            case "service_head":
                return self._heads(service_id)
            case "director":
                return self._heads(self.parent.get(service_id)) if service_id else self._desk()
            case "top":
                return self._heads(self._root(service_id))
            case "legal":
                return self.holders["officer", self.legal_service] or self._heads(self.legal_service)
            case "desk":
                return self._desk()
            case "asked":
                return [head for service in asked for head in self._heads(service)]
            case "mediator" | "evaluation":
                return self.by_role[name]
        return []

    def _heads(self, service_id: int | None) -> list[int]:
        for service in self._above(service_id):
            if heads := self.holders["head", service]:
                return heads
        return self._desk()

    def _root(self, service_id: int | None) -> int | None:
        above = [*self._above(service_id)]
        return above[-1] if above else None

    def _desk(self) -> list[int]:
        return self.by_role["desk"] or self.by_role["administrator"]
