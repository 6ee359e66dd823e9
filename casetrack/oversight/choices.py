"""What forms and filters offer to choose from: the same for everybody, so that nothing leaks by it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, Select, literal_column, select, union_all
from sqlalchemy.orm import Session

from casetrack.database.tables import Service, Staff, StaffRole, Subject

Officers = list[tuple[str, list[tuple[int, str]]]]


@dataclass(frozen=True, slots=True)
class Choices:
    """Hold the services and the subjects by name, and the officers by service."""

    services: list[tuple[int, str]]
    subjects: list[tuple[int, str]]
    officers: Officers
    more: list[Row]
    """What else was asked in the same query."""


def offered(session: Session, *more: Select) -> Choices:
    """Return everything that is active, in one query.

    `more` are further questions, of five columns as `officer_rows` has them: a page has few queries to give.
    """
    none = literal_column("''")
    services = select(
        literal_column("1").label("kind"),
        Service.id.label("key"),
        Service.name,
        none.label("given"),
        none.label("service"),
    )
    subjects = select(literal_column("2"), Subject.id, Subject.label, none, none)
    rows = session.execute(
        union_all(
            services.where(Service.is_active),
            subjects.where(Subject.is_active),
            officer_rows(literal_column("3")),
            *more,
        ).order_by("service", "name", "given", "key")
    ).all()
    return Choices(
        [(row.key, row.name) for row in rows if row.kind == 1],
        [(row.key, row.name) for row in rows if row.kind == 2],
        by_service(row for row in rows if row.kind == 3),
        [row for row in rows if row.kind > 3],
    )


def officers(session: Session) -> Officers:
    """Return the people who may be given a case, by service, each in the order of their names."""
    return by_service(
        session.execute(
            officer_rows(literal_column("3").label("kind")).order_by("service", "name", "given", "key")
        )
    )


def officer_rows(kind: ColumnElement[int]) -> Select:
    """Return the question of who may be given a case, for `by_service`; `kind` tells its rows in a union."""
    return (
        select(
            kind,
            Staff.id.label("key"),
            Staff.family_name.label("name"),
            Staff.given_name.label("given"),
            Service.name.label("service"),
        )
        .distinct()
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .join(Service, Service.id == StaffRole.service_id)
        .where(StaffRole.role.in_(("officer", "head")), Staff.is_active, Service.is_active)
    )


def by_service(rows: Iterable[Row]) -> Officers:
    """Return these people by service, in the order in which they came."""
    found: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        found.setdefault(row.service, []).append((row.key, f"{row.given} {row.name}"))
    return list(found.items())
