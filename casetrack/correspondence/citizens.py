"""The people and organisations who write: found again at the desk, kept once."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy import case as when
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Citizen, Message
from casetrack.engine import Actor, readable
from casetrack.engine.facts import record
from casetrack.engine.fields import NO_ADDRESS, storable
from casetrack.engine.permission import require_adding
from casetrack.engine.sending import postal_address
from casetrack.errors import InvalidFields, InvalidInput
from casetrack.language import Text
from casetrack.spelling import visible, words

NAMES = ("family_name", "given_name", "organisation", "usual_name")
LANGUAGES = ("fr", "en")
WISHES = ("prefers_post", "language")
"""How a person wants to be answered, where they say so (CRPA L112-14: not by e-mail against their will)."""
CORRECTED = (
    "civility",
    "given_name",
    "family_name",
    "organisation",
    "street",
    "postcode",
    "town",
    "email",
    "telephone",
    "language",
)
"""What may be corrected of a person, beside their wish to be answered by post."""
LONGEST_QUERY, MOST_WORDS = 100, 8
"""What a person types of somebody's name; each word is a search of its own."""
NOBODY = Text(
    "Indiquez au moins un nom, une organisation, une adresse électronique ou un téléphone.",
    "Give at least a name, an organisation, an e-mail address or a telephone number.",
)
NO_LANGUAGE = Text("écrivez-lui en français ou en anglais.", "write to them in French or in English.")
TOO_LONG = Text("«\u00a0{name}\u00a0» dépasse {most} caractères.", "“{name}” exceeds {most} characters.")
AT_MOST = Text("{most} caractères au plus.", "{most} characters at most.")
EMAIL = re.compile(r"[^\s@,;<>\"()]+@[^\s@,;<>\"()]+\.[^\s@.,;<>\"()]{2,}")
# A number as people write it: +33 6 39…, 0033 6.39…, 06-39…, (0)6 39…; never inside a word or an address.
TELEPHONE = re.compile(r"(?<![\w@.+])(?:\+[\s(]*[\d(]|\(?0)[\d\s./()-]*\d")
CIVILITIES = {"mme": "Mme", "madame": "Mme", "m": "M.", "mr": "M.", "monsieur": "M."}
PARTICLES = frozenset(("de", "du", "des", "le", "la", "les", "el", "ben", "da", "di", "van", "von"))
COLLECTIVES = frozenset(
    words(
        "agence amicale association cabinet centre club collectif college comite commune communaute compagnie conseil "
        "cooperative copropriete eurl entreprise etablissement etude federation garage gie groupe hopital lycee "
        "mairie prefecture sa sarl sas sasu sci scea scop societe syndic syndicat union"
    )
)
"""Words that say that whoever writes is no single person."""


def find(session: Session, query: str, *, limit: int = 10, by: Actor | None = None) -> list[Citizen]:
    """Return the people whose name, street, town, e-mail or telephone hold every word typed, in any order or case.

    Accents, hyphens and apostrophes do not count, nor how a telephone number is cut. Those whose family name
    begins as typed come first, then those found by their name alone. Without those whose every letter is closed
    to `by`: that somebody wrote may be the secret.
    """
    wanted = words(TELEPHONE.sub(lambda found: f" {_digits(found[0])} ", query[:LONGEST_QUERY]))[:MOST_WORDS]
    if not wanted:
        return []
    key, address = Citizen.search_key, Citizen.address_key
    named = [key.contains(word, autoescape=True) for word in wanted]
    begins = or_(*(key.startswith(word, autoescape=True) for word in wanted))
    rank = when((and_(begins, *named), 0), (and_(*named), 1), else_=2)
    holds_all = (
        or_(by_name, address.contains(word, autoescape=True))
        for by_name, word in zip(named, wanted, strict=True)
    )
    return list(
        session.scalars(
            select(Citizen).where(*holds_all, *_known_to(by)).order_by(rank, key, Citizen.id).limit(limit)
        )
    )


