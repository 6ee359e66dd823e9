"""Who may: role × relation to the case × confidentiality, in one place.

`standing` answers for one case (buttons, routes, the gate); `readable` says the same in SQL
(lists, search, counts, exports), `sendable` who has its letters to post. A test holds them against each other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, insert, or_, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseCopy, CaseReader, Reading
from casetrack.engine.actor import Actor
from casetrack.errors import ActionNotAllowed, NotFound
from casetrack.language import Text
from casetrack.workflow import by_id
from casetrack.workflow.registry import READERS

# Who may send its letters, by level: those who handle it, not those who only read, sign or watch.
# Of a confidential case the readers it names: nobody else may hold its envelopes.
SENDERS = {
    0: ("officer", "service", "service_head", "desk", "administrator"),
    1: ("officer", "service_head", "named"),
    2: ("officer", "named"),
}
NAMED = "named"
SEALED = 2
"""Level that no replacement brings: what is addressed to one person is not lent with their desk."""


HANDLES = ("desk", "officer", "service", "service_head", "director", "signatory", "named", "asked")
OVERSEES = ("mediator", "evaluation", "copied")
READS_ONLY = Text(
    "Vous pouvez lire ce dossier, sans rien y ajouter\u00a0: adressez-vous à l'agent ou au service en charge.",
    "You may read this case, and add nothing to it: ask the officer or the service in charge.",
)


def standing(session: Session, case: Case, actor: Actor, relations: Iterable[str]) -> tuple[bool, int | None]:
    """Tell whether the actor may read the case and stands in one of these relations to it.

    The second value names the absent person on whose behalf, when it is only as a replacement.
    """
    wanted = tuple(relations)
    if _stands(session, case, actor, wanted):
        return True, None
    for absent in lent(case, actor):
        if _stands(session, case, absent, wanted):
            return True, absent.id
    return False, None


def may_read(session: Session, case: Case, actor: Actor) -> bool:
    """Tell whether the actor, or somebody absent whom they replace, may know that this case exists."""
    return any(_reads(session, case, person) for person in (actor, *lent(case, actor)))


def lent(case: Case, actor: Actor) -> tuple[Actor, ...]:
    """Return the absent people in whose place this person may read or do something on the case."""
    # Otherwise a head who notes an absence, with themselves as the replacement, would read what was sealed.
    return actor.replaces if case.confidentiality < SEALED else ()


def _stands(session: Session, case: Case, actor: Actor, relations: tuple[str, ...]) -> bool:
    # Reading comes second: it may cost two queries, and most people stand in no relation to most cases.
    if case.confidentiality == 0:
        # A name opens what is confidential; on an ordinary case it gives nothing to do, and costs no query.
        return any(RELATION[name](session, case, actor) for name in relations if name != NAMED)
    return any(RELATION[name](session, case, actor) for name in relations) and _reads(session, case, actor)


def _reads(session: Session, case: Case, actor: Actor) -> bool:
    if actor.kind != "staff":
        return actor.kind == "clock" or RELATION["citizen"](session, case, actor)
    return any(RELATION[name](session, case, actor) for name in READERS[case.confidentiality])


def may_add(session: Session, case: Case, actor: Actor, what: str) -> bool:
    """Tell whether somebody may add a "note", a "document" or a "link" to a case that they may read.

    Documents and links are for who handles the case, or the desk; notes also for who oversees it, who handle
    themselves what is addressed to a service. An administrator sees that all works, and writes nothing.
    """
    relations = HANDLES
    if what == "note" or by_id(session, case.workflow_id).addressed_to == "service":
        relations = (*HANDLES, *OVERSEES)
    return standing(session, case, actor, relations)[0]


def require_adding(session: Session, case: Case, actor: Actor, what: str) -> None:
    """Raise NotFound for a case that this person may not read, ActionNotAllowed where they may only read it."""
    if not may_read(session, case, actor):
        raise NotFound
    if not may_add(session, case, actor, what):
        raise ActionNotAllowed(READS_ONLY, code="permission")


def record_readings(session: Session, cases: Iterable[int], actor: Actor, *, at: datetime) -> None:
    """Leave a trace of these confidential cases being read, in one statement."""
    rows = [{"case_id": case_id, "staff_id": actor.id, "at": at} for case_id in cases]
    if rows and actor.kind == "staff":
        session.execute(insert(Reading), rows)


def readable(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that keeps the cases which the actor, or the absent they replace, may read."""
    return _open_to(actor, READERS)


