"""What people write about, and a first guess at it from the words of a letter's title."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import and_, literal_column, select, union_all
from sqlalchemy.orm import Session

from casetrack.database.tables import Service, Subject, WorkflowVersion
from casetrack.deadlines import Period
from casetrack.engine.actor import Actor
from casetrack.engine.fields import storable
from casetrack.errors import InvalidFields, InvalidInput, NotFound
from casetrack.language import Text
from casetrack.organisation import changes, services
from casetrack.organisation.entries import TAKEN, read
from casetrack.organisation.town_file import SubjectEntry
from casetrack.spelling import fold, words

CHANGED = (
    "label",
    "label_en",
    "workflow",
    "silence_mode",
    "silence_delay",
    "answer_delay",
    "confidentiality",
    "keywords",
    "is_active",
)
PERIODS = ("silence_delay", "answer_delay")
# What a clerk writes, and what `Period` reads; the longer first.
IN_FRENCH = {
    "jours ouvrés": "working days",
    "jour ouvré": "working day",
    "semaines": "weeks",
    "semaine": "week",
    "francs": "franc",
    "jours": "days",
    "jour": "day",
    "mois": "months",
    "et": "and",
}
NOT_A_PERIOD = Text(
    "«\u00a0{typed}\u00a0» n'est pas un délai\u00a0; écrivez par exemple\u00a0: 2 mois, 2 mois francs, "
    "1 mois et 5 jours, 1 semaine, 15 jours, 10 jours ouvrés.",
    "“{typed}” is not a period; write for example: 2 months, 2 months franc, 1 month and 5 days, 1 week, "
    "15 days, 10 working days.",
)
NO_WORKFLOW = Text("choisissez un circuit publié.", "choose a published workflow.")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A subject that a title seems to be about, and the keywords that say so."""

    subject: Subject
    keywords: tuple[str, ...]

    @property
    def quoted(self) -> Text:
        """Quote the words that say so."""
        fr = ", ".join(f"«\u00a0{keyword}\u00a0»" for keyword in self.keywords)
        en = ", ".join(f"“{keyword}”" for keyword in self.keywords)
        return Text(fr, en)

    @property
    def reason(self) -> Text:
        """Say why, for the person who decides (CRPA, art. L311-3-1: a guess never decides)."""
        return Text(f"l'objet contient {self.quoted.fr}", f"the title contains {self.quoted.en}")


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


def active_with_tree(session: Session) -> tuple[services.Tree, list[tuple[int, Text, int | None]]]:
    """Return the tree of services, and each subject that a letter may have with its label and its service, in one query."""
    nodes = select(
        literal_column("1").label("kind"), Service.id.label("id"), Service.parent_id.label("above"),
        Service.code.label("code"), Service.name.label("fr"), Service.name.label("en"), Service.is_active.label("is_active"),
    )  # fmt: skip
    offered = select(
        literal_column("2"), Subject.id, Subject.service_id, Subject.code, Subject.label, Subject.label_en, Subject.is_active
    ).where(Subject.is_active)  # fmt: skip
    rows = session.execute(union_all(nodes, offered).order_by("code")).all()
    tree = services.Tree(
        {
            row.id: services.Node(row.id, row.above, row.code, row.fr, bool(row.is_active))
            for row in rows
            if row.kind == 1
        }
    )
    found = [(row.id, Text(row.fr, row.en or row.fr), row.above) for row in rows if row.kind == 2]
    return tree, sorted(found, key=lambda row: fold(row[1].fr))


def with_services(session: Session) -> list[tuple[Subject, str]]:
    """Return the subjects that a new letter may have, each with the name of its service, in one query."""
    rows = session.execute(
        select(Subject, Service.name)
        .outerjoin(Service, and_(Service.id == Subject.service_id, Service.is_active))
        .where(Subject.is_active)
    )
    return sorted(((subject, name or "") for subject, name in rows), key=lambda row: fold(row[0].label))


def propose(
    session: Session, title: str, *, limit: int = 3, among: Iterable[Subject] | None = None
) -> list[Proposal]:
    """Guess the subjects of a title by their keywords, the most likely first; plurals count.

    `among` are the active subjects, where they have been read already.
    """
    plain = " ".join(words(title))
    proposals = []
    for subject in active(session) if among is None else among:
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


def every(session: Session) -> list[tuple[Subject, str, Text]]:
    """Return every subject, active or not, with its service and its period of silence, by label."""
    rows = session.execute(select(Subject, Service.name).outerjoin(Service, Service.id == Subject.service_id))
    return sorted(
        ((subject, name or "", _silence(subject)) for subject, name in rows),
        key=lambda row: fold(row[0].label),
    )