def guess(query: str) -> dict[str, str]:
    """Guess, from what was typed to find somebody, what a form about them may begin with; a person corrects it."""
    found: dict[str, str] = {}
    query = query[:LONGEST_QUERY]
    if email := EMAIL.search(query):
        found["email"] = email[0].lower()
        query = query.replace(email[0], " ")
    if (telephone := TELEPHONE.search(query)) and len(_digits(telephone[0])) >= 8:
        found["telephone"] = telephone[0].strip()
        query = query.replace(telephone[0], " ")
    # What has a digit, and what follows it, is an address, which nobody can cut safely.
    names = re.split(r"\s+\S*\d", f" {query}", maxsplit=1)[0].split()
    if COLLECTIVES.intersection(words(" ".join(names))):
        return found | {"organisation": " ".join(names)}
    if names and (civility := CIVILITIES.get(names[0].lower().rstrip("."))) and len(names) > 1:
        found["civility"] = civility
        names = names[1:]
    shouted = [name for name in names if len(name) > 1 and name.isupper()]
    family = shouted if 0 < len(shouted) < len(names) else names[1:] or names
    if names and names[0].lower() in PARTICLES:
        family = names
    given = [name for name in names if name not in family]
    for field, part in (("given_name", given), ("family_name", family)):
        if part:
            found[field] = " ".join(_capitals(name) for name in part)
    return found


def faults(details: Mapping[str, str]) -> dict[str, Text]:
    """Say, at each field, what could not be kept of these details as somebody typed them."""
    columns = Citizen.__table__.columns
    found = {
        name: AT_MOST.filled(most=most)
        for name, value in details.items()
        if name in columns
        and (most := getattr(columns[name].type, "length", None))
        and len(value.strip()) > most
    }
    email = details.get("email", "").strip()
    if email and "email" not in found and not EMAIL.fullmatch(email):
        found["email"] = NO_ADDRESS
    if not any(details.get(name, "").strip() for name in (*NAMES, "email", "telephone")):
        found["family_name"] = NOBODY
    return found


def correct(session: Session, case: Case, details: Mapping[str, str], *, by: Actor, at: datetime) -> None:
    """Correct who wrote a letter, or say who did where nobody knew; the journal of the case says that it was done.

    `details` are those of `CORRECTED`. That person's letters which wait to be printed go to the address as it is now.
    Raises NotFound, ActionNotAllowed for who may add nothing to the case, InvalidFields with every fault.
    """
    require_adding(session, case, by, "document")
    found = faults(details)
    if details.get("language") not in LANGUAGES:
        found["language"] = NO_LANGUAGE
    if found:
        raise InvalidFields(found)
    known = session.get(Citizen, case.citizen_id) if case.citizen_id else None
    written = {name: visible(details.get(name, "")) for name in CORRECTED}
    if known is None:
        citizen = find_or_create(session, **written, prefers_post=bool(details.get("prefers_post")))
        session.execute(update(Case.__table__).where(Case.id == case.id).values(citizen_id=citizen.id))
        changed = ["sender"]
    else:
        citizen = known
        values = {**written, "kind": _kind(written), "prefers_post": bool(details.get("prefers_post"))}
        changed = [name for name, value in values.items() if getattr(citizen, name) != value]
        for name in changed:
            setattr(citizen, name, values[name])
        save(session, citizen)
    if not changed:
        return
    theirs = select(Case.id).where(Case.citizen_id == citizen.id)
    waiting = update(Message.__table__).where(Message.status == "to_print", Message.case_id.in_(theirs))
    session.execute(waiting.values(recipient=postal_address(citizen)))
    # What was changed, not into what: the journal outlives what a person asks to be forgotten.
    record(session, case.id, "sender_corrected", by=by, at=at, changed=sorted(changed))
    session.expire(case)


def known(session: Session, citizen_id: int, by: Actor) -> Citizen | None:
    """Return the person of this number; None when there is none, or none whom `by` would find."""
    return session.scalar(select(Citizen).where(Citizen.id == citizen_id, *_known_to(by)))


def _known_to(by: Actor | None) -> list[ColumnElement[bool]]:
    if by is None:
        return []
    wrote = exists().where(Case.citizen_id == Citizen.id)
    return [or_(~wrote, wrote.where(readable(by)))]


def find_or_create(session: Session, **details: Any) -> Citizen:
    """Return the person whom these details describe, made if need be; raise InvalidInput without any name.

    The same person: the same name with the same e-mail, telephone or address. A name alone is never
    enough, and an e-mail address alone only where no name is given: families share them.
    """
    details = {name: visible(value) if isinstance(value, str) else value for name, value in details.items()}
    details = {"kind": _kind(details)} | details
    given = Citizen(**details)
    _prepare(given)
    for known in _candidates(session, given):
        if _is_same(known, given):
            _complete(known, details)
            return save(session, known)
    return save(session, given)


