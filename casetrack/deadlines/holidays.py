"""Public holidays, zone by zone (code du travail, art. L3133-1, L3134-13 and L3422-2)."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from casetrack.errors import InvalidInput
from casetrack.language import Text


class Zone(NamedTuple):
    """Describe a part of France that has its own list of holidays."""

    label: Text
    timezone: str
    subdivision: str = ""  # its name in the `holidays` library; empty where our own rule is enough


ZONES: Mapping[str, Zone] = MappingProxyType(
    {
        "metropole": Zone(Text("Métropole", "Mainland France"), "Europe/Paris"),
        "alsace-moselle": Zone(Text("Alsace-Moselle", "Alsace-Moselle"), "Europe/Paris"),
        "guadeloupe": Zone(Text("Guadeloupe", "Guadeloupe"), "America/Guadeloupe", "971"),
        "martinique": Zone(Text("Martinique", "Martinique"), "America/Martinique", "972"),
        "guyane": Zone(Text("Guyane", "French Guiana"), "America/Cayenne", "973"),
        "reunion": Zone(Text("La Réunion", "Réunion"), "Indian/Reunion", "974"),
        "mayotte": Zone(Text("Mayotte", "Mayotte"), "Indian/Mayotte", "976"),
        "saint-barthelemy": Zone(Text("Saint-Barthélemy", "Saint Barthélemy"), "America/St_Barthelemy", "BL"),
        "saint-martin": Zone(Text("Saint-Martin", "Saint Martin"), "America/Marigot", "MF"),
        "saint-pierre-et-miquelon": Zone(
            Text("Saint-Pierre-et-Miquelon", "Saint Pierre and Miquelon"), "America/Miquelon", "PM"
        ),
        "nouvelle-caledonie": Zone(Text("Nouvelle-Calédonie", "New Caledonia"), "Pacific/Noumea", "NC"),
        "polynesie-francaise": Zone(Text("Polynésie française", "French Polynesia"), "Pacific/Tahiti", "PF"),
        "wallis-et-futuna": Zone(Text("Wallis-et-Futuna", "Wallis and Futuna"), "Pacific/Wallis", "WF"),
    }
)

FIXED = {
    (1, 1): Text("Jour de l'an", "New Year's Day"),
    (5, 1): Text("Fête du Travail", "Labour Day"),
    (5, 8): Text("Victoire de 1945", "Victory Day"),
    (7, 14): Text("Fête nationale", "National Day"),
    (8, 15): Text("Assomption", "Assumption Day"),
    (11, 1): Text("Toussaint", "All Saints' Day"),
    (11, 11): Text("Armistice de 1918", "Armistice Day"),
    (12, 25): Text("Noël", "Christmas Day"),
}
AFTER_EASTER = {
    1: Text("Lundi de Pâques", "Easter Monday"),
    39: Text("Ascension", "Ascension Day"),
    50: Text("Lundi de Pentecôte", "Whit Monday"),
}
GOOD_FRIDAY = Text("Vendredi saint", "Good Friday")
SAINT_STEPHEN = Text("Saint-Étienne", "Saint Stephen's Day")

MAINLAND_CODES = {f"{number:02}" for number in range(1, 96)} - {"20"} | {"2A", "2B"}
ZONES_BY_CODE = dict.fromkeys(MAINLAND_CODES, "metropole") | {
    "57": "alsace-moselle",
    "67": "alsace-moselle",
    "68": "alsace-moselle",
    "971": "guadeloupe",
    "972": "martinique",
    "973": "guyane",
    "974": "reunion",
    "975": "saint-pierre-et-miquelon",
    "976": "mayotte",
    "977": "saint-barthelemy",
    "978": "saint-martin",
    "986": "wallis-et-futuna",
    "987": "polynesie-francaise",
    "988": "nouvelle-caledonie",
}


@cache
def holidays(zone: str, year: int) -> Mapping[date, Text]:
    """Return the public holidays of a zone in a year, with their names; refuse an unknown zone."""
    days = _national(year)
    if zone == "alsace-moselle":
        days[easter(year) - timedelta(days=2)] = GOOD_FRIDAY
        days[date(year, 12, 26)] = SAINT_STEPHEN
    elif subdivision := zone_named(zone).subdivision:
        # The library forgets the Whit Mondays of 2005 to 2007: the national rule comes last.
        days = _overseas(subdivision, year) | days
    return MappingProxyType(dict(sorted(days.items())))


def zone_named(zone: str) -> Zone:
    """Return the zone of that name; refuse an unknown one with the list of those that exist."""
    if zone not in ZONES:
        known = ", ".join(ZONES)
        raise InvalidInput(
            Text(
                f"La zone de jours fériés «\u00a0{zone}\u00a0» n'existe pas\u00a0; choisissez parmi\u00a0: {known}.",
                f"There is no holiday zone “{zone}”; choose one of: {known}.",
            ),
            code="unknown_zone",
        )
    return ZONES[zone]


def zone_of_departement(code: str) -> str:
    """Return the zone of a département or overseas community by its code, such as "68" or "974"."""
    zone = ZONES_BY_CODE.get(code.strip().upper().zfill(2))
    if zone is None:
        raise InvalidInput(
            Text(
                f"Le département «\u00a0{code}\u00a0» n'existe pas\u00a0: un code est attendu, par exemple 01, 2A, 68 ou 974.",
                f"There is no département “{code}”: a code is expected, such as 01, 2A, 68 or 974.",
            ),
            code="unknown_departement",
        )
    return zone


def easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (method of Meeus, Jones and Butcher)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leap, rest = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap - moon + 15) % 30
    weekday = (32 + 2 * rest + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _national(year: int) -> dict[date, Text]:
    sunday = easter(year)
    movable = {sunday + timedelta(days=days): name for days, name in AFTER_EASTER.items()}
    return movable | {date(year, month, day): name for (month, day), name in FIXED.items()}


def _overseas(subdivision: str, year: int) -> dict[date, Text]:
    from holidays import France  # slow to import, and few towns need it

    french = France(subdiv=subdivision, years=year, language="fr")
    english = France(subdiv=subdivision, years=year, language="en_US")
    return {day: Text(name, english[day]) for day, name in french.items()}
