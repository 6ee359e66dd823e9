"""The people who work for the town: their account, their roles, and what each may do on a given day."""

import hashlib
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Absence, Case, Service, SignIn, Staff, StaffRole
from casetrack.engine.actor import Actor
from casetrack.errors import InvalidInput, NotFound
from casetrack.language import Text
from casetrack.organisation import sign_ins
from casetrack.organisation.absences import stands_in

SHORTEST_PASSWORD = 12
STRONG = PasswordHasher()
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# Of a password that nobody has: a login that does not exist takes as long as one that does.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$xtRjvzjAUcLtliswsIfaaQ$tUjOVAeV6dpHHTgSo5Chg4AbmxoxHYGiXz2VsQIKbc4"

TOO_SHORT = Text(
    "Un mot de passe compte au moins {count} caractères\u00a0: une phrase courte convient très bien.",
    "A password has at least {count} characters: a short sentence does very well.",
)
NOT_AT_WORK = Text("Cette personne n'a pas de compte actif.", "This person has no active account.")
HAS_OPEN_CASES = Text(
    "{name} a encore {count} dossier(s) en cours\u00a0: réattribuez-les avant de fermer son compte.",
    "{name} still has {count} open case(s): assign them to somebody else before closing the account.",
)
STILL_REPLACES = Text(
    "{name} remplace encore une personne absente\u00a0: choisissez d'abord un autre remplacement.",
    "{name} still replaces somebody who is away: choose another replacement first.",
)


def actor(session: Session, staff: Staff | int, *, on: date) -> Actor:
    """Return what a person may do that day, with the absent whom they replace, in one query.

    Raises NotFound for somebody without an active account.
    """
    return at_work(session, staff if isinstance(staff, int) else staff.id, on=on)[1]


def at_work(
    session: Session, staff_id: int, *, on: date, key: str | None = None
) -> tuple[Staff, Actor, SignIn | None]:
    """Return a person, what they may do that day as `actor` does, and the sign-in that this key of a cookie opens."""
    people: dict[int, _Known] = {}
    asked = {"me": staff_id, "day": on, "key": None if key is None else sign_ins.hashed(key)}
    for staff, sign_in, replaced_by_id, is_away, role, service_id, below in session.execute(_PEOPLE, asked):
        known = people.setdefault(staff.id, _Known(staff, sign_in))
        if is_away:
            known.away = {staff.id: replaced_by_id}
        if role is not None:
            known.roles.setdefault((role, service_id), set()).add(below)
    if staff_id not in people:
        raise NotFound(NOT_AT_WORK, code="no_account")
    absent = {key: other for known in people.values() for key, other in known.away.items()}
    others = tuple(
        _actor(people[key])
        for key in sorted(absent)
        if people[key].staff.is_active and stands_in(absent, key) == staff_id
    )
    me = people[staff_id]
    if not me.staff.is_active:
        raise NotFound(NOT_AT_WORK, code="no_account")
    return me.staff, _actor(me, replaces=others), me.sign_in


def sign_in(session: Session, login: str, password: str) -> Staff | None:
    """Return the person whose login and password these are, or None, in the same time either way."""
    staff = session.scalar(select(Staff).where(Staff.login == login.strip().lower()))
    known = staff is not None and staff.is_active and staff.password_hash != ""
    if not _matches(staff.password_hash if known else NOBODY, password) or not known:
        return None
    if STRONG.check_needs_rehash(staff.password_hash):
        # Only the hash: `session_key` stays, so that no other open session of this person ends.
        staff.password_hash = hash_password(password)
        session.flush()
    return staff


def verifies(staff: Staff, password: str) -> bool:
    """Tell whether this is the person's password."""
    return _matches(staff.password_hash or NOBODY, password) and staff.password_hash != ""


def set_password(staff: Staff, password: str, *, cheap: bool = False) -> None:
    """Change a password and end every open session; raise InvalidInput under twelve characters."""
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput(TOO_SHORT.filled(count=SHORTEST_PASSWORD), code="password_too_short")
    staff.password_hash = hash_password(password, cheap=cheap)
    staff.session_key = hashlib.sha256(staff.password_hash.encode()).hexdigest()


def hash_password(password: str, *, cheap: bool = False) -> str:
    """Return the argon2id hash of a password; a `cheap` one is for demonstrations and tests only."""
    return (CHEAP if cheap else STRONG).hash(_typed(password))


def give_role(session: Session, staff: Staff, role: str, service: Service | None = None) -> bool:
    """Give a role; return False when the person had it already.

    An officer, a head or a signatory is one of `service`, by default their own; the others of the town.
    """
    of_a_service = role in ("officer", "head", "signatory")
    service_id = (service.id if service else staff.service_id) if of_a_service else None
    held = select(StaffRole.id).where(
        StaffRole.staff_id == staff.id, StaffRole.role == role, StaffRole.service_id == service_id
    )
    if session.scalar(held) is not None:
        return False
    session.add(StaffRole(staff_id=staff.id, role=role, service_id=service_id))
    session.flush()
    return True


