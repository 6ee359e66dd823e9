from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrack.deadlines import Calendar, Period
from casetrack.errors import InvalidInput
from casetrack.language import Text

PARIS = Calendar()


@pytest.mark.parametrize(
    ("text", "fr", "en"),
    [
        ("1 month", "un mois", "one month"),
        ("2 months", "deux mois", "two months"),
        ("2 months franc", "deux mois francs", "two months franc"),
        ("1 month and 5 days", "un mois et cinq jours", "one month and five days"),
        ("1 week", "une semaine", "one week"),
        ("2 weeks", "deux semaines", "two weeks"),
        ("1 day", "un jour", "one day"),
        ("15 days", "15 jours", "15 days"),
        ("1 working day", "un jour ouvré", "one working day"),
        ("10 working days", "dix jours ouvrés", "ten working days"),
    ],
)
def test_a_period_is_written_as_it_was_read_and_said_in_both_languages(text, fr, en):
    period = Period.parse(text)

    assert str(period) == text
    assert period.words() == Text(fr, en)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "month",
        "0 days",
        "-1 month",
        "1.5 months",
        "1 mois",
        "10 days franc",
        "1000 days",
        "5 days and 1 month",
    ],
)
def test_another_text_is_refused_with_what_is_accepted(text):
    with pytest.raises(InvalidInput) as refusal:
        Period.parse(text)

    assert refusal.value.code == "unknown_period"
    assert "10 working days" in refusal.value.sentence.fr


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        (date(2027, 1, 31), "1 month", date(2027, 2, 28)),  # no 31 February
        (date(2028, 1, 31), "1 month", date(2028, 2, 29)),  # leap year
        (date(2027, 1, 31), "2 months", date(2027, 3, 31)),  # never month by month
        (date(2026, 12, 31), "2 months", date(2027, 2, 28)),
        (date(2026, 8, 31), "1 month", date(2026, 9, 30)),
        (date(2028, 2, 29), "1 month", date(2028, 3, 29)),
        (date(2028, 2, 29), "12 months", date(2029, 2, 28)),
        (date(2028, 2, 29), "48 months", date(2032, 2, 29)),
        (date(2026, 11, 23), "60 months", date(2031, 11, 23)),  # five years ahead
        (date(2026, 12, 5), "1 month", date(2027, 1, 5)),
        (date(2026, 11, 1), "1 month", date(2026, 12, 1)),
        (date(2026, 11, 23), "15 days", date(2026, 12, 8)),  # the first day does not count
        (date(2026, 2, 20), "1 week", date(2026, 2, 27)),
        (date(2028, 2, 20), "15 days", date(2028, 3, 6)),  # through 29 February
        (date(2027, 1, 31), "1 month and 5 days", date(2027, 3, 5)),  # the months first
        (date(2026, 12, 24), "1 working day", date(2026, 12, 28)),
        (date(2031, 11, 21), "10 working days", date(2031, 12, 5)),
        (date(2026, 11, 23), "2 months franc", date(2027, 1, 24)),  # a Sunday, before it rolls over
    ],
)
def test_a_period_ends_on_a_day(start, period, end):
    assert Period.parse(period).ends_on(start, PARIS) == end


@pytest.mark.parametrize(
    ("zone", "end"),
    [("metropole", date(2027, 3, 26)), ("alsace-moselle", date(2027, 3, 30))],
)
def test_working_days_follow_the_holidays_of_the_zone(zone, end):
    assert Period.parse("1 working day").ends_on(date(2027, 3, 25), Calendar(zone)) == end


def test_a_legal_period_in_working_days_ignores_local_closures():
    closed = Calendar(closures={date(2026, 11, 24): "inventaire"})

    assert Period.parse("1 working day").ends_on(date(2026, 11, 23), closed) == date(2026, 11, 24)


counts = st.integers(1, 999)


@given(
    st.one_of(
        st.builds(Period, months=counts, franc=st.booleans()),
        st.builds(Period, months=counts, days=counts),
        st.builds(Period, weeks=counts),
        st.builds(Period, days=counts),
        st.builds(Period, working_days=counts),
    )
)
def test_every_period_can_be_written_and_read_again(period):
    assert Period.parse(str(period)) == period