def save(session: Session, citizen: Citizen) -> Citizen:
    """Keep a person, new or changed, ready to be found; raise InvalidInput for one without any name."""
    _prepare(citizen)
    session.add(citizen)
    session.flush()
    return citizen


def _prepare(citizen: Citizen) -> None:
    """Write what is compared in one way, and gather what is searched."""
    for column in Citizen.__table__.columns:
        if getattr(citizen, column.name) is None and column.default is not None:
            setattr(citizen, column.name, column.default.arg)
        elif isinstance(value := getattr(citizen, column.name), str):
            # One line each, as on an envelope: a line break in a name would be a line of the address.
            setattr(citizen, column.name, " ".join(storable(value).split()))
    if citizen.language not in LANGUAGES:
        raise InvalidInput(NO_LANGUAGE, code="language")
    if not any((*(getattr(citizen, name) for name in NAMES), citizen.email, citizen.telephone)):
        raise InvalidInput(NOBODY, code="nobody")
    _refuse_too_long(citizen)
    citizen.email = citizen.email.strip().lower()
    parts = [*(getattr(citizen, name) for name in NAMES), citizen.email, _digits(citizen.telephone)]
    citizen.search_key = " ".join(words(" ".join(parts)))[:600]
    citizen.address_key = " ".join(words(f"{citizen.street} {citizen.postcode} {citizen.town}"))[:500]


def _refuse_too_long(citizen: Citizen) -> None:
    # PostgreSQL refuses what is too long with a traceback, SQLite keeps it.
    for column in Citizen.__table__.columns:
        most = getattr(column.type, "length", None)
        if most and not column.name.endswith("_key") and len(getattr(citizen, column.name)) > most:
            raise InvalidInput(TOO_LONG.filled(name=column.name, most=most), code="too_long")


def _candidates(session: Session, given: Citizen) -> list[Citizen]:
    # An index finds the family name; of a thousand people called Martin, few have the same given name.
    named = Citizen.search_key.startswith(" ".join(_name(given)), autoescape=True)
    spellings = {given.family_name, given.family_name.upper(), given.family_name.title()}
    same = [
        Citizen.email == given.email if given.email else None,
        Citizen.family_name.in_(spellings) & named if given.family_name else None,
        named if given.organisation and not given.family_name else None,
    ]
    asked = [condition for condition in same if condition is not None]
    if not asked:
        return []
    return list(session.scalars(select(Citizen).where(or_(*asked)).order_by(Citizen.id)))


def _is_same(known: Citizen, given: Citizen) -> bool:
    if not _name(given):
        return bool(given.email) and known.email == given.email
    if _name(known) != _name(given):
        return False
    same_telephone = given.telephone and _digits(known.telephone) == _digits(given.telephone)
    same_address = given.street and _address(known) == _address(given)
    return bool((given.email and known.email == given.email) or same_telephone or same_address)


def _complete(known: Citizen, details: dict[str, Any]) -> None:
    """Fill in what was not known; what was known stays as it is, but a wish said now holds from now on."""
    for name, value in details.items():
        if value and getattr(known, name) == "":
            setattr(known, name, value)
    for wish in WISHES:
        unsaid = Citizen.__table__.columns[wish].default.arg
        if (said := details.get(wish, unsaid)) != unsaid:
            setattr(known, wish, said)


def _kind(details: dict[str, Any]) -> str:
    if details.get("family_name") or details.get("given_name"):
        return "person"
    return "organisation" if details.get("organisation") else "unknown"


def _name(citizen: Citizen) -> list[str]:
    return words(f"{citizen.family_name} {citizen.given_name} {citizen.organisation}")


def _address(citizen: Citizen) -> list[str]:
    return words(f"{citizen.street} {citizen.postcode}")


def _digits(telephone: str) -> str:
    """Write a telephone number as one dials it in France: +33 (0)1 99… and 01 99… are the same."""
    return re.sub(r"^(?:\+|00)330?", "0", re.sub(r"[^\d+]", "", telephone))


def _capitals(name: str) -> str:
    """Write a name typed in one case with its capitals: "jean-noël" → "Jean-Noël"; others stay as typed."""
    if name != name.lower() and not (name.isupper() and len(name) > 1):
        return name
    if name.lower() in ("de", "du", "des"):
        return name.lower()
    return re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), name.lower())
