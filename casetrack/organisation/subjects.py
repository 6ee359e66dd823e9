"""What people write about, and a first guess at it from the words of a letter's title."""

import re
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Subject
from casetrack.errors import NotFound
from casetrack.language import Text
from casetrack.spelling import fold, words


@dataclass(frozen=True, slots=True)
class Proposal:
    """A subject that a title seems to be about, and the keywords that say so."""

    subject: Subject
    keywords: tuple[str, ...]

    @property
    def reason(self) -> Text:
        """Say why, for the person who decides (CRPA, art. L311-3-1: a guess never decides)."""
        fr = ", ".join(f"«\u00a0{keyword}\u00a0»" for keyword in self.keywords)
        en = ", ".join(f"“{keyword}”" for keyword in self.keywords)
        return Text(f"l'objet contient {fr}", f"the title contains {en}")


def find(session: Session, code: str) -> Subject:
    """Return the subject of this code; raise NotFound."""
    if subject := session.scalar(select(Subject).where(Subject.code == code)):
        return subject
    raise NotFound(
        Text(f"Aucun sujet n'a le code «\u00a0{code}\u00a0».", f"No subject has the code “{code}”.")
    )


def active(session: Session) -> list[Subject]:
    """Return the subjects that a new letter may have, in the order of their labels."""
    return sorted(
        session.scalars(select(Subject).where(Subject.is_active)), key=lambda subject: fold(subject.label)
    )


def propose(session: Session, title: str, *, limit: int = 3) -> list[Proposal]:
    """Guess the subjects of a title by their keywords, the most likely first; plurals count."""
    plain = " ".join(words(title))
    proposals = []
    for subject in active(session):
        keywords = [keyword.strip() for keyword in subject.keywords.split(",") if keyword.strip()]
        if found := tuple(keyword for keyword in keywords if _pattern(keyword).search(plain)):
            proposals.append(Proposal(subject, found))
    return sorted(proposals, key=_weight, reverse=True)[:limit]


def _weight(proposal: Proposal) -> int:
    """Count the words found: "dépôt sauvage" says more than "dépôt"."""
    return sum(len(words(keyword)) for keyword in proposal.keywords)


@lru_cache(maxsize=2000)
def _pattern(keyword: str) -> re.Pattern[str]:
    return re.compile(r"\b" + r" ".join(rf"{re.escape(word)}(?:s|x|es)?" for word in words(keyword)) + r"\b")
