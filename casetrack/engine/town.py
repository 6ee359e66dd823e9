"""What the engine must know of the town at every step, read once a session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import null, select, true, union_all
from sqlalchemy.orm import Session

from casetrack.database.tables import LocalClosure, Service, Staff, Subject, Town, WorkflowVersion
from casetrack.deadlines import Calendar
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.workflow import MINIMAL, know_versions

UNKNOWN = {name: empty for name, empty in MINIMAL["town"].items() if name != "name"}
"""The merge fields of a town that said nothing of itself but its name."""

_KNOWN = union_all(
    select(LocalClosure.day, null().label("version"), LocalClosure.label.label("said")),
    select(null(), WorkflowVersion.id, WorkflowVersion.sha256),
).subquery()
_TOWN = select(Town.name, Town.details, Town.zone, Town.timezone, _KNOWN).outerjoin(_KNOWN, true())


@dataclass(frozen=True, slots=True)
class Place:
    """Hold the town's name, its merge fields for messages and its calendar."""

    name: str
    details: dict
    calendar: Calendar


def place(session: Session) -> Place:
    """Return the town of this database; raise NotFound before `casetrack init`.

    One query reads it, its closures and which versions of the workflows are published.
    """
    if (known := session.info.get("town")) is None:
        rows = session.execute(_TOWN).all()
        if not rows:
            raise NotFound(
                Text(
                    "La base ne contient pas encore de ville\u00a0: lancez «\u00a0casetrack init\u00a0».",
                    "The database holds no town yet: run “casetrack init”.",
                )
            )
        town = rows[0]
        closures = {row.day: row.said for row in rows if row.day is not None}
        calendar = Calendar(zone=town.zone, timezone=town.timezone, closures=closures)
        known = session.info["town"] = Place(town.name, _complete(UNKNOWN, town.details), calendar)
        know_versions(session, {row.version: row.said for row in rows if row.version is not None})
    return known


def _complete(shape: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the details with every merge field of a message, empty where the town gave none."""
    missing = {
        name: _complete(empty, details.get(name) or {})
        if isinstance(empty, Mapping)
        else details.get(name, empty)
        for name, empty in shape.items()
    }
    return {**details, **missing}


def forget_place(session: Session) -> None:
    """Read the town again at the next step: call it after changing the town or its closures."""
    session.info.pop("town", None)


def service(session: Session, service_id: int) -> Service:
    """Return a service, read once a session."""
    return _kept(session, Service, service_id)


def staff(session: Session, staff_id: int) -> Staff:
    """Return a member of staff, read once a session."""
    return _kept(session, Staff, staff_id)


def subject(session: Session, subject_id: int) -> Subject:
    """Return a subject, read once a session."""
    return _kept(session, Subject, subject_id)


def _kept(session: Session, table: type, key: int) -> Any:
    # The session's own map holds rows weakly: an import would read the same service a thousand times.
    kept = session.info.setdefault("kept", {})
    if (row := kept.get((table, key))) is None:
        if (row := session.get(table, key)) is None:
            raise NotFound(
                Text(
                    f"Il n'y a pas de n° {key} dans «\u00a0{table.__tablename__}\u00a0».",
                    f"There is no {table.__tablename__} {key}.",
                )
            )
        kept[table, key] = row
    return row
