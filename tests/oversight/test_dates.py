"""How dates are said on a screen."""

from datetime import UTC, date, datetime

import pytest

from casetrack.oversight.dates import ANSWERED, briefly, distance, kept, moment, owed, rung, suspended

TUESDAY = date(2026, 12, 15)


@pytest.mark.parametrize(
    ("day", "french", "english"),
    [
        (date(2026, 12, 12), "en retard de 3 jours", "3 days late"),
        (date(2026, 12, 14), "en retard de 1 jour", "1 day late"),
        (date(2026, 12, 15), "aujourd'hui", "today"),
        (date(2026, 12, 16), "demain", "tomorrow"),
        (date(2026, 12, 18), "dans 3 jours", "in 3 days"),
        (date(2027, 12, 15), "dans 365 jours", "in 365 days"),
    ],
)
def test_how_far_a_day_is(day, french, english):
    said = distance(day, TUESDAY)

    assert (said.fr.replace("\u00a0", " "), said.en) == (french, english)


@pytest.mark.parametrize(
    ("day", "french", "english"),
    [
        (date(2026, 12, 18), "ven. 18 décembre", "Fri 18 December"),
        (date(2026, 12, 1), "mar. 1er décembre", "Tue 1 December"),
        (date(2027, 1, 8), "ven. 8 janvier 2027", "Fri 8 January 2027"),  # another year is named
        (date(2025, 12, 18), "jeu. 18 décembre 2025", "Thu 18 December 2025"),
    ],
)
def test_a_day_in_short(day, french, english):
    said = briefly(day, TUESDAY)

    assert (said.fr.replace("\u00a0", " "), said.en.replace("\u00a0", " ")) == (french, english)


@pytest.mark.parametrize(
    ("timezone", "said"),
    [
        ("Europe/Paris", "mar. 15 décembre, 0 h 30"),  # already tomorrow there
        ("Indian/Reunion", "mar. 15 décembre, 3 h 30"),
        ("America/Martinique", "lun. 14 décembre, 19 h 30"),
    ],
)
def test_an_instant_is_said_on_the_clock_of_the_town(timezone, said):
    at = datetime(2026, 12, 14, 23, 30, tzinfo=UTC)

    assert moment(at, timezone, TUESDAY).fr.replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("day", "tone"),
    [
        (date(2026, 12, 14), "late"),
        (date(2026, 12, 15), "soon"),  # today is not late
        (date(2026, 12, 20), "soon"),
        (date(2026, 12, 21), "calm"),
    ],
)
def test_the_colour_follows_the_distance(day, tone):
    assert owed(day, TUESDAY).tone == tone


def test_a_late_answer_stays_late_after_it_was_given():
    late = kept(date(2026, 12, 6), date(2026, 12, 9), TUESDAY, ANSWERED)
    in_time = kept(date(2026, 12, 9), date(2026, 12, 9), TUESDAY, ANSWERED)

    assert (late.tone, late.words.fr.replace("\u00a0", " ")) == ("late", "répondu avec 3 jours de retard")
    assert (in_time.tone, in_time.words.fr) == ("done", "répondu")


def test_a_clock_that_stands_still_says_until_when():
    said = suspended(date(2026, 12, 21), TUESDAY)

    assert (said.tone, said.day.fr.replace("\u00a0", " ")) == ("wait", "jusqu'au lun. 21 décembre")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("-5 working days", "rappel, cinq jours ouvrés avant l'échéance"),
        ("-10 days", "rappel, dix jours avant l'échéance"),
        ("+3 working days", "toujours en retard, trois jours ouvrés après l'échéance"),
        ("breach", "échéance dépassée"),
    ],
)
def test_a_rung_of_a_ladder_in_words(at, said):
    assert rung(at).fr == said
