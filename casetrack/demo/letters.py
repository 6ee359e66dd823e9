"""What people write about, what the town answers, and when letters come."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from casetrack.database.tables import Case, Citizen
from casetrack.deadlines import Calendar
from casetrack.demo.people import PLACES, SCHOOLS, STREETS
from casetrack.organisation import TownFile

# From January to December, 100 for a usual month: the year starts with wishes and ends with holidays.
SEASON = (112, 98, 110, 108, 104, 112, 92, 62, 124, 108, 92, 78)
WEEKDAY = (135, 105, 100, 95, 85)
"""From Monday, which opens the letters of the weekend, to Friday."""
CHANNELS = {"post": 36, "email": 31, "web": 17, "desk": 9, "telephone": 5, "elected": 2}
ALWAYS_OPEN = ("email", "web")
SENDERS = {"person": 86, "association": 5, "company": 5, "landlord": 4}
SENDERS_OF = {
    "transmissions": {"authority": 100},
    "associations": {"association": 85, "person": 15},
    "commerce": {"company": 80, "person": 20},
    "rendez-vous-elus": {"person": 50, "association": 40, "company": 10},
    "creche": {"person": 100},
    "scolaire": {"person": 100},
    "etat-civil": {"person": 100},
    "candidatures": {"person": 100},
}
OUTCOMES = {"favourable": 48, "partly_favourable": 30, "refusal": 18, "information": 16, "done": 80}
# How often, of a hundred letters of which it can be said.
ENGLISH, UNSIGNED, RESTRICTED, ELSEWHERE, REPEATED = 0.035, 0.03, 0.006, 0.15, 0.045
# Places where a French text may not break.
NO_BREAK = re.compile(r"(?<=«) | (?=[:;?!»€])|(?<=\d) (?=h\b|m²)|(?<=\d h) (?=\d)|(?<=°) ")


@dataclass(frozen=True)
class Matter:
    """One thing that people write about, and what the town says; texts with {places} to fill."""

    subject: str
    days: int
    """Median number of days to the answer."""
    about: str
    nature: str
    titles: tuple[str, ...]
    english: str
    answers: dict[str, str]
    items: str
    opinion: dict[str, str]
    elsewhere: dict


@dataclass
class Letter:
    """One letter on its way: what it is, before the town hall knows it and after."""

    matter: Matter
    title: str
    channel: str
    received_on: date
    registered_at: datetime
    chance: Random
    where: dict[str, str]
    sender: str = "person"
    """A kind of sender; empty when nobody signed."""
    english: bool = False
    elsewhere: str = ""
    """Name of the authority that it should have been sent to."""
    repeated: bool = False
    is_told: bool = False
    """A visitor is led to it: it has its paper, however long ago it came."""
    confidentiality: int = 0
    fields: dict = field(default_factory=dict)
    citizen: Citizen | None = None
    case: Case = None  # type: ignore[assignment]  # none before it is registered, and nobody asks before


def typeset(text: str) -> str:
    """Put the no-break spaces of French print into a text."""
    return NO_BREAK.sub("\u00a0", text)


@cache
def texts() -> dict:
    """Return letters.toml, typeset."""
    return _typeset(tomllib.loads((Path(__file__).parent / "letters.toml").read_text(encoding="utf-8")))


@cache
def matters() -> dict[str, list[Matter]]:
    """Return what people write about, by the code of the subject."""
    return {
        entry["code"]: [_matter(entry, about) for about in entry["about"]] for entry in texts()["subject"]
    }


def matter(subject: str, about: str) -> Matter:
    """Return one of the matters of a subject."""
    return next(known for known in matters()[subject] if known.about == about)


def arrivals(
    count: int, *, town: TownFile, calendar: Calendar, start: date, now: datetime, seed: int
) -> list[Letter]:
    """Invent `count` letters registered from `start` to `now`, by season, subject, channel and sender."""
    chance = Random(f"{seed}:arrivals")
    zone = ZoneInfo(calendar.timezone)
    days = _working_days(calendar, start, now.astimezone(zone))
    weights = [SEASON[day.month - 1] * WEEKDAY[day.weekday()] for day in days]
    chosen = sorted(chance.choices(days, weights, k=count))
    expected = {entry.code: entry.per_year for entry in town.subjects if entry.code in matters()}
    return [
        _letter(day, expected, calendar, now.astimezone(zone), f"{seed}:{n}") for n, day in enumerate(chosen)
    ]


def _letter(day: date, expected: dict[str, int], calendar: Calendar, now: datetime, seed: str) -> Letter:
    chance = Random(seed)
    subject = pick(chance, expected)
    sender = pick(chance, SENDERS_OF.get(subject, SENDERS))
    channel = pick(chance, CHANNELS if sender != "authority" else {"post": 60, "email": 40})
    opens = datetime.combine(day, datetime.min.time(), now.tzinfo) + timedelta(hours=8, minutes=10)
    closes = min(opens + timedelta(hours=9), now) if day == now.date() else opens + timedelta(hours=9)
    choices = matters()[subject]
    letter = Letter(
        matter=chance.choices(choices, [len(known.titles) for known in choices])[0],
        title="",
        channel=channel,
        received_on=_received(day, channel, calendar, chance),
        registered_at=opens + (closes - opens) * chance.random(),
        chance=chance,
        where=surroundings(chance),
        sender=sender,
        repeated=chance.random() < REPEATED,
    )
    _vary(letter)
    return letter


def _vary(letter: Letter) -> None:
    """Make a few letters English, unsigned, restricted, or meant for another authority."""
    chance, matter = letter.chance, letter.matter
    letter.registered_at = letter.registered_at.replace(microsecond=0)
    letter.english = letter.sender == "person" and matter.english != "" and chance.random() < ENGLISH
    if letter.sender == "person" and letter.channel == "post" and chance.random() < UNSIGNED:
        letter.sender = ""
    if letter.sender == "person" and chance.random() < RESTRICTED:
        letter.confidentiality = 1
    titles = matter.titles
    if matter.elsewhere and chance.random() < ELSEWHERE:
        letter.elsewhere, titles = matter.elsewhere["to"], matter.elsewhere["titles"]
    title = matter.english if letter.english else chance.choice(titles)
    letter.title = title.format(**letter.where)
    if letter.channel == "post" and chance.random() < 0.2:
        letter.fields["postmark_on"] = letter.received_on - timedelta(days=chance.randint(1, 3))
        letter.fields["registered_mail"] = (
            f"1A {chance.randrange(10**3):03} {chance.randrange(10**3):03} {chance.randrange(10**4):04} {chance.randrange(10)}"
        )


def surroundings(chance: Random) -> dict[str, str]:
    """Choose the street, the square and the school that a letter speaks of."""
    return {
        "street": chance.choice(STREETS),
        "place": chance.choice(PLACES),
        "school": chance.choice(SCHOOLS),
        "number": str(chance.randrange(1, 96)),
    }


def pick(chance: Random, weights: dict[str, int]) -> str:
    """Choose one of these names by its weight."""
    return chance.choices(list(weights), list(weights.values()))[0]


def _received(day: date, channel: str, calendar: Calendar, chance: Random) -> date:
    """Return when a letter registered on `day` came: that day, the weekend before, or some days ago."""
    if chance.random() < 0.012:
        return calendar.add_working_days(day, -chance.randint(2, 4), closures=True)
    before = day - timedelta(days=1)
    if channel in ALWAYS_OPEN and chance.random() < 0.3:
        return before
    if chance.random() < 0.05:
        return calendar.previous_working_day(before)
    return day


def _working_days(calendar: Calendar, start: date, now: datetime) -> list[date]:
    # On the last day some hours must have passed for a letter to have been registered.
    end = now.date() if now.hour >= 10 else now.date() - timedelta(days=1)
    days = (start + timedelta(days=n) for n in range((end - start).days + 1))
    return [day for day in days if calendar.is_working_day(day, closures=True)]


def _matter(entry: dict, about: dict) -> Matter:
    return Matter(
        subject=entry["code"],
        days=entry["days"],
        about=about["about"],
        nature=about["nature"],
        titles=tuple(about["titles"]),
        english=about.get("english", ""),
        answers={outcome: about[outcome] for outcome in OUTCOMES if outcome in about},
        items=about.get("items", ""),
        opinion=about.get("opinion", {}),
        elsewhere=entry.get("elsewhere", {}),
    )


def _typeset(value: object) -> object:
    if isinstance(value, str):
        return typeset(value)
    if isinstance(value, dict):
        return {name: _typeset(part) for name, part in value.items()}
    if isinstance(value, Iterable):
        return [_typeset(part) for part in value]
    return value
