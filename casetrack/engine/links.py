"""Two cases that belong together: linked, and said so in the journal of both."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseLink
from casetrack.engine.actor import Actor
from casetrack.engine.facts import record
from casetrack.engine.permission import may_read, require_adding
from casetrack.errors import InvalidFields, NotFound
from casetrack.language import Text

RELATED = "related"
UNKNOWN = Text(
    "aucun dossier ne porte ce numéro, ou il ne vous est pas ouvert.",
    "no case has this number, or it is not open to you.",
)
ITSELF = Text("c'est le numéro de ce dossier-ci.", "this is the number of this very case.")
ALREADY = Text("ces deux dossiers sont déjà liés.", "these two cases are linked already.")


def link(session: Session, case: Case, other: Case | None, *, by: Actor, at: datetime) -> None:
    """Link two cases that this person may both read.

    Raises NotFound for `case`, ActionNotAllowed where one may only read it, InvalidFields for an `other` that does not exist, may not be read or is linked.
    """
    _check(session, case, by)
    if other is None or not may_read(session, other, by):
        raise InvalidFields({"other": UNKNOWN})
    if other.id == case.id:
        raise InvalidFields({"other": ITSELF})
    _hold(session, case, other)
    if session.scalar(select(CaseLink.id).where(_between(case, other)).limit(1)):
        raise InvalidFields({"other": ALREADY})
    session.execute(insert(CaseLink).values(case_id=case.id, other_id=other.id, kind=RELATED))
    _note(session, case, other, "linked", by, at)


def unlink(session: Session, case: Case, other: Case | None, *, by: Actor, at: datetime) -> None:
    """Take away a link that a person made; raise NotFound where there is none."""
    _check(session, case, by)
    if other is None or not may_read(session, other, by):
        raise NotFound
    _hold(session, case, other)
    done = session.execute(delete(CaseLink).where(_between(case, other), CaseLink.kind == RELATED))
    if not done.rowcount:
        raise NotFound
    _note(session, case, other, "unlinked", by, at)


def _check(session: Session, case: Case, by: Actor) -> None:
    if by.kind != "staff":
        raise NotFound
    require_adding(session, case, by, "link")


def _hold(session: Session, case: Case, other: Case) -> None:
    # Both, in one order: two people who link the same two cases wait for each other, and once.
    session.execute(
        select(Case.id).where(Case.id.in_((case.id, other.id))).order_by(Case.id).with_for_update()
    ).all()


def _between(case: Case, other: Case) -> ColumnElement[bool]:
    return or_(
        and_(CaseLink.case_id == case.id, CaseLink.other_id == other.id),
        and_(CaseLink.case_id == other.id, CaseLink.other_id == case.id),
    )


def _note(session: Session, case: Case, other: Case, fact: str, by: Actor, at: datetime) -> None:
    for here, there in sorted(((case.id, other.id), (other.id, case.id))):
        record(session, here, fact, by=by, at=at, other=there)
