"""Accounts as administrators keep them, and what each person may change of their own."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from casetrack.database.tables import ROLES, Case, SecondFactor, Service, SignIn, Staff, StaffRole
from casetrack.engine import readable, told
from casetrack.engine.actor import Actor
from casetrack.errors import InvalidFields, InvalidInput, NotFound
from casetrack.language import Text
from casetrack.organisation import changes, services, sign_ins, tries
from casetrack.organisation.entries import NO_SERVICE, TAKEN, read
from casetrack.organisation.staff import SHORTEST_PASSWORD, TOO_SHORT, deactivate, set_password, verifies
from casetrack.organisation.town_file import StaffEntry
from casetrack.spelling import fold

Role = tuple[str, str]
"""A role, and the code of its service; an empty code for the whole town."""

MEDIATOR: Role = ("mediator", "")
OF_A_SERVICE = ("officer", "head", "signatory")
ROLE_NAMES = {
    "desk": Text("accueil", "front desk"),
    "officer": Text("agent traitant", "case officer"),
    "head": Text("responsable", "head"),
    "signatory": Text("signataire", "signatory"),
    "mediator": Text("médiateur", "mediator"),
    "evaluation": Text("évaluation", "evaluation"),
    "administrator": Text("administrateur", "administrator"),
}
PRIVATE = ("email", "telephone")
SHOWN_CASES = 50

OPEN_CASES = Text(
    "{name} a encore des dossiers en cours\u00a0: son compte reste ouvert tant qu'ils ne sont pas réattribués.",
    "{name} still has open cases: the account stays open until they are given to somebody else.",
)
ONESELF = Text(
    "Vous ne pouvez pas fermer votre propre compte\u00a0: demandez à un autre administrateur.",
    "You cannot close your own account: ask another administrator.",
)
LAST_ADMINISTRATOR = Text(
    "{name} est le dernier administrateur\u00a0: donnez d'abord ce rôle à quelqu'un d'autre.",
    "{name} is the last administrator: give this role to somebody else first.",
)
NO_ROLE = Text("choisissez un rôle de la liste.", "choose a role of the list.")
WHICH_SERVICE = Text("dites pour quel service.", "say for which service.")
WRONG_PASSWORD = Text("ce n'est pas votre mot de passe actuel.", "this is not your present password.")
SAME_PASSWORD = Text(
    "choisissez un autre mot de passe que l'actuel.", "choose another password than the present one."
)
NOT_REPEATED = Text("les deux saisies diffèrent.", "what was typed differs.")


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one person of the list, with their roles in words."""

    staff: Staff
    service: str
    roles: list[tuple[Text, str]]


@dataclass(frozen=True, slots=True)
class Known:
    """Hold what an administrator sees of an account."""

    staff: Staff
    roles: list[Role]
    devices: list[SignIn]
    has_code: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """Hold the open cases that a person has in one service, and who may give them to somebody else."""

    service: str
    heads: list[str]
    cases: list[tuple[str, str]]
    """Reference and title."""


def everybody(session: Session, search: str = "") -> list[Line]:
    """Return the accounts, active first, whose name, login or service holds the words; two queries."""
    rows = session.execute(
        select(Staff, Service.name).outerjoin(Service, Service.id == Staff.service_id)
    ).all()
    wanted = fold(search).split()
    found = [
        (staff, service or "")
        for staff, service in rows
        if all(word in fold(f"{staff.name} {staff.login} {service or ''}") for word in wanted)
    ]
    roles = _roles_in_words(session)
    lines = [Line(staff, service, roles.get(staff.id, [])) for staff, service in found]
    return sorted(
        lines,
        key=lambda line: (
            not line.staff.is_active,
            fold(line.staff.family_name),
            fold(line.staff.given_name),
        ),
    )


def known(session: Session, number: int, *, at: datetime) -> Known:
    """Return a person with their roles, their devices and whether a code is asked, in one query; raise NotFound."""
    rows = session.execute(
        select(Staff, StaffRole.role, Service.code, SignIn, SecondFactor.confirmed_at)
        .outerjoin(StaffRole, StaffRole.staff_id == Staff.id)
        .outerjoin(Service, Service.id == StaffRole.service_id)
        .outerjoin(SignIn, sign_ins.holds(Staff, at))
        .outerjoin(SecondFactor, SecondFactor.staff_id == Staff.id)
        .where(Staff.id == number)
    ).all()
    if not rows:
        raise NotFound
    devices = {row.SignIn.id: row.SignIn for row in rows if row.SignIn}
    return Known(
        staff=rows[0].Staff,
        roles=sorted({(row.role, row.code or "") for row in rows if row.role}),
        devices=sorted(devices.values(), key=lambda one: one.seen_at, reverse=True),
        has_code=rows[0].confirmed_at is not None,
    )