def add_administrator(session: Session, login: str) -> list[Text]:
    """Make the account of this login an administrator, made if need be; return what changed."""
    login = login.strip().lower()
    staff = session.scalar(select(Staff).where(Staff.login == login))
    changed = []
    if staff is None:
        staff = Staff(login=login, given_name="Administration", family_name=login)
        session.add(staff)
        session.flush()
        changed.append(Text(f"Compte {login}\u00a0: créé", f"Account {login}: created"))
    if give_role(session, staff, "administrator"):
        changed.append(Text(f"{login}\u00a0: rôle administrator donné", f"{login}: role administrator given"))
    return changed


def without_password(session: Session) -> list[Staff]:
    """Return the active accounts that nobody can use yet."""
    query = select(Staff).where(Staff.password_hash == "", Staff.is_active)
    return list(session.scalars(query.order_by(Staff.login)))


def find(session: Session, login: str) -> Staff:
    """Return the person with this login, whether or not the account is active; raise NotFound."""
    if staff := session.scalar(select(Staff).where(Staff.login == login.strip().lower())):
        return staff
    raise NotFound(
        Text(f"Aucun compte n'a l'identifiant «\u00a0{login}\u00a0».", f"No account has the login “{login}”.")
    )


def deactivate(session: Session, staff: Staff, *, on: date) -> None:
    """Close an account; raise InvalidInput while open cases, or absent people, still count on it."""
    cases = select(func.count()).where(Case.officer_id == staff.id, Case.closed_seq.is_(None))
    if count := session.scalar(cases):
        raise InvalidInput(HAS_OPEN_CASES.filled(name=staff.name, count=count), code="has_open_cases")
    if session.scalar(
        select(Absence.id).where(Absence.replaced_by_id == staff.id, Absence.ends_on >= on).limit(1)
    ):
        raise InvalidInput(STILL_REPLACES.filled(name=staff.name), code="still_replaces")
    staff.is_active = False
    session.flush()


def _people() -> Select:
    """Return the query of `at_work`: a person, those whose replacements lead to them, and what each holds."""
    me = select(Staff.id).where(Staff.id == bindparam("me")).cte("relieved", recursive=True)
    today = and_(Absence.starts_on <= bindparam("day"), Absence.ends_on >= bindparam("day"))
    # UNION, not UNION ALL: two people who replace each other would be followed for ever.
    relieved = me.union(select(Absence.staff_id).join(me, Absence.replaced_by_id == me.c.id).where(today))
    top = select(Service.id.label("top"), Service.id).cte("below", recursive=True)
    below = top.union(select(top.c.top, Service.id).join(top, Service.parent_id == top.c.id))
    opens = and_(SignIn.key_hash == bindparam("key"), SignIn.staff_id == Staff.id)
    reaches_down = and_(below.c.top == StaffRole.service_id, StaffRole.role.in_(("head", "signatory")))
    return (
        select(
            Staff,
            SignIn,
            Absence.replaced_by_id,
            Absence.id.is_not(None),
            StaffRole.role,
            StaffRole.service_id,
            below.c.id,
        )
        .join(relieved, relieved.c.id == Staff.id)
        .outerjoin(SignIn, and_(opens, SignIn.session_key == Staff.session_key))
        .outerjoin(Absence, and_(Absence.staff_id == Staff.id, today))
        .outerjoin(StaffRole, StaffRole.staff_id == Staff.id)
        .outerjoin(below, reaches_down)
    )


_PEOPLE = _people()


@dataclass(slots=True)
class _Known:
    """Hold what `at_work` reads of one person."""

    staff: Staff
    sign_in: SignIn | None
    away: dict[int, int | None] = field(default_factory=dict)
    roles: dict[tuple[str, int | None], set[int | None]] = field(default_factory=dict)
    """(role, service) → the services under it, for the roles that reach down."""


def _actor(known: _Known, replaces: tuple[Actor, ...] = ()) -> Actor:
    def of(wanted: str) -> frozenset[int]:
        return frozenset(service_id for role, service_id in known.roles if role == wanted and service_id)

    def with_below(wanted: str) -> frozenset[int]:
        found = (below for (role, _), below in known.roles.items() if role == wanted)
        return frozenset().union(*found) - {None}

    return Actor(
        kind="staff",
        id=known.staff.id,
        name=known.staff.name,
        language=known.staff.language,
        roles=frozenset(role for role, _ in known.roles),
        officer_of=of("officer"),
        heads=with_below("head"),
        heads_directly=of("head"),
        signs_for=with_below("signatory"),
        replaces=replaces,
    )


def _matches(hashed: str, password: str) -> bool:
    try:
        return STRONG.verify(hashed, _typed(password))
    except (VerificationError, InvalidHashError):
        return False


def _typed(password: str) -> str:
    # The same é may come from two keyboards as one sign or as two.
    return unicodedata.normalize("NFC", password)
