"""Read what was typed into the fields of an action: every fault at once, in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Service, Staff, Subject
from casetrack.language import Text
from casetrack.spelling import visible
from casetrack.workflow import Definition, Field

LONGEST = {"line": 300, "text": 100_000}
PERSONAL = ("line", "text")
"""Types whose values stay out of the journal: they may name people."""

EARLIEST = date(1900, 1, 1)
"""No paper of the town hall is older; an earlier year is a slip of the hand (0026 for 2026)."""
FURTHEST = timedelta(days=3660)
"""Nothing is promised, awaited or suspended for more than ten years."""

REQUIRED = Text("à remplir.", "must be filled in.")
NO_ADDRESS = Text(
    "ce n'est pas une adresse électronique\u00a0; elle s'écrit nom@domaine.fr.",
    "this is no e-mail address; one is written name@domain.com.",
)
NO_SUCH_DATE = Text("cette date n'existe pas.", "there is no such date.")
UNKNOWN = Text("ce champ n'existe pas ici.", "there is no such field here.")


@dataclass(slots=True)
class Typed:
    """Hold the values read, by field; `faults` holds what could not be used."""

    values: dict[str, object] = field(default_factory=dict)
    faults: dict[str, Text] = field(default_factory=dict)

    def payload(self, fields: Mapping[str, Field]) -> dict[str, object]:
        """Return the values that may stand in the journal."""
        return {name: value for name, value in self.values.items() if fields[name].type not in PERSONAL}

    def texts(self, fields: Mapping[str, Field]) -> dict[str, str]:
        """Return the texts that are kept beside the journal."""
        return {name: str(value) for name, value in self.values.items() if fields[name].type in PERSONAL}


def read_fields(
    session: Session,
    definition: Definition,
    fields: Mapping[str, Field],
    given: Mapping[str, object],
    *,
    today: date,
    received_on: date,
) -> Typed:
    """Turn what was typed into values; empty means absent."""
    typed = Typed()
    for name in given.keys() - fields.keys():
        typed.faults[name] = UNKNOWN
    for name, expected in fields.items():
        value = given.get(name)
        if isinstance(value, str):
            value = storable(value).strip()
        if value is None or value == "":
            if expected.required:
                typed.faults[name] = REQUIRED
            continue
        try:
            typed.values[name] = _READ[expected.type](session, definition, expected, value)
        except Unusable as fault:
            typed.faults[name] = fault.sentence
    _check_dates(typed, fields, today=today, received_on=received_on)
    return typed


class Unusable(Exception):
    """Carry the sentence that says why a value cannot be used."""

    def __init__(self, fr: str, en: str) -> None:
        self.sentence = Text(fr, en)
        super().__init__(en)


def storable(text: str) -> str:
    """Return the text without what PostgreSQL, or UTF-8 itself, cannot hold: NUL and halves of a sign."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def _text(_session: Session, _definition: Definition, expected: Field, value: object) -> str:
    text = str(value).replace("\r\n", "\n")
    if len(text) > (longest := LONGEST[expected.type]):
        raise Unusable(
            f"{len(text)} caractères, {longest} au plus.", f"{len(text)} characters, {longest} at most."
        )
    # All that ends a line somewhere, or one day it ends a header of an e-mail.
    if expected.type == "line" and len(text.splitlines()) > 1:
        raise Unusable("une seule ligne.", "one line only.")
    return visible(text) if expected.type == "line" else text


def _date(_session: Session, _definition: Definition, _expected: Field, value: object) -> str:
    try:
        return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()[:10]
    except ValueError:
        raise Unusable(*NO_SUCH_DATE) from None


def _choice(_session: Session, definition: Definition, expected: Field, value: object) -> str:
    choices = definition.lists[expected.of or ""]
    if not isinstance(value, str) or value not in choices:
        raise Unusable("à choisir dans la liste.", "must be one of the list.")
    return value


def _integer(_session: Session, _definition: Definition, _expected: Field, value: object) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise Unusable("un nombre entier est attendu.", "a whole number is expected.") from None
    if abs(number) >= 2**31:
        raise Unusable("ce nombre est trop grand.", "this number is too large.")
    return number


def _boolean(_session: Session, _definition: Definition, _expected: Field, value: object) -> bool:
    known = {"true": True, "false": False, "y": True, "on": True, "1": True, "0": False}
    if (said := str(value).lower()) not in known:
        raise Unusable("oui ou non.", "yes or no.")
    return known[said]


def _row(table: type, fr: str, en: str) -> Callable[[Session, Definition, Field, object], int]:
    def read(session: Session, definition: Definition, expected: Field, value: object) -> int:
        key = value.id if isinstance(value, table) else _integer(session, definition, expected, value)
        query = select(table.id).where(table.id == key)  # type: ignore[attr-defined]
        if hasattr(table, "is_active"):
            query = query.where(table.is_active)
        if session.execute(query).first() is None:
            raise Unusable(fr, en)
        return key

    return read


_READ: dict[str, Callable[[Session, Definition, Field, object], object]] = {
    "text": _text,
    "line": _text,
    "date": _date,
    "choice": _choice,
    "integer": _integer,
    "boolean": _boolean,
    "service": _row(
        Service, "ce service n'existe pas ou n'est plus actif.", "no such service, or no longer active."
    ),
    "staff": _row(
        Staff, "cette personne n'existe pas ou n'est plus en poste.", "no such person, or no longer in post."
    ),
    "subject": _row(
        Subject, "ce sujet n'existe pas ou n'est plus proposé.", "no such subject, or no longer offered."
    ),
    "case": _row(Case, "ce dossier n'existe pas.", "no such case."),
}


def _check_dates(typed: Typed, fields: Mapping[str, Field], *, today: date, received_on: date) -> None:
    known = {"today": today.isoformat(), "received_on": received_on.isoformat()}
    for name, value in list(typed.values.items()):
        if fields[name].type != "date":
            continue
        if fault := implausible(date.fromisoformat(str(value)), today):
            typed.faults[name] = fault
        for limit, breaks, fr, en in (
            (fields[name].not_after, lambda v, m: v > m, "au plus tard le {}.", "no later than {}."),
            (fields[name].not_before, lambda v, m: v < m, "au plus tôt le {}.", "no earlier than {}."),
        ):
            mark = known.get(limit or "") or typed.values.get(limit or "")
            if mark and breaks(str(value), str(mark)):
                day = date.fromisoformat(str(mark))
                typed.faults[name] = Text(fr.format(f"{day:%d/%m/%Y}"), en.format(day.isoformat()))


def implausible(day: date, today: date) -> Text | None:
    """Say why a day cannot be meant; None for a day of this century's work."""
    if day < EARLIEST:
        return Text(
            f"au plus tôt le {EARLIEST:%d/%m/%Y}\u00a0: vérifiez l'année.",
            f"no earlier than {EARLIEST}: check the year.",
        )
    if day > today + FURTHEST:
        return Text("à moins de dix ans d'ici\u00a0: vérifiez l'année.", "within ten years: check the year.")
    return None