def roles_of(session: Session, staff: Staff) -> list[Role]:
    """Return the roles of a person, in the order of their names."""
    rows = session.execute(
        select(StaffRole.role, Service.code)
        .outerjoin(Service, Service.id == StaffRole.service_id)
        .where(StaffRole.staff_id == staff.id)
    )
    return sorted((role, code or "") for role, code in rows)


def add(
    session: Session, typed: Mapping[str, str], roles: Collection[Role], *, by: Actor, at: datetime
) -> Staff:
    """Create an account without a password; raise InvalidFields with every fault at its field."""
    changes.require_administrator(by)
    entry = read(StaffEntry, typed)
    if session.scalar(select(Staff.id).where(Staff.login == entry.login)) is not None:
        raise InvalidFields({"login": TAKEN.filled(value=entry.login)})
    staff = Staff(login=entry.login, **_values(session, entry, typed))
    session.add(staff)
    session.flush()
    _set_roles(session, staff, roles)
    _tell_the_mediators(session, staff, roles, set(), by=by, at=at)
    after = _snapshot(session, staff)
    changes.record(
        session, by=by, at=at, what="account_added", about=staff.name, after=after, private=PRIVATE
    )
    return staff


def stamp(staff: Staff, roles: Iterable[Role]) -> str:
    """Return the mark of an account as a form shows it."""
    shown = (
        "given_name",
        "family_name",
        "title",
        "email",
        "telephone",
        "language",
        "service_id",
        "is_active",
    )
    return changes.stamp(*(getattr(staff, name) for name in shown), sorted(roles))


def change(
    session: Session,
    staff: Staff,
    typed: Mapping[str, str],
    roles: Collection[Role],
    *,
    by: Actor,
    at: datetime,
    seen: changes.Seen | None = None,
) -> None:
    """Change a person's name, service, details and roles; the login stays. Raises InvalidFields.

    Raises InvalidInput with the code `changed` when the form was made from what is no longer there.
    """
    changes.require_administrator(by)
    changes.refuse_stale(session, seen, stamp(staff, roles_of(session, staff)), about=staff.name)
    before = _snapshot(session, staff)
    entry = read(StaffEntry, {**typed, "login": staff.login})
    if ("administrator", "") not in roles:
        _refuse_last_administrator(session, staff)
    for name, value in _values(session, entry, typed, staff.service_id).items():
        setattr(staff, name, value)
    held = set(roles_of(session, staff))
    _set_roles(session, staff, roles)
    _tell_the_mediators(session, staff, roles, held, by=by, at=at)
    after = _snapshot(session, staff)
    changes.record(
        session,
        by=by,
        at=at,
        what="account_changed",
        about=staff.name,
        before=before,
        after=after,
        private=PRIVATE,
    )


def close(session: Session, staff: Staff, *, by: Actor, at: datetime, on: date) -> None:
    """Close an account; raise InvalidInput while cases or absent people count on it, or nobody else administers."""
    changes.require_administrator(by)
    if by.id == staff.id:
        raise InvalidInput(ONESELF, code="oneself")
    _refuse_last_administrator(session, staff)
    held = select(Case.id).where(Case.officer_id == staff.id, Case.closed_seq.is_(None)).limit(1)
    if session.scalar(held) is not None:
        # Without their number: some may be confidential, and a count would tell.
        raise InvalidInput(OPEN_CASES.filled(name=staff.name), code="has_open_cases")
    deactivate(session, staff, on=on)
    changes.record(session, by=by, at=at, what="account_closed", about=staff.name)


def reopen(session: Session, staff: Staff, *, by: Actor, at: datetime) -> None:
    """Open a closed account again; the old password holds no longer."""
    changes.require_administrator(by)
    staff.is_active, staff.password_hash, staff.session_key = True, "", ""
    changes.record(session, by=by, at=at, what="account_reopened", about=staff.name)


def held_by(
    session: Session, staff: Staff, by: Actor, tree: services.Tree, heads: Mapping[int, list[str]]
) -> list[Holding]:
    """Return the open cases of a person that `by` may read, by service, with who may reassign them.

    Reassigning is an act of the head on the case (`reassign` in its definition), not of the administration.
    """
    rows = session.execute(
        select(Case.service_id, Case.reference, Case.title)
        .where(Case.officer_id == staff.id, Case.closed_seq.is_(None), readable(by))
        .order_by(Case.due_on, Case.id)
        .limit(SHOWN_CASES)
    ).all()
    found: dict[int | None, list[tuple[str, str]]] = {}
    for service_id, reference, title in rows:
        found.setdefault(service_id, []).append((reference, title))
    return [
        Holding(
            service=tree.nodes[service_id].name if service_id else "",
            heads=next((heads[step] for step in tree.upwards(service_id) if step in heads), [])
            if service_id
            else [],
            cases=cases,
        )
        for service_id, cases in found.items()
    ]


