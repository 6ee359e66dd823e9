"""The pile: scanned letters put into the store together, then registered one by one by the front desk.

A line waits until somebody registers it, sets it aside or removes it; whoever decides first is the one
who decided, and what was removed can be put back until the worker clears it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from casetrack.correspondence.documents import NO_SUCH_DOCUMENT, Kept
from casetrack.database.tables import Case, Document, PileLine, Staff
from casetrack.engine import Actor, readable
from casetrack.errors import InvalidInput, NotFound
from casetrack.language import Text

ROLES = frozenset({"desk", "administrator"})
BUSY = timedelta(minutes=20)
"""How long a scan that somebody has before them is not given to a colleague."""
SHOWN = 200
"""Lines shown at once, of each kind."""
WAITING = ("waiting", "aside")
ON_THE_PILE = PileLine.status.in_(WAITING)

NOT_YOURS = Text("La pile est tenue par l'accueil.", "The pile is kept by the front desk.")
DECIDED = Text(
    "Ce pli n'attend plus\u00a0: {who} s'en est occupé entre-temps. Rien n'a été enregistré deux fois.",
    "This letter no longer waits: {who} has dealt with it meanwhile. Nothing was registered twice.",
)
WAITS_ALREADY = Text(
    "Le même pli attend déjà dans la pile.", "The same letter is waiting in the pile already."
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Hold a line with who put it there, who has it open, and the case that its content is joined to."""

    line: PileLine
    added_by: str
    opened_by: str | None
    joined_to: str | None


@dataclass(frozen=True, slots=True)
class Pile:
    """Hold what waits, what is set aside, and what was removed lately, each in the order in which it came."""

    waiting: list[Waiting] = field(default_factory=list)
    aside: list[Waiting] = field(default_factory=list)
    removed: list[Waiting] = field(default_factory=list)


def may_use(actor: Actor) -> bool:
    """Tell whether this person keeps the pile, or replaces somebody who does."""
    return any(ROLES & one.roles for one in (actor, *actor.replaces))


