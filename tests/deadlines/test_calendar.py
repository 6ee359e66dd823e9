from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrack.deadlines import Calendar
from casetrack.errors import InvalidInput
from casetrack.language import Text

PARIS = Calendar()
REUNION = Calendar("reunion", "Indian/Reunion")
BRIDGE = Calendar(closures={date(2027, 5, 7): "pont de l'Ascension"})

days = st.dates(date(2000, 1, 1), date(2035, 12, 31))
zones = st.sampled_from([PARIS, REUNION, BRIDGE, Calendar("alsace-moselle")])


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2027, 5, 5), None),
        (date(2027, 5, 6), Text("Ascension, jour férié", "Ascension Day, public holiday")),
        (
            date(2027, 5, 7),
            Text("pont de l'Ascension, fermeture locale", "pont de l'Ascension, local closure"),
        ),
        (date(2027, 5, 8), Text("samedi", "Saturday")),
        (date(2027, 5, 9), Text("dimanche", "Sunday")),
    ],
)
def test_the_calendar_says_why_nobody_works(day, reason):
    assert BRIDGE.why_not_working(day, closures=True) == reason
    assert BRIDGE.is_working_day(day, closures=True) is (reason is None)


def test_a_local_closure_does_not_exist_for_the_law():
    assert BRIDGE.is_working_day(date(2027, 5, 7), closures=False)
    assert BRIDGE.why_not_working(date(2027, 5, 7), closures=False) is None


@pytest.mark.parametrize(
    ("day", "target"),
    [
        (date(2027, 5, 10), date(2027, 5, 10)),  # a Monday at work
        (date(2027, 5, 9), date(2027, 5, 5)),  # Sunday, Saturday, the bridge and Ascension Day before it
        (date(2027, 1, 2), date(2026, 12, 31)),  # Saturday, then New Year's Day
    ],
)
def test_the_working_target_leaves_out_local_closures(day, target):
    assert BRIDGE.previous_working_day(day) == target


@pytest.mark.parametrize(
    ("day", "n", "closures", "end"),
    [
        (date(2026, 12, 24), 1, True, date(2026, 12, 28)),  # Christmas is a Friday
        (date(2026, 12, 31), 10, True, date(2027, 1, 15)),  # New Year's Day
        (date(2027, 1, 31), 1, True, date(2027, 2, 1)),  # from a Sunday, Monday is the first day
        (date(2027, 5, 5), 1, False, date(2027, 5, 7)),  # the law ignores the bridge
        (date(2027, 5, 5), 1, True, date(2027, 5, 10)),  # the town does not
        (date(2027, 5, 10), -1, True, date(2027, 5, 5)),
        (date(2027, 5, 8), -1, False, date(2027, 5, 7)),  # from a Saturday
        (date(2027, 5, 8), 0, True, date(2027, 5, 8)),
    ],
)
def test_working_days_are_counted_from_the_next_day(day, n, closures, end):
    assert BRIDGE.add_working_days(day, n, closures=closures) == end


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        (date(2026, 12, 24), date(2026, 12, 24), 0),
        (date(2026, 12, 24), date(2026, 12, 28), 1),
        (date(2026, 12, 28), date(2026, 12, 24), -1),
        (date(2026, 12, 25), date(2026, 12, 27), 0),
        (date(2026, 11, 23), date(2026, 12, 7), 10),
    ],
)
def test_the_working_days_between_two_dates_leave_out_the_first(start, end, count):
    assert PARIS.working_days_between(start, end, closures=True) == count


@given(zones, days, st.integers(-60, 60), st.booleans())
def test_counting_undoes_adding(calendar, day, n, closures):
    end = calendar.add_working_days(day, n, closures=closures)

    assert calendar.working_days_between(day, end, closures=closures) == n


@given(zones, days, st.integers(-60, 60))
def test_working_days_added_then_taken_away_come_back_to_the_same_working_day(calendar, day, n):
    day = calendar.previous_working_day(day)

    end = calendar.add_working_days(day, n, closures=True)

    assert calendar.is_working_day(end, closures=True)
    assert calendar.add_working_days(end, -n, closures=True) == day