def give_password(session: Session, staff: Staff, password: str, *, by: Actor, at: datetime) -> None:
    """Give a person a password to be used once, at once; every open session of theirs ends. Raises InvalidInput."""
    changes.require_administrator(by)
    set_password(staff, password)
    tries.forgive(session, staff.login)
    staff.password_is_temporary = True
    session.flush()
    changes.record(session, by=by, at=at, what="password_given", about=staff.name)


def change_password(
    session: Session, staff: Staff, *, old: str, new: str, again: str, by: Actor, at: datetime
) -> None:
    """Let a person choose their own password; raise InvalidFields with every fault at its field."""
    faults = {}
    if not verifies(staff, old):
        faults["old"] = WRONG_PASSWORD
    if len(new) < SHORTEST_PASSWORD:
        faults["new"] = TOO_SHORT.filled(count=SHORTEST_PASSWORD)
    elif new == old:
        faults["new"] = SAME_PASSWORD
    elif new != again:
        faults["again"] = NOT_REPEATED
    if faults:
        raise InvalidFields(faults)
    set_password(staff, new)
    staff.password_is_temporary = False
    session.flush()
    changes.record(session, by=by, at=at, what="password_changed", about=staff.name)


def change_language(session: Session, staff: Staff, language: str, *, by: Actor, at: datetime) -> None:
    """Let a person choose the language of their screens and of what Casetrack writes to them."""
    before, after = {"language": staff.language}, {"language": language if language == "en" else "fr"}
    staff.language = after["language"]
    session.flush()
    changes.record(
        session, by=by, at=at, what="language_changed", about=staff.name, before=before, after=after
    )


def _values(
    session: Session, entry: StaffEntry, typed: Mapping[str, str], present: int | None = None
) -> dict[str, object]:
    home = services.by_code(session, typed.get("service", ""), present=present)
    names = {"given_name", "family_name", "title", "email", "telephone", "language"}
    return {**entry.model_dump(include=names), "service_id": home.id if home else None}


def _set_roles(session: Session, staff: Staff, roles: Iterable[Role]) -> None:
    wanted = {_checked(session, role, code) for role, code in roles}
    held = {
        (row.role, row.service_id): row
        for row in session.scalars(select(StaffRole).where(StaffRole.staff_id == staff.id))
    }
    gone = [row.id for key, row in held.items() if key not in wanted]
    session.execute(delete(StaffRole).where(StaffRole.id.in_(gone)))
    for role, service_id in sorted(wanted - held.keys(), key=str):
        session.add(StaffRole(staff_id=staff.id, role=role, service_id=service_id))
    session.flush()


def _tell_the_mediators(
    session: Session,
    staff: Staff,
    roles: Collection[Role],
    held: Collection[Role],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Tell the mediators in place of a new one: who reads what was sealed is never chosen behind their back."""
    if MEDIATOR in roles and MEDIATOR not in held:
        others = select(StaffRole.staff_id).join(Staff, Staff.id == StaffRole.staff_id)
        others = others.where(StaffRole.role == "mediator", Staff.is_active, Staff.id != staff.id)
        told.of_a_person(session, session.scalars(others), told.MEDIATOR, at=at, by=by.name, name=staff.name)


def _checked(session: Session, role: str, code: str) -> tuple[str, int | None]:
    if role not in ROLES:
        raise InvalidFields({"new_role": NO_ROLE})
    if role not in OF_A_SERVICE:
        return role, None
    if not code:
        raise InvalidFields({"new_role_service": WHICH_SERVICE})
    known = select(Service.id).where(Service.code == code)
    service_id = session.scalar(known) if code.isprintable() else None
    if service_id is None:
        raise InvalidFields({"new_role_service": NO_SERVICE})
    return role, service_id


def _refuse_last_administrator(session: Session, staff: Staff) -> None:
    administrators = set(
        session.scalars(
            select(StaffRole.staff_id)
            .join(Staff, Staff.id == StaffRole.staff_id)
            .where(StaffRole.role == "administrator", Staff.is_active)
        )
    )
    if administrators == {staff.id}:
        raise InvalidInput(LAST_ADMINISTRATOR.filled(name=staff.name), code="last_administrator")


def _snapshot(session: Session, staff: Staff) -> dict[str, object]:
    names = ("login", "given_name", "family_name", "title", "email", "telephone", "language")
    home = session.get(Service, staff.service_id) if staff.service_id else None
    return {
        **{name: getattr(staff, name) for name in names},
        "service": home.name if home else "",
        "roles": [f"{ROLE_NAMES[role].fr} {code}".strip() for role, code in roles_of(session, staff)],
    }


def _roles_in_words(session: Session) -> dict[int, list[tuple[Text, str]]]:
    found: dict[int, list[tuple[Text, str]]] = {}
    query = select(StaffRole.staff_id, StaffRole.role, Service.name)
    for staff_id, role, service in session.execute(
        query.outerjoin(Service, Service.id == StaffRole.service_id).order_by(StaffRole.role, Service.name)
    ):
        found.setdefault(staff_id, []).append((ROLE_NAMES[role], service or ""))
    return found
