from datetime import date

import pytest

from casetrack.deadlines import say_day


@pytest.mark.parametrize(
    ("day", "fr", "en"),
    [
        (date(2026, 11, 23), "lundi 23 novembre 2026", "Monday 23 November 2026"),
        (date(2026, 12, 1), "mardi 1er décembre 2026", "Tuesday 1 December 2026"),
        (date(2028, 2, 29), "mardi 29 février 2028", "Tuesday 29 February 2028"),
        (date(2027, 8, 15), "dimanche 15 août 2027", "Sunday 15 August 2027"),
    ],
)
def test_a_day_is_said_as_a_clerk_says_it(day, fr, en):
    assert say_day(day, "fr") == fr
    assert say_day(day, "en") == en
