"""Notes between colleagues on a case: in its history, never in a message, never shown to the citizen."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, CaseText, Staff
from casetrack.engine import may_read
from casetrack.engine.actor import Actor
from casetrack.engine.facts import record
from casetrack.engine.fields import storable
from casetrack.engine.permission import SEALED, require_adding
from casetrack.engine.recipients import Directory
from casetrack.engine.told import NOTE
from casetrack.engine.told import of_a_case as tell_of_a_case
from casetrack.errors import InvalidFields, NotFound
from casetrack.language import Text
from casetrack.organisation.staff import actor

LONGEST = 10_000
MOST_TOLD = 10
MENTION = re.compile(r"(?<![\w@.])@([^\W\d_][\w.'’-]*)")

EMPTY = Text("écrivez d'abord la note.", "write the note first.")
TOO_LONG = Text("{count} caractères, {most} au plus.", "{count} characters, {most} at most.")
TOO_MANY = Text("dix personnes au plus.", "ten people at most.")
NOBODY = Text(
    "personne ici ne s'appelle «\u00a0{name}\u00a0»\u00a0: écrivez @prénom, @prénom.nom ou @identifiant.",
    "nobody here is called “{name}”: write @given-name, @given.family or @login.",
)
SEVERAL = Text("plusieurs personnes s'appellent «\u00a0{name}\u00a0»\u00a0: {choices}.",
               "several people are called “{name}”: {choices}.")  # fmt: skip
MAY_NOT_READ = Text(
    "{name} ne peut pas lire ce dossier et ne serait pas prévenu(e)\u00a0: retirez son nom.",
    "{name} may not read this case and would not be told: take the name out.",
)


def add(session: Session, case: Case, text: str, *, by: Actor, at: datetime, on: date) -> int:
    """Write a note in the history of a case and tell the colleagues whom it names; return its journal line.

    `@prénom`, `@prénom.nom` and `@identifiant` name a colleague, who must be able to read the case on that day.
    Raises NotFound when `by` may not read the case, ActionNotAllowed when they may only read it, InvalidFields with
    what is wrong about the note.
    """
    if by.kind != "staff":
        raise NotFound
    require_adding(session, case, by, "note")
    text = storable(text).replace("\r\n", "\n").strip()
    if not text:
        raise _faulty(EMPTY)
    if len(text) > LONGEST:
        raise _faulty(TOO_LONG.filled(count=len(text), most=LONGEST))
    # Somebody may be named twice, by given name and by login.
    told = [key for key in dict.fromkeys(_mentioned(session, case, text, on)) if key != by.id]
    # The journal, which is never rewritten, holds who was told; the words stand beside it.
    seq = record(session, case.id, "note_added", by=by, at=at, **({"told": told} if told else {}))
    session.execute(insert(CaseText).values(case_id=case.id, seq=seq, field="note", body=text))
    if told:
        # Whoever is away reads it on their return; who does their work reads it today.
        present = Directory(session, on).present
        instead = () if case.confidentiality == SEALED else (present(key) for key in told)
        tell_of_a_case(session, case.id, seq, {*told, *instead} - {by.id}, NOTE, at=at)
    return seq


def _mentioned(session: Session, case: Case, text: str, on: date) -> list[int]:
    names = dict.fromkeys(name.rstrip(".'’-") for name in MENTION.findall(text))
    if len(names) > MOST_TOLD:
        raise _faulty(TOO_MANY)
    if not names:
        return []
    colleagues = session.scalars(select(Staff).where(Staff.is_active).order_by(Staff.id)).all()
    return [_colleague(session, case, name, colleagues, on).id for name in names]


def _colleague(session: Session, case: Case, name: str, colleagues: Iterable[Staff], on: date) -> Staff:
    called = [person for person in colleagues if _plain(name) in _called(person)]
    if not called:
        raise _faulty(NOBODY.filled(name=name))
    readers = [person for person in called if may_read(session, case, actor(session, person, on=on))]
    if not readers:
        raise _faulty(MAY_NOT_READ.filled(name=called[0].name if len(called) == 1 else name))
    if len(readers) > 1:
        choices = ", ".join(f"@{person.login}" for person in readers)
        raise _faulty(SEVERAL.filled(name=name, choices=choices))
    return readers[0]


def _called(person: Staff) -> set[str]:
    given, family = person.given_name, person.family_name
    return {_plain(name) for name in (person.login, given, family, f"{given}.{family}", f"{given}{family}")}


def _plain(name: str) -> str:
    """Return a name as a hurried person types it: no accent, no capital, a dot for a space."""
    flat = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[\s.'’-]+", ".", flat)


def _faulty(sentence: Text) -> InvalidFields:
    return InvalidFields({"note": sentence})