def sendable(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that keeps the cases whose letters the actor, or the absent they replace, may send."""
    return _open_to(actor, SENDERS)


def sends(actor: Actor) -> bool:
    """Tell whether letters may wait for this person by what they are, whatever case is given to them."""
    people, ways = (actor, *actor.replaces), set(SENDERS[0]) - {"officer"}
    return any(CONDITION[name](person) is not None for person in people for name in ways)


def _open_to(actor: Actor, by_level: Mapping[int, tuple[str, ...]]) -> ColumnElement[bool]:
    asked = ((actor, (1, SEALED)), *((absent, (1,)) for absent in actor.replaces))
    people = ((person, levels) for person, levels in asked if person.kind == "staff")
    return or_(*(_open_to_one(person, levels, by_level) for person, levels in people), false())


def _open_to_one(
    actor: Actor, confidential: Iterable[int], by_level: Mapping[int, tuple[str, ...]]
) -> ColumnElement[bool]:
    conditions = {name: condition(actor) for name, condition in CONDITION.items()}
    if any(conditions[name] is True for name in by_level[0]):
        open_to_all: ColumnElement[bool] = Case.confidentiality == 0
    else:
        open_to_all = and_(Case.confidentiality == 0, or_(*_given(conditions, by_level[0])))
    levels = [open_to_all]
    for level in confidential:
        if any(conditions[name] is True for name in by_level[level]):
            levels.append(Case.confidentiality == level)
        else:
            levels.append(and_(Case.confidentiality == level, or_(*_given(conditions, by_level[level]))))
    return or_(*levels)


def _given(conditions: dict, names: Iterable[str]) -> list[ColumnElement[bool]]:
    return [conditions[name] for name in names if conditions[name] is not None] or [false()]


def _copied(session: Session, case: Case, actor: Actor, *, asked: bool) -> bool:
    mine = actor.officer_of | actor.heads
    if not mine:
        return False
    if case.copies is not None:
        return any(row.service_id in mine and (row.asked_opinion or not asked) for row in case.copies)
    query = select(CaseCopy.service_id).where(CaseCopy.case_id == case.id, CaseCopy.service_id.in_(mine))
    return session.execute(query.where(CaseCopy.asked_opinion) if asked else query).first() is not None


def _named(session: Session, case: Case, actor: Actor) -> bool:
    if actor.kind != "staff":
        return False
    if case.named is not None:
        return actor.id in case.named
    query = select(CaseReader.staff_id).where(CaseReader.case_id == case.id, CaseReader.staff_id == actor.id)
    return session.execute(query).first() is not None


@contextmanager
def asking_much(session: Session, case: Case) -> Iterator[None]:
    """Read once who is named to a confidential case, while one asks who may do each of its actions."""
    if case.confidentiality == 0 or case.named is not None:
        yield
        return
    query = select(CaseReader.staff_id).where(CaseReader.case_id == case.id)
    case.named = frozenset(session.scalars(query))
    try:
        yield
    finally:
        case.named = None


# One line a relation; `CONDITION` below says the same in SQL.
RELATION: dict[str, Callable[[Session, Case, Actor], bool]] = {
    "desk": lambda s, c, a: "desk" in a.roles,
    "officer": lambda s, c, a: a.kind == "staff" and a.id is not None and c.officer_id == a.id,
    "service": lambda s, c, a: c.service_id in a.officer_of,
    "service_head": lambda s, c, a: c.service_id in a.heads,
    "director": lambda s, c, a: c.service_id in a.heads and c.service_id not in a.heads_directly,
    "signatory": lambda s, c, a: c.service_id in a.signs_for,
    "copied": lambda s, c, a: _copied(s, c, a, asked=False),
    "asked": lambda s, c, a: _copied(s, c, a, asked=True),
    "named": _named,
    "mediator": lambda s, c, a: "mediator" in a.roles,
    "evaluation": lambda s, c, a: "evaluation" in a.roles,
    "administrator": lambda s, c, a: "administrator" in a.roles,
    "citizen": lambda s, c, a: a.kind == "citizen" and a.id is not None and c.citizen_id == a.id,
    "clock": lambda s, c, a: a.kind == "clock",
}


def _in(services: frozenset[int]) -> ColumnElement[bool] | None:
    return Case.service_id.in_(sorted(services)) if services else None


def _copy_exists(actor: Actor, *, asked: bool) -> ColumnElement[bool] | None:
    mine = actor.officer_of | actor.heads
    if not mine:
        return None
    query = exists().where(CaseCopy.case_id == Case.id, CaseCopy.service_id.in_(sorted(mine)))
    return query.where(CaseCopy.asked_opinion) if asked else query


# True: every case; None: no case; otherwise the condition.
CONDITION: dict[str, Callable[[Actor], ColumnElement[bool] | bool | None]] = {
    "desk": lambda a: "desk" in a.roles or None,
    "officer": lambda a: None if a.id is None else Case.officer_id == a.id,
    "service": lambda a: _in(a.officer_of),
    "service_head": lambda a: _in(a.heads),
    "director": lambda a: _in(a.heads - a.heads_directly),
    "signatory": lambda a: _in(a.signs_for),
    "copied": lambda a: _copy_exists(a, asked=False),
    "asked": lambda a: _copy_exists(a, asked=True),
    "named": lambda a: exists().where(CaseReader.case_id == Case.id, CaseReader.staff_id == a.id),
    "mediator": lambda a: "mediator" in a.roles or None,
    "evaluation": lambda a: "evaluation" in a.roles or None,
    "administrator": lambda a: "administrator" in a.roles or None,
}
