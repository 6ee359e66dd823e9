"""Whom the ladder warns: names of a definition → people, today, absences replaced."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Absence, Service, Staff, StaffRole
from casetrack.engine import town
from casetrack.engine.permission import READERS

# The relation in which a recipient reads the case; a confidential case warns only those who may read it.
READS_AS = {
    "officer": "officer",
    "service_head": "service_head",
    "director": "director",
    "top": "director",
    "desk": "desk",
    "legal": "desk",
    "mediator": "mediator",
    "evaluation": "evaluation",
    "asked": "asked",
}


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
    ) -> tuple[int, ...]:
        """Return the people behind these names for a case of that service and officer, each once.

        Nobody in place is never nobody: no officer, the head; no head, the one above; no service,
        the desk; nobody who may read a confidential case, the mediator.
        """
        key = (tuple(names), service_id, officer_id, confidentiality, asked)
        if key not in self._known:
            if key[0] and confidentiality:
                readers = READERS[confidentiality]
                key_names = [name for name in key[0] if READS_AS[name] in readers] if service_id else []
                names = key_names or ["mediator"]
            people = (person for name in names for person in self._named(name, service_id, officer_id, asked))
            self._known[key] = tuple(dict.fromkeys(self.present(person) for person in people))
        return self._known[key]

    def present(self, staff_id: int) -> int:
        """Return who does this person's work today, through at most five absences."""
        seen = {staff_id}
        while (
            staff_id in self.away
            and (other := self.away[staff_id]) in self.active
            and other not in seen
            and len(seen) <= 5
        ):
            staff_id = other
            seen.add(other)
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
        while service_id is not None:
            if heads := self.holders["head", service_id]:
                return heads
            service_id = self.parent.get(service_id)
        return self._desk()

    def _root(self, service_id: int | None) -> int | None:
        while service_id is not None and self.parent.get(service_id) is not None:
            service_id = self.parent[service_id]
        return service_id

    def _desk(self) -> list[int]:
        return self.by_role["desk"] or self.by_role["administrator"]
