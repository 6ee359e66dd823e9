"""What a person already wrote: said at the desk while the next letter is being registered."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case
from casetrack.engine import Actor, readable
from casetrack.language import Text
from casetrack.oversight.dates import briefly
from casetrack.spelling import words

RECENT = timedelta(days=60)
MEANINGFUL = 4
"""Letters from which a word of a title says something."""
SAYS_NOTHING = frozenset(
    words(
        "allée ainsi après auprès aussi autre autres avant avec avenue boulevard chemin chez comme concernant contre "
        "courrier dans demande depuis derrière déjà devant dont elle encore entre être faire fait impasse leur lettre "
        "madame mairie mais même mesdames messieurs mois monsieur notre nous objet pendant place plus pour quai quand "
        "relance rien sans sauf selon sont sous suis suite sujet toujours tous tout toute très vers ville votre vous"
    )
)
"""Words of a title that any letter may hold."""
MOST = 100
"""Letters of one person that are looked at."""

ALREADY = Text("a déjà écrit le {day}", "already wrote on {day}")
OPEN_ONE, OPEN_SOME = Text("1 dossier ouvert", "1 open case"), Text("{n} dossiers ouverts", "{n} open cases")


@dataclass(frozen=True, slots=True)
class Likeness:
    """Hold a case that a letter may repeat, and the words of the title that say so."""

    case: Case
    shared: tuple[str, ...]


def letters_of(session: Session, people: Iterable[int], actor: Actor) -> list[Case]:
    """Return the last letters of these people, the newest first, as far as one may know of them, in one query."""
    # Per person, so that an association which writes every week hides nobody's only letter.
    place = func.row_number().over(
        partition_by=Case.citizen_id, order_by=(Case.received_on.desc(), Case.id.desc())
    )
    theirs = (
        select(Case.id, place.label("place"))
        .where(Case.citizen_id.in_(list(people)), readable(actor))
        .subquery()
    )
    query = select(Case).join(theirs, theirs.c.id == Case.id).where(theirs.c.place <= MOST)
    return list(session.scalars(query.order_by(Case.received_on.desc(), Case.id.desc())))


def already_wrote(letters: Iterable[Case], *, today: date) -> dict[int, Text]:
    """Say of each of those who wrote these letters, by number, when they last wrote and what is open."""
    latest: dict[int, date] = {}
    open_cases: dict[int, int] = {}
    for case in letters:
        latest.setdefault(case.citizen_id, case.received_on)
        open_cases[case.citizen_id] = open_cases.get(case.citizen_id, 0) + case.is_open
    return {person: _said(day, open_cases[person], today) for person, day in latest.items()}


def alike(
    letters: Iterable[Case], citizen_id: int, title: str, *, today: date, limit: int = 3
) -> list[Likeness]:
    """Return the person's open or recently closed letters whose title shares words with this one, likest first."""
    wanted = _meaningful(title)
    found = []
    for case in letters:
        if case.citizen_id != citizen_id or (case.closed_on and case.closed_on <= today - RECENT):
            continue
        known = _meaningful(case.title)
        if shared := tuple(word for stem, word in wanted.items() if stem in known):
            found.append(Likeness(case, shared))
    return sorted(found, key=lambda one: -len(one.shared))[:limit]


def _said(day: date, open_cases: int, today: date) -> Text:
    said = briefly(day, today)
    texts = [ALREADY.filled(day=said)]
    if open_cases:
        texts.append(OPEN_ONE if open_cases == 1 else OPEN_SOME.filled(n=open_cases))
    return Text(", ".join(text.fr for text in texts), ", ".join(text.en for text in texts))


def _meaningful(title: str) -> dict[str, str]:
    """Return the words that say something, as they were written, by their beginning, so that plurals count as one."""
    found = {}
    for written in re.findall(r"\w+", title):
        for word in words(written):
            if len(word) >= MEANINGFUL and word not in SAYS_NOTHING:
                found[word[:6].rstrip("sx")] = written.lower()
    return found
