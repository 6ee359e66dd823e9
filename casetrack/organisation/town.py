"""Set a town up from its file, and bring it up to date from the same file later."""

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Absence, LocalClosure, Service, Staff, StaffRole, Subject, Table, Town
from casetrack.engine.town import forget_place, place
from casetrack.language import Text
from casetrack.organisation import absences
from casetrack.organisation.staff import deactivate
from casetrack.organisation.town_faults import not_toml, of_form, of_names, refusal, unreadable
from casetrack.organisation.town_file import ServiceEntry, StaffEntry, SubjectEntry, TownFile

Role = tuple[int, str, int | None]
Row = TypeVar("Row", bound=Table)


@dataclass
class Changes:
    """Say what the file changed, one sentence each; nothing when it had all been applied before."""

    sentences: list[Text] = field(default_factory=list)

    def note(self, fr: str, en: str) -> None:
        """Add a sentence."""
        self.sentences.append(Text(fr, en))


def read_town(path: Path) -> TownFile:
    """Read a town's file; raise TownFileError with every fault, its line and what to write instead."""
    try:
        source = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError):
        raise unreadable(path.name) from None
    try:
        town = TownFile.model_validate(tomllib.loads(source))
    except tomllib.TOMLDecodeError as error:
        raise not_toml(path.name, source, error) from None
    except ValidationError as error:
        raise refusal(path.name, source, of_form(error)) from None
    if faults := of_names(town):
        raise refusal(path.name, source, faults)
    return town


def apply_town(session: Session, file: TownFile, *, at: datetime, prune: bool = False) -> Changes:
    """Create or update everything that the file names; a second time changes nothing.

    What the file does not name stays, unless `prune`: it is then deactivated, never deleted.
    """
    changes = Changes()
    _town(session, changes, file)
    services = _services(session, changes, file)
    staff = _staff(session, changes, file, services)
    roles = _roles(session, changes, file, services, staff)
    _subjects(session, changes, file, services)
    _absences(session, changes, file, staff)
    forget_place(session)
    if prune:
        _prune(session, changes, file, roles, on=place(session).calendar.day_of(at))
    return changes


def _town(session: Session, changes: Changes, file: TownFile) -> None:
    entry = file.town
    details = entry.model_dump(exclude={"name", "zone"})
    details["partners"] = [partner.model_dump() for partner in file.partners]
    values = {"name": entry.name, "zone": entry.zone, "timezone": entry.timezone, "details": details}
    _keep(session, changes, session.get(Town, 1), Town(id=1), Text(entry.name, entry.name), values)
    for closure in file.closures:
        label = Text(f"Fermeture du {closure.day}", f"Closure of {closure.day}")
        row = session.get(LocalClosure, closure.day)
        _keep(session, changes, row, LocalClosure(day=closure.day), label, {"label": closure.label})


def _services(session: Session, changes: Changes, file: TownFile) -> dict[str, int]:
    """Keep every service, then say who is under whom: a parent may be written after its children."""
    known = {service.code: service for service in session.scalars(select(Service))}
    for entry in file.services:
        new = Service(code=entry.code, name=entry.name)
        known[entry.code] = _keep(
            session, changes, known.get(entry.code), new, _called(entry), _address(entry, file)
        )
    session.flush()
    for entry in file.services:
        parent_id = known[entry.parent].id if entry.parent else None
        if known[entry.code].parent_id != parent_id:
            known[entry.code].parent_id = parent_id
            above = entry.parent or "—"
            changes.note(f"{_called(entry).fr}\u00a0: sous {above}", f"{_called(entry).en}: under {above}")
    session.flush()
    return {code: service.id for code, service in known.items()}


def _address(entry: ServiceEntry, file: TownFile) -> dict[str, object]:
    """Return what letters say of a service: its own address or the town's (CRPA, art. R112-5)."""
    return {
        "name": entry.name,
        "address": entry.address or file.town.address,
        "telephone": entry.telephone or file.town.telephone,
        "email": entry.email or file.town.email,
        "is_active": True,
    }


def _staff(session: Session, changes: Changes, file: TownFile, services: dict[str, int]) -> dict[str, Staff]:
    known = {person.login: person for person in session.scalars(select(Staff))}
    for service, entry in file.staff:
        values = entry.model_dump(
            include={"given_name", "family_name", "title", "email", "telephone", "language"}
        )
        values |= {"service_id": services[service.code], "is_active": True}
        label = Text(f"Compte {entry.login}", f"Account {entry.login}")
        known[entry.login] = _keep(
            session, changes, known.get(entry.login), Staff(login=entry.login), label, values
        )
    session.flush()
    return known


def _roles(
    session: Session, changes: Changes, file: TownFile, services: dict[str, int], staff: dict[str, Staff]
) -> set[Role]:
    """Give every role that the file names; return them all."""
    held = set(session.execute(select(StaffRole.staff_id, StaffRole.role, StaffRole.service_id)))
    named: set[Role] = set()
    for service, entry in file.staff:
        for role, code in roles_of(service, entry):
            row = (staff[entry.login].id, role, services[code] if code else None)
            if row not in held | named:
                session.add(StaffRole(staff_id=row[0], role=role, service_id=row[2]))
                where = f" ({code})" if code else ""
                changes.note(
                    f"{entry.login}\u00a0: rôle {role}{where} donné",
                    f"{entry.login}: role {role}{where} given",
                )
            named.add(row)
    session.flush()
    return named


