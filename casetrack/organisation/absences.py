"""Who is away, and who stands in for them. No clock ever stops for an absence."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Absence, Service, Staff
from casetrack.deadlines.words import filled
from casetrack.engine import told
from casetrack.engine.actor import Actor
from casetrack.errors import ActionNotAllowed, InvalidInput
from casetrack.language import Text
from casetrack.organisation import changes

# A replacement may be away too, and theirs; longer chains are a mistake, not an organisation.
LONGEST_CHAIN = 5

AWAY_ALREADY = Text(
    "{name} est déjà absent(e) du {starts} au {ends}\u00a0: modifiez cette absence ou choisissez d'autres jours.",
    "{name} is already away from {starts} to {ends}: change that absence or choose other days.",
)
REPLACEMENT_AWAY = Text(
    "{name} est aussi absent(e), du {starts} au {ends}\u00a0: choisissez une autre personne pour le remplacement.",
    "{name} is away too, from {starts} to {ends}: choose somebody else as the replacement.",
)
REPLACEMENT_GONE = Text(
    "{name} n'a plus de compte actif\u00a0: choisissez une autre personne pour le remplacement.",
    "{name} no longer has an active account: choose somebody else as the replacement.",
)
REPLACES_ONESELF = Text(
    "{name} ne peut pas se remplacer\u00a0: choisissez une autre personne.",
    "{name} cannot replace themselves: choose somebody else.",
)
ENDS_TOO_EARLY = Text(
    "L'absence de {name} finirait le {ends}, avant de commencer le {starts}\u00a0: corrigez l'une des dates.",
    "The absence of {name} would end on {ends}, before it starts on {starts}: correct one of the dates.",
)
NOT_YOURS = Text(
    "Cette absence se note par la personne, par le responsable de son service ou par un administrateur.",
    "This absence is noted by the person, by the head of their service or by an administrator.",
)


def may_note(by: Actor, staff: Staff) -> bool:
    """Tell whether somebody may note an absence of this person: theirs, their service's, or anybody's."""
    return by.id == staff.id or staff.service_id in by.heads or "administrator" in by.roles


def may_see(by: Actor, me: Staff, staff: Staff) -> bool:
    """Tell whether somebody may see when this person is away: those of their own service, besides `may_note`."""
    return may_note(by, staff) or (me.service_id is not None and staff.service_id == me.service_id)


def people(session: Session) -> list[tuple[Staff, str]]:
    """Return the active people, with their service, in the order of their names."""
    rows = session.execute(
        select(Staff, Service.name)
        .outerjoin(Service, Service.id == Staff.service_id)
        .where(Staff.is_active)
        .order_by(Staff.family_name, Staff.given_name, Staff.id)
    )
    return [(staff, service or "") for staff, service in rows]


def note(
    session: Session,
    staff: Staff,
    *,
    starts_on: date,
    ends_on: date,
    replaced_by: Staff | None,
    by: Actor,
    at: datetime,
) -> Absence:
    """Note an absence as `add` does, and record who noted it; raise ActionNotAllowed, InvalidInput."""
    if not may_note(by, staff):
        raise ActionNotAllowed(NOT_YOURS, code="permission")
    absence = add(session, staff, starts_on=starts_on, ends_on=ends_on, replaced_by=replaced_by)
    after = _snapshot(starts_on, ends_on, replaced_by)
    changes.record(session, by=by, at=at, what="absence_added", about=staff.name, after=after)
    _tell(session, staff, "absence_added", after, by=by, at=at)
    return absence


def replace(session: Session, absence: Absence, other: Staff, *, by: Actor, at: datetime, on: date) -> None:
    """Name who stands in during what is left of an absence; raise ActionNotAllowed, InvalidInput."""
    staff = session.get_one(Staff, absence.staff_id)
    if not may_note(by, staff):
        raise ActionNotAllowed(NOT_YOURS, code="permission")
    _check_replacement(session, staff, other, max(absence.starts_on, on), absence.ends_on)
    former = session.get(Staff, absence.replaced_by_id) if absence.replaced_by_id else None
    absence.replaced_by_id = other.id
    session.flush()
    before = _snapshot(absence.starts_on, absence.ends_on, former)
    after = _snapshot(absence.starts_on, absence.ends_on, other)
    changes.record(
        session, by=by, at=at, what="absence_replaced", about=staff.name, before=before, after=after
    )
    _tell(session, staff, "absence_replaced", after, by=by, at=at)


def call_back(session: Session, absence: Absence, *, by: Actor, at: datetime, on: date) -> None:
    """Cancel an absence to come or end one that lasts, and record who did; raise ActionNotAllowed."""
    staff = session.get_one(Staff, absence.staff_id)
    if not may_note(by, staff):
        raise ActionNotAllowed(NOT_YOURS, code="permission")
    before = _snapshot(absence.starts_on, absence.ends_on, None)
    has_begun = absence.starts_on < on
    cancel(session, absence, on=on)
    after = _snapshot(absence.starts_on, absence.ends_on, None) if has_begun else {}
    changes.record(
        session, by=by, at=at, what="absence_cancelled", about=staff.name, before=before, after=after
    )
    _tell(session, staff, "absence_cancelled", before, by=by, at=at)


def _tell(
    session: Session, staff: Staff, what: str, details: Mapping[str, str], *, by: Actor, at: datetime
) -> None:
    # A replacement reads the cases of the absent: nobody is replaced without hearing of it.
    if by.id != staff.id:
        told.of_a_person(session, {staff.id}, what, at=at, by=by.name, **details)


def _snapshot(starts_on: date, ends_on: date, replaced_by: Staff | None) -> dict[str, str]:
    dates = {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
    return {**dates, "replaced_by": replaced_by.name} if replaced_by else dates


def add(
    session: Session, staff: Staff, *, starts_on: date, ends_on: date, replaced_by: Staff | None = None
) -> Absence:
    """Note that a person is away from `starts_on` to `ends_on`, both included; raise InvalidInput.

    Refused: days already noted, dates the wrong way round, a replacement who is away or has left.
    """
    if ends_on < starts_on:
        raise _refused(ENDS_TOO_EARLY, staff, starts_on, ends_on, "ends_before_start")
    if other := _overlapping(session, staff, starts_on, ends_on):
        raise _refused(AWAY_ALREADY, staff, other.starts_on, other.ends_on, "already_away")
    if replaced_by is not None:
        _check_replacement(session, staff, replaced_by, starts_on, ends_on)
    absence = Absence(
        staff_id=staff.id,
        starts_on=starts_on,
        ends_on=ends_on,
        replaced_by_id=replaced_by.id if replaced_by else None,
    )
    session.add(absence)
    session.flush()
    return absence


def cancel(session: Session, absence: Absence, *, on: date) -> None:
    """Call a person back: a coming absence goes away, one that has begun ends the day before `on`."""
    if absence.starts_on >= on:
        session.delete(absence)
    else:
        absence.ends_on = min(absence.ends_on, on - timedelta(days=1))
    session.flush()


def away(session: Session, on: date) -> dict[int, int | None]:
    """Return everyone who is away that day, with the person named to replace them."""
    query = select(Absence.staff_id, Absence.replaced_by_id)
    return dict(session.execute(query.where(Absence.starts_on <= on, Absence.ends_on >= on)).all())


def replaced_by(session: Session, staff: Staff, *, on: date) -> list[tuple[Absence, str]]:
    """Return the absences, begun or to come, in which this person replaces somebody, with whom."""
    rows = session.execute(
        select(Absence, Staff)
        .join(Staff, Staff.id == Absence.staff_id)
        .where(Absence.replaced_by_id == staff.id, Absence.ends_on >= on)
        .order_by(Absence.starts_on, Absence.id)
    )
    return [(absence, absent.name) for absence, absent in rows]


def stands_in(absent: Mapping[int, int | None], staff_id: int) -> int | None:
    """Follow the replacements of a person to somebody who is not away; None when there is nobody."""
    current: int | None = staff_id
    for _ in range(LONGEST_CHAIN):
        current = absent.get(current) if current is not None else None
        if current not in absent:
            return current
    return None


def _check_replacement(session: Session, staff: Staff, other: Staff, starts_on: date, ends_on: date) -> None:
    if other.id == staff.id:
        raise _refused(REPLACES_ONESELF, other, starts_on, ends_on, "replaces_oneself")
    if not other.is_active:
        raise _refused(REPLACEMENT_GONE, other, starts_on, ends_on, "replacement_inactive")
    if absence := _overlapping(session, other, starts_on, ends_on):
        raise _refused(REPLACEMENT_AWAY, other, absence.starts_on, absence.ends_on, "replacement_away")


def _overlapping(session: Session, staff: Staff, starts_on: date, ends_on: date) -> Absence | None:
    query = select(Absence).where(
        Absence.staff_id == staff.id, Absence.starts_on <= ends_on, Absence.ends_on >= starts_on
    )
    return session.scalars(query.order_by(Absence.starts_on)).first()


def _refused(sentence: Text, staff: Staff, starts_on: date, ends_on: date, code: str) -> InvalidInput:
    return InvalidInput(filled(sentence, name=staff.name, starts=starts_on, ends=ends_on), code=code)
