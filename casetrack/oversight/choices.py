"""What a form offers to choose from: the officers of the town, by service."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Service, Staff, StaffRole


def officers(session: Session) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return the people who may be given a case, by service, each in the order of their names."""
    rows = session.execute(
        select(Service.name, Staff.id, Staff.given_name, Staff.family_name)
        .distinct()
        .join(StaffRole, StaffRole.service_id == Service.id)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(StaffRole.role.in_(("officer", "head")), Staff.is_active, Service.is_active)
        .order_by(Service.name, Staff.family_name, Staff.given_name, Staff.id)
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for service, key, given_name, family_name in rows:
        found.setdefault(service, []).append((key, f"{given_name} {family_name}"))
    return list(found.items())