@pytest.mark.parametrize(
    ("day", "starts_at", "hours"),
    [
        (date(2026, 10, 24), datetime(2026, 10, 23, 22, 0, tzinfo=UTC), 24),
        (date(2026, 10, 25), datetime(2026, 10, 24, 22, 0, tzinfo=UTC), 25),  # winter time begins
        (date(2026, 10, 26), datetime(2026, 10, 25, 23, 0, tzinfo=UTC), 24),
        (date(2026, 3, 29), datetime(2026, 3, 28, 23, 0, tzinfo=UTC), 23),  # summer time begins
        (date(2026, 3, 30), datetime(2026, 3, 29, 22, 0, tzinfo=UTC), 24),
        (date(2027, 3, 28), datetime(2027, 3, 27, 23, 0, tzinfo=UTC), 23),
        (date(2027, 3, 29), datetime(2027, 3, 28, 22, 0, tzinfo=UTC), 24),
    ],
)
def test_a_day_lasts_from_midnight_to_midnight_on_the_nights_when_the_clock_changes(day, starts_at, hours):
    assert PARIS.starts_at(day) == starts_at
    assert PARIS.starts_at(day).tzinfo is UTC
    assert PARIS.ends_at(day) == starts_at + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("calendar", "instant", "day"),
    [
        (PARIS, datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2026, 12, 31)),  # 23:59 in Paris
        (PARIS, datetime(2026, 12, 31, 23, 1, tzinfo=UTC), date(2027, 1, 1)),  # 00:01
        (PARIS, datetime(2026, 7, 31, 21, 59, tzinfo=UTC), date(2026, 7, 31)),  # 23:59 in summer
        (PARIS, datetime(2026, 7, 31, 22, 1, tzinfo=UTC), date(2026, 8, 1)),
        (REUNION, datetime(2026, 12, 31, 19, 59, tzinfo=UTC), date(2026, 12, 31)),  # 23:59 in La Réunion
        (REUNION, datetime(2026, 12, 31, 20, 1, tzinfo=UTC), date(2027, 1, 1)),  # 00:01
        (PARIS, datetime(2026, 10, 25, 21, 59, tzinfo=UTC), date(2026, 10, 25)),  # 22:59, winter time already
        (
            PARIS,
            datetime(2026, 10, 25, 22, 59, tzinfo=UTC),
            date(2026, 10, 25),
        ),  # 23:59 after the 25-hour day
        (PARIS, datetime(2026, 10, 25, 23, 1, tzinfo=UTC), date(2026, 10, 26)),
        (PARIS, datetime(2027, 3, 28, 21, 59, tzinfo=UTC), date(2027, 3, 28)),  # 23:59 after the 23-hour day
        (PARIS, datetime(2027, 3, 28, 22, 1, tzinfo=UTC), date(2027, 3, 29)),
        (PARIS, datetime(2027, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=4))), date(2026, 12, 31)),
    ],
)
def test_an_e_mail_is_received_on_the_local_day(calendar, instant, day):
    assert calendar.day_of(instant) == day


@given(zones, days)
def test_the_first_and_last_instants_of_a_day_belong_to_it(calendar, day):
    assert calendar.day_of(calendar.starts_at(day)) == day
    assert calendar.day_of(calendar.ends_at(day) - timedelta(microseconds=1)) == day


def test_an_instant_without_its_time_zone_is_refused():
    with pytest.raises(InvalidInput, match="naive_instant"):
        PARIS.day_of(datetime(2026, 12, 31, 23, 59))  # noqa: DTZ001


def test_a_calendar_of_an_unknown_zone_or_time_zone_is_refused():
    with pytest.raises(InvalidInput, match="unknown_zone"):
        Calendar("bretagne")
    with pytest.raises(InvalidInput, match="unknown_timezone"):
        Calendar(timezone="Europe/Rivemont")


def test_two_calendars_with_the_same_days_are_the_same():
    closures = {date(2027, 5, 7): "pont de l'Ascension"}

    assert Calendar(closures=closures) == BRIDGE != PARIS
    assert len({Calendar(closures=closures), BRIDGE, PARIS}) == 2


def test_closures_changed_afterwards_do_not_change_the_calendar():
    closures = {date(2027, 5, 7): "pont de l'Ascension"}
    calendar = Calendar(closures=closures)

    closures.clear()

    assert not calendar.is_working_day(date(2027, 5, 7), closures=True)