def add(session: Session, typed: Mapping[str, str], *, by: Actor, at: datetime) -> Subject:
    """Create a subject from a form; raise InvalidFields with every fault at its field."""
    changes.require_administrator(by)
    entry = _entry(typed)
    if session.scalar(select(Subject.id).where(Subject.code == entry.code)) is not None:
        raise InvalidFields({"code": TAKEN.filled(value=entry.code)})
    subject = Subject(code=entry.code, **_values(session, entry), is_active=bool(typed.get("is_active")))
    session.add(subject)
    session.flush()
    after = _snapshot(session, subject)
    changes.record(session, by=by, at=at, what="subject_added", about=subject.label, after=after)
    return subject


def stamp(subject: Subject) -> str:
    """Return the mark of a subject as a form shows it."""
    return changes.stamp(subject.service_id, *(getattr(subject, name) for name in CHANGED))


def change(
    session: Session,
    subject: Subject,
    typed: Mapping[str, str],
    *,
    by: Actor,
    at: datetime,
    seen: changes.Seen | None = None,
) -> None:
    """Change a subject for the letters to come; those registered keep their dates. Raises InvalidFields.

    Raises InvalidInput with the code `changed` when the form was made from what is no longer there.
    """
    changes.require_administrator(by)
    changes.refuse_stale(session, seen, stamp(subject), about=subject.label)
    before = _snapshot(session, subject)
    values = _values(session, _entry({**typed, "code": subject.code}), subject.service_id)
    for name, value in {**values, "is_active": bool(typed.get("is_active"))}.items():
        setattr(subject, name, value)
    session.flush()
    after = _snapshot(session, subject)
    changes.record(
        session, by=by, at=at, what="subject_changed", about=before["label"], before=before, after=after
    )


def period_in(language: str, period: str) -> str:
    """Write a stored period as a clerk does in French ("10 jours ouvrés"); in English as it is stored."""
    if not period or language != "fr":
        return period
    french = period
    for there, stored in IN_FRENCH.items():
        french = re.sub(rf"\b{stored}\b", there, french)
    french = re.sub(r"\bmonth\b", "mois", french)
    return french.removesuffix("s") if french == "1 mois francs" else french


def _entry(typed: Mapping[str, str]) -> SubjectEntry:
    keywords = [word.strip() for word in storable(typed.get("keywords", "")).split(",") if word.strip()]
    periods = {name: _stored(typed.get(name, "")) for name in PERIODS}
    try:
        return read(
            SubjectEntry, {**typed, **periods, "silence": typed.get("silence_mode"), "keywords": keywords}
        )
    except InvalidFields as refusal:
        faults = dict(refusal.faults)
        if "silence" in faults:  # a town's file calls it `silence`, the form as the column
            faults["silence_mode"] = faults.pop("silence")
        for name in set(PERIODS) & faults.keys():
            typed_as = typed.get(name, "")
            faults[name] = NOT_A_PERIOD.filled(typed=typed_as)
        raise InvalidFields(faults) from None


def _stored(period: str) -> str:
    """Return what was typed in French or in English as `Period` writes it, or as it is when it is no period."""
    english = " ".join(period.lower().split())
    for there, stored in IN_FRENCH.items():
        english = re.sub(rf"\b{there}\b", stored, english)
    try:
        return str(Period.parse(english)) if english else ""
    except InvalidInput:
        return period


def _values(session: Session, entry: SubjectEntry, present: int | None = None) -> dict[str, object]:
    service = services.by_code(session, entry.service, present=present)
    known = select(WorkflowVersion.id).where(WorkflowVersion.key == entry.workflow).limit(1)
    if session.scalar(known) is None:
        raise InvalidFields({"workflow": NO_WORKFLOW})
    same = {"label", "label_en", "workflow", "silence_delay", "answer_delay", "confidentiality"}
    return {
        **entry.model_dump(include=same),
        "silence_mode": entry.silence,
        "service_id": service.id if service else None,
        "keywords": ", ".join(entry.keywords),
    }


def _snapshot(session: Session, subject: Subject) -> dict[str, object]:
    service = session.get(Service, subject.service_id) if subject.service_id else None
    return {**{name: getattr(subject, name) for name in CHANGED}, "service": service.name if service else ""}


def _silence(subject: Subject) -> Text:
    means = changes.SILENCES[subject.silence_mode]
    if subject.silence_mode == "none" or not subject.silence_delay:
        return means
    after = Period.parse(subject.silence_delay).words()
    within = f"d'{after.fr}" if after.fr.startswith(("un ", "une ")) else f"de {after.fr}"
    return Text(f"{means.fr} au bout {within}", f"{means.en} after {after.en}")