def roles_of(service: ServiceEntry, entry: StaffEntry) -> list[tuple[str, str]]:
    """Return the roles of a person, each with the code of its service, empty for the whole town."""
    of_the_service = ("officer", "head", "signatory")
    own = [(role, service.code if role in of_the_service else "") for role in entry.roles]
    others = {"officer": entry.officer_of, "head": entry.heads, "signatory": entry.signs_for}
    return own + [(role, code) for role, codes in others.items() for code in codes]


def _subjects(session: Session, changes: Changes, file: TownFile, services: dict[str, int]) -> None:
    known = {subject.code: subject for subject in session.scalars(select(Subject))}
    for entry in file.subjects:
        label = Text(f"Sujet {entry.code}", f"Subject {entry.code}")
        values = _subject_values(entry, services)
        _keep(session, changes, known.get(entry.code), Subject(code=entry.code), label, values)
    session.flush()


def _subject_values(entry: SubjectEntry, services: dict[str, int]) -> dict[str, object]:
    same = {"label", "label_en", "workflow", "silence_delay", "answer_delay", "confidentiality"}
    return {
        **entry.model_dump(include=same),
        "silence_mode": entry.silence,
        "service_id": services[entry.service] if entry.service else None,
        "keywords": ", ".join(entry.keywords),
        "is_active": True,
    }


def _absences(session: Session, changes: Changes, file: TownFile, staff: dict[str, Staff]) -> None:
    for entry in file.absences:
        person, other = staff[entry.login], staff.get(entry.replaced_by)
        days = (Absence.starts_on == entry.starts_on, Absence.ends_on == entry.ends_on)
        found = session.scalar(select(Absence).where(Absence.staff_id == person.id, *days))
        if found and found.replaced_by_id == (other.id if other else None):
            continue
        if found:
            session.delete(found)
            session.flush()
        absences.add(session, person, starts_on=entry.starts_on, ends_on=entry.ends_on, replaced_by=other)
        changes.note(f"Absence de {entry.login} notée", f"Absence of {entry.login} noted")


def _prune(session: Session, changes: Changes, file: TownFile, roles: set[Role], *, on: date) -> None:
    """Deactivate what left the file; roles and closures, of which nothing else speaks, go away."""
    logins = {entry.login for _, entry in file.staff}
    # An administrator made at the first `init` is in no file: closing that account would lock the town out.
    administrators = set(session.scalars(select(StaffRole.staff_id).where(StaffRole.role == "administrator")))
    for person in session.scalars(select(Staff).where(Staff.is_active, Staff.login.not_in(logins))):
        if person.id not in administrators:
            deactivate(session, person, on=on)
            changes.note(f"Compte {person.login}\u00a0: fermé", f"Account {person.login}: closed")
    _deactivate(session, changes, Service, {entry.code for entry in file.services})
    _deactivate(session, changes, Subject, {entry.code for entry in file.subjects})
    people = dict(session.execute(select(Staff.id, Staff.login).where(Staff.login.in_(logins))).all())
    for row in session.scalars(select(StaffRole).where(StaffRole.staff_id.in_(people))):
        if (row.staff_id, row.role, row.service_id) not in roles:
            session.delete(row)
            login = people[row.staff_id]
            changes.note(f"{login}\u00a0: rôle {row.role} retiré", f"{login}: role {row.role} taken back")
    days = [entry.day for entry in file.closures]
    for closure in session.scalars(select(LocalClosure).where(LocalClosure.day.not_in(days))):
        session.delete(closure)
        changes.note(f"Fermeture du {closure.day}\u00a0: retirée", f"Closure of {closure.day}: taken out")
    session.flush()


def _deactivate(
    session: Session, changes: Changes, table: type[Service] | type[Subject], codes: set[str]
) -> None:
    for row in session.scalars(select(table).where(table.is_active, table.code.not_in(codes))):
        row.is_active = False
        changes.note(f"{row.code}\u00a0: désactivé", f"{row.code}: deactivated")


def _keep(
    session: Session, changes: Changes, row: Row | None, new: Row, label: Text, values: dict[str, object]
) -> Row:
    """Add `new`, or update the row that exists, and note what differs."""
    kept = new if row is None else row
    changed = [name for name, value in values.items() if row is None or getattr(row, name) != value]
    for name in changed:
        setattr(kept, name, values[name])
    if row is None:
        session.add(new)
        changes.note(f"{label.fr}\u00a0: créé", f"{label.en}: created")
    elif changed:
        names = ", ".join(changed)
        changes.note(f"{label.fr}\u00a0: modifié ({names})", f"{label.en}: changed ({names})")
    return kept


def _called(entry: ServiceEntry) -> Text:
    return Text(f"Service {entry.code}", f"Service {entry.code}")
