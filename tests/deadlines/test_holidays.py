from datetime import date

import pytest
from holidays import France

from casetrack.deadlines import ZONES, holidays, zone_of_departement
from casetrack.errors import InvalidInput
from casetrack.language import Text

YEARS = range(2000, 2036)
# The library leaves out the Whit Mondays of the first "solidarity days"; they were holidays all the same.
FORGOTTEN = {date(2005, 5, 16), date(2006, 6, 5), date(2007, 5, 28)}
SUBDIVISIONS = {
    "metropole": (None,),
    "alsace-moselle": ("57", "6AE"),
    "guadeloupe": ("971",),
    "martinique": ("972",),
    "guyane": ("973",),
    "reunion": ("974",),
    "mayotte": ("976",),
    "saint-barthelemy": ("BL",),
    "saint-martin": ("MF",),
    "saint-pierre-et-miquelon": ("PM",),
    "nouvelle-caledonie": ("NC",),
    "polynesie-francaise": ("PF",),
    "wallis-et-futuna": ("WF",),
}


@pytest.mark.parametrize(("zone", "subdivisions"), SUBDIVISIONS.items())
def test_every_zone_keeps_the_holidays_of_the_reference_list_for_36_years(zone, subdivisions):
    ours = {day for year in YEARS for day in holidays(zone, year)}

    for subdivision in subdivisions:
        assert ours == set(France(subdiv=subdivision, years=YEARS)) | FORGOTTEN


def test_every_zone_is_compared():
    assert set(SUBDIVISIONS) == set(ZONES)


def test_mainland_france_has_eleven_holidays_in_2027():
    assert list(holidays("metropole", 2027)) == [
        date(2027, 1, 1),
        date(2027, 3, 29),
        date(2027, 5, 1),
        date(2027, 5, 6),
        date(2027, 5, 8),
        date(2027, 5, 17),
        date(2027, 7, 14),
        date(2027, 8, 15),
        date(2027, 11, 1),
        date(2027, 11, 11),
        date(2027, 12, 25),
    ]


@pytest.mark.parametrize(
    ("zone", "day", "name"),
    [
        ("metropole", date(2027, 5, 6), Text("Ascension", "Ascension Day")),
        ("alsace-moselle", date(2027, 3, 26), Text("Vendredi saint", "Good Friday")),
        ("alsace-moselle", date(2027, 12, 26), Text("Saint-Étienne", "Saint Stephen's Day")),
        ("reunion", date(2026, 12, 20), Text("Abolition de l'esclavage", "Abolition of Slavery")),
    ],
)
def test_a_holiday_has_a_name_in_both_languages(zone, day, name):
    assert holidays(zone, day.year)[day] == name


@pytest.mark.parametrize(
    ("zone", "day"),
    [("metropole", date(2027, 3, 26)), ("reunion", date(2027, 3, 26)), ("metropole", date(2026, 12, 20))],
)
def test_a_holiday_of_one_zone_is_a_working_day_elsewhere(zone, day):
    assert day not in holidays(zone, day.year)


def test_an_unknown_zone_is_refused_with_the_list_of_zones():
    with pytest.raises(InvalidInput) as refusal:
        holidays("grand-est", 2026)

    assert refusal.value.code == "unknown_zone"
    assert "alsace-moselle" in refusal.value.sentence.fr


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("01", "metropole"),
        ("1", "metropole"),
        ("95", "metropole"),
        ("2a", "metropole"),
        ("57", "alsace-moselle"),
        ("67", "alsace-moselle"),
        ("68", "alsace-moselle"),
        ("54", "metropole"),  # the other départements of Lorraine are not concerned
        ("88", "metropole"),
        ("971", "guadeloupe"),
        ("972", "martinique"),
        ("973", "guyane"),
        ("974", "reunion"),
        ("975", "saint-pierre-et-miquelon"),
        ("976", "mayotte"),
        ("977", "saint-barthelemy"),
        ("978", "saint-martin"),
        ("986", "wallis-et-futuna"),
        ("987", "polynesie-francaise"),
        ("988", "nouvelle-caledonie"),
    ],
)
def test_a_departement_belongs_to_a_zone(code, zone):
    assert zone_of_departement(code) == zone


@pytest.mark.parametrize("code", ["20", "96", "970", "", "Moselle"])
def test_an_unknown_departement_is_refused(code):
    with pytest.raises(InvalidInput, match="unknown_departement"):
        zone_of_departement(code)