def put(session: Session, kept: Kept, *, by: Actor, at: datetime) -> bool:
    """Put a kept content on the pile; tell False when it waits there already. Raises NotFound."""
    _require(by)
    row = insert(PileLine).values(
        sha256=kept.sha256, name=kept.name, type=kept.type, size=kept.size,
        added_at=at, added_by_id=by.id, status="waiting",
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.execute(row)
    except IntegrityError:  # the index lets the same scan wait once
        return False
    return True


def read(session: Session, actor: Actor, *, at: datetime) -> Pile:
    """Return the pile as this person may see it; raise NotFound."""
    _require(actor)
    adder, opener = Staff.__table__.alias("adder"), Staff.__table__.alias("opener")
    who = (adder.c.given_name, adder.c.family_name, opener.c.given_name, opener.c.family_name)
    # Per kind, so that many removed ones hide none that waits.
    place = func.row_number().over(partition_by=PileLine.status, order_by=PileLine.id)
    ids = select(PileLine.id, place.label("place")).where(PileLine.status != "registered").subquery()
    rows = session.execute(
        select(PileLine, *who)
        .join(ids, ids.c.id == PileLine.id)
        .join(adder, adder.c.id == PileLine.added_by_id)
        .outerjoin(opener, opener.c.id == PileLine.opened_by_id)
        .where(ids.c.place <= SHOWN)
        .order_by(PileLine.id)
    ).all()
    joined = joined_to(session, {line.sha256 for line, *_ in rows}, actor)
    pile = Pile()
    for line, given, family, opener_given, opener_family in rows:
        busy = line.opened_at is not None and line.opened_at > at - BUSY and line.opened_by_id != actor.id
        opened_by = f"{opener_given} {opener_family}" if busy else None
        waiting = Waiting(line, f"{given} {family}", opened_by, joined.get(line.sha256))
        getattr(pile, line.status).append(waiting)
    return pile


def joined_to(session: Session, digests: set[str], actor: Actor) -> dict[str, str]:
    """Return the reference of a case to which each content is joined, among those this person may read."""
    if not digests:
        return {}
    query = (
        select(Document.sha256, func.max(Case.reference))
        .join(Case, Case.id == Document.case_id)
        .where(Document.sha256.in_(digests), readable(actor))
        .group_by(Document.sha256)
    )
    return dict(session.execute(query).all())


def find(session: Session, number: int, actor: Actor) -> PileLine:
    """Return a line that is not registered yet; raise NotFound."""
    _require(actor)
    line = session.get(PileLine, number)
    # Registered, it may be sealed: from then on it is seen in its case, by those who may read that.
    if line is None or line.status == "registered":
        raise NotFound(NO_SUCH_DOCUMENT)
    return line


def find_with_case(session: Session, number: int, actor: Actor) -> tuple[PileLine, str | None]:
    """Return a line as `find` does, with a case to which its content is joined already, in one query."""
    _require(actor)
    joined = (
        select(func.max(Case.reference))
        .join(Document, Document.case_id == Case.id)
        .where(Document.sha256 == PileLine.sha256, readable(actor))
        .correlate(PileLine)
        .scalar_subquery()
    )
    query = select(PileLine, joined).where(PileLine.id == number, PileLine.status != "registered")
    if (row := session.execute(query).first()) is None:
        raise NotFound(NO_SUCH_DOCUMENT)
    return row[0], row[1]


def open_next(session: Session, *, by: Actor, at: datetime) -> int | None:
    """Give this person the first scan that waits and that no colleague has before them; None when there is none."""
    _require(by)
    free = or_(
        PileLine.opened_by_id.is_(None), PileLine.opened_by_id == by.id, PileLine.opened_at <= at - BUSY
    )
    query = select(PileLine.id).where(PileLine.status == "waiting", free).order_by(PileLine.id).limit(1)
    number = session.scalar(query.with_for_update(skip_locked=True))
    if number is not None:
        open_one(session, number, by=by, at=at)
    return number


def open_one(session: Session, number: int, *, by: Actor, at: datetime) -> None:
    """Note that this person has the scan before them."""
    _require(by)
    session.execute(
        update(PileLine).where(PileLine.id == number, ON_THE_PILE).values(opened_at=at, opened_by_id=by.id)
    )


def mark_registered(session: Session, number: int, case: Case, *, by: Actor, at: datetime) -> None:
    """Take the scan off the pile, for it is a letter of this case now; raise InvalidInput when it no longer waits."""
    _decide(session, number, "registered", ON_THE_PILE, by=by, at=at, case_id=case.id)


def set_aside(session: Session, number: int, *, by: Actor, at: datetime) -> None:
    """Leave the scan for later; raise InvalidInput when it no longer waits."""
    _decide(session, number, "aside", PileLine.status == "waiting", by=by, at=at)


def remove(session: Session, number: int, *, by: Actor, at: datetime) -> None:
    """Take the scan off the pile: a blank page, an advert; raise InvalidInput when it no longer waits."""
    _decide(session, number, "removed", ON_THE_PILE, by=by, at=at)


def put_back(session: Session, number: int, *, by: Actor, at: datetime) -> None:
    """Let a scan set aside or removed wait again; raise InvalidInput when its like waits already."""
    elsewhere = PileLine.status.in_(("aside", "removed"))
    try:
        with session.begin_nested():
            _decide(session, number, "waiting", elsewhere, by=by, at=at, opened_by_id=None, opened_at=None)
    except IntegrityError as again:
        raise InvalidInput(WAITS_ALREADY, code="waits_already") from again


def _decide(
    session: Session,
    number: int,
    status: str,
    allowed: ColumnElement[bool],
    *,
    by: Actor,
    at: datetime,
    **values: object,
) -> None:
    """Change the status where it is still what this person saw."""
    _require(by)
    decided = {"decided_at": at, "decided_by_id": by.id} if status != "waiting" else {}
    where = update(PileLine).where(PileLine.id == number, allowed)
    if session.execute(where.values(status=status, **decided, **values)).rowcount != 1:
        raise InvalidInput(DECIDED.filled(who=_who_decided(session, number)), code="decided")


def _who_decided(session: Session, number: int) -> str:
    query = select(Staff).join(PileLine, PileLine.decided_by_id == Staff.id).where(PileLine.id == number)
    person = session.scalar(query)
    return person.name if person else "?"


def _require(actor: Actor) -> None:
    if not may_use(actor):
        raise NotFound(NOT_YOURS)
