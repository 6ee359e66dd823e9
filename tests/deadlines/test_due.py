"""Literal dates, worked out by hand from the law; none is computed by the code under test."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrack.deadlines import (
    Calendar,
    Offset,
    Period,
    Suspension,
    court_limit,
    due,
    due_on,
    explain,
    implicit_decision_on,
    offset,
    rung_on,
    suspended_days,
)
from casetrack.errors import InvalidInput
from casetrack.language import Text

PARIS = Calendar()
ALSACE = Calendar("alsace-moselle")
BRIDGE = Calendar(closures={date(2027, 5, 7): "pont de l'Ascension"})


def day(text: str) -> date:
    """Read "Mon 2026-11-23", and check that the person who typed it knows the day of the week."""
    weekday, iso = text.split()
    found = date.fromisoformat(iso)
    assert found.strftime("%a") == weekday, text
    return found


TABLE = [
    # received, one month, working target, two months of silence, and to court against a decision
    # notified on the first day, against the implicit one
    ("Mon 2026-11-23", "Wed 2026-12-23", "Wed 2026-12-23", "Sat 2027-01-23", "Mon 2027-01-25", "Wed 2027-03-24"),
    ("Thu 2026-12-31", "Sun 2027-01-31", "Fri 2027-01-29", "Sun 2027-02-28", "Mon 2027-03-01", "Thu 2027-04-29"),
    ("Fri 2027-01-29", "Sun 2027-02-28", "Fri 2027-02-26", "Mon 2027-03-29", "Tue 2027-03-30", "Mon 2027-05-31"),
    ("Sun 2027-01-31", "Sun 2027-02-28", "Fri 2027-02-26", "Wed 2027-03-31", "Thu 2027-04-01", "Tue 2027-06-01"),
    ("Mon 2028-01-31", "Tue 2028-02-29", "Tue 2028-02-29", "Fri 2028-03-31", "Mon 2028-04-03", "Thu 2028-06-01"),
    ("Tue 2027-04-06", "Thu 2027-05-06", "Wed 2027-05-05", "Sun 2027-06-06", "Mon 2027-06-07", "Mon 2027-08-09"),
    ("Mon 2027-06-14", "Wed 2027-07-14", "Tue 2027-07-13", "Sat 2027-08-14", "Mon 2027-08-16", "Fri 2027-10-15"),
    ("Thu 2026-12-24", "Sun 2027-01-24", "Fri 2027-01-22", "Wed 2027-02-24", "Thu 2027-02-25", "Mon 2027-04-26"),
    ("Wed 2027-03-31", "Fri 2027-04-30", "Fri 2027-04-30", "Mon 2027-05-31", "Tue 2027-06-01", "Mon 2027-08-02"),
    ("Tue 2028-02-29", "Wed 2028-03-29", "Wed 2028-03-29", "Sat 2028-04-29", "Tue 2028-05-02", "Fri 2028-06-30"),
]  # fmt: skip

WORKING_DAYS = [
    # received, one working day (registration receipt), ten (electronic receipt), seven (report of an alert)
    ("Mon 2026-11-23", "Tue 2026-11-24", "Mon 2026-12-07", "Wed 2026-12-02"),
    ("Thu 2026-12-31", "Mon 2027-01-04", "Fri 2027-01-15", "Tue 2027-01-12"),
    ("Fri 2027-01-29", "Mon 2027-02-01", "Fri 2027-02-12", "Tue 2027-02-09"),
    ("Sun 2027-01-31", "Mon 2027-02-01", "Fri 2027-02-12", "Tue 2027-02-09"),
    ("Mon 2028-01-31", "Tue 2028-02-01", "Mon 2028-02-14", "Wed 2028-02-09"),
    ("Tue 2027-04-06", "Wed 2027-04-07", "Tue 2027-04-20", "Thu 2027-04-15"),
    ("Mon 2027-06-14", "Tue 2027-06-15", "Mon 2027-06-28", "Wed 2027-06-23"),
    ("Thu 2026-12-24", "Mon 2026-12-28", "Mon 2027-01-11", "Wed 2027-01-06"),
    ("Wed 2027-03-31", "Thu 2027-04-01", "Wed 2027-04-14", "Fri 2027-04-09"),
    ("Tue 2028-02-29", "Wed 2028-03-01", "Tue 2028-03-14", "Thu 2028-03-09"),
]


@pytest.mark.parametrize(("received", "promised", "target", "silence", "court", "court_silence"), TABLE)
def test_the_table_of_the_law(received, promised, target, silence, court, court_silence):
    answer = due(Period.parse("1 month"), day(received), calendar=PARIS)
    silent_on = implicit_decision_on(day(received), PARIS)

    assert (answer.due_on, answer.act_by) == (day(promised), day(target))
    assert silent_on == day(silence)
    assert court_limit(day(received), PARIS).due_on == day(court)
    assert court_limit(silent_on, PARIS).due_on == day(court_silence)


@pytest.mark.parametrize(("received", "one", "ten", "seven"), WORKING_DAYS)
def test_the_table_of_receipts_in_working_days(received, one, ten, seven):
    for period, end in {"1 working day": one, "10 working days": ten, "7 working days": seven}.items():
        assert due(Period.parse(period), day(received), calendar=PARIS).due_on == day(end)


@pytest.mark.parametrize(
    ("received", "promised", "court", "court_in_alsace"),
    [  # the promise is never rolled; only the time to go to court is, from the franc day after it
        ("Sat 2026-01-31", "Sat 2026-02-28", "Mon 2026-03-02", "Mon 2026-03-02"),  # across a month
        ("Mon 2028-01-31", "Tue 2028-02-29", "Wed 2028-03-01", "Wed 2028-03-01"),  # leap year
        ("Wed 2026-04-08", "Fri 2026-05-08", "Mon 2026-05-11", "Mon 2026-05-11"),  # 8 May is a Friday
        ("Tue 2026-04-14", "Thu 2026-05-14", "Fri 2026-05-15", "Fri 2026-05-15"),  # Ascension
        ("Sun 2026-06-14", "Tue 2026-07-14", "Wed 2026-07-15", "Wed 2026-07-15"),
        ("Wed 2026-11-25", "Fri 2026-12-25", "Mon 2026-12-28", "Mon 2026-12-28"),  # Christmas, weekend
        ("Thu 2026-12-31", "Sun 2027-01-31", "Mon 2027-02-01", "Mon 2027-02-01"),  # year change
        ("Thu 2027-02-25", "Thu 2027-03-25", "Fri 2027-03-26", "Tue 2027-03-30"),  # Good Friday in Alsace
        ("Fri 2027-02-26", "Fri 2027-03-26", "Tue 2027-03-30", "Tue 2027-03-30"),  # weekend, Easter Monday
    ],
)
def test_a_promise_stays_where_a_court_period_rolls(received, promised, court, court_in_alsace):
    for calendar, limit in {PARIS: court, ALSACE: court_in_alsace}.items():
        assert due(Period.parse("1 month"), day(received), calendar=calendar).due_on == day(promised)
        assert due(Period.parse("1 month franc"), day(received), calendar=calendar).due_on == day(limit)


@pytest.mark.parametrize(
    ("calendar", "received", "promised", "target"),
    [
        (ALSACE, "Fri 2027-02-26", "Fri 2027-03-26", "Thu 2027-03-25"),  # Good Friday
        (PARIS, "Fri 2027-02-26", "Fri 2027-03-26", "Fri 2027-03-26"),
        (BRIDGE, "Fri 2027-04-09", "Sun 2027-05-09", "Wed 2027-05-05"),  # bridge, then Ascension
        (PARIS, "Fri 2027-04-09", "Sun 2027-05-09", "Fri 2027-05-07"),
        (PARIS, "Sun 2026-11-22", "Tue 2026-12-22", "Tue 2026-12-22"),
    ],
)
def test_the_target_is_the_last_working_day_of_the_town(calendar, received, promised, target):
    answer = due(Period.parse("1 month"), day(received), calendar=calendar)

    assert (answer.due_on, answer.act_by) == (day(promised), day(target))


def test_the_target_never_comes_before_the_letter():
    answer = due(Period.parse("1 day"), day("Sat 2027-05-01"), calendar=PARIS)

    assert answer.due_on == answer.act_by == day("Sun 2027-05-02")


def test_an_implicit_decision_is_born_when_its_day_is_over():
    silent_on = implicit_decision_on(day("Thu 2027-04-15"), PARIS)

    assert silent_on == day("Tue 2027-06-15")
    assert PARIS.ends_at(silent_on) == datetime(2027, 6, 15, 22, 0, tzinfo=UTC)


def test_another_period_of_silence_may_be_set_by_decree():
    four = Period.parse("4 months")

    assert implicit_decision_on(day("Mon 2026-11-30"), PARIS, period=four) == day("Tue 2027-03-30")
    assert implicit_decision_on(day("Sat 2026-10-31"), PARIS, period=four) == day("Sun 2027-02-28")


def pause(first: str, again: str) -> Suspension:
    return Suspension(date.fromisoformat(first), date.fromisoformat(again))


@pytest.mark.parametrize(
    ("period", "received", "pauses", "end"),
    [
        # one month from 23 November: 23 December
        ("1 month", "Mon 2026-11-23", [pause("2026-12-01", "2026-12-13")], "Mon 2027-01-04"),
        ("1 month", "Mon 2026-11-23", [pause("2026-12-01", "2026-12-01")], "Wed 2026-12-23"),  # same day
        ("1 month", "Mon 2026-11-23", [pause("2026-11-23", "2026-11-28")], "Mon 2026-12-28"),  # at once
        ("1 month", "Mon 2026-11-23", [pause("2026-11-01", "2026-11-23")], "Wed 2026-12-23"),  # before
        ("1 month", "Mon 2026-11-23", [pause("2026-11-01", "2026-11-24")], "Thu 2026-12-24"),
        ("1 month", "Mon 2026-11-23", [pause("2026-12-23", "2026-12-24")], "Thu 2026-12-24"),  # last day
        ("1 month", "Mon 2026-11-23", [pause("2026-12-24", "2027-01-24")], "Wed 2026-12-23"),  # too late
        (
            "1 month",  # too late for the first due date, not for the one that the first pause gives
            "Mon 2026-11-23",
            [pause("2026-12-01", "2026-12-06"), pause("2026-12-28", "2026-12-30")],
            "Wed 2026-12-30",
        ),
        (
            "1 month",  # overlapping and touching: 1 to 15 December, 14 days once
            "Mon 2026-11-23",
            [
                pause("2026-12-01", "2026-12-08"),
                pause("2026-12-05", "2026-12-10"),
                pause("2026-12-10", "2026-12-15"),
            ],
            "Wed 2027-01-06",
        ),
        ("1 month", "Sat 2025-11-01", [pause("2025-11-05", "2025-11-06")], "Tue 2025-12-02"),
        ("1 month", "Sun 2027-01-31", [pause("2027-02-01", "2027-02-04")], "Wed 2027-03-03"),
        ("1 month", "Mon 2028-01-31", [pause("2028-02-01", "2028-02-02")], "Wed 2028-03-01"),  # leap year
        ("15 days", "Mon 2026-11-23", [pause("2026-11-25", "2026-11-28")], "Fri 2026-12-11"),
        # through both clock changes a day is a day
        ("1 month", "Thu 2026-10-15", [pause("2026-10-20", "2026-10-30")], "Wed 2026-11-25"),
        ("1 month", "Mon 2027-03-15", [pause("2027-03-20", "2027-03-30")], "Sun 2027-04-25"),
        # ten working days from 24 December: 11 January
        ("10 working days", "Thu 2026-12-24", [pause("2026-12-25", "2026-12-28")], "Mon 2027-01-11"),
        ("10 working days", "Thu 2026-12-24", [pause("2026-12-25", "2026-12-30")], "Wed 2027-01-13"),
        ("10 working days", "Thu 2026-12-24", [pause("2027-01-11", "2027-01-18")], "Mon 2027-01-18"),
        ("10 working days", "Thu 2026-12-24", [pause("2026-12-24", "2026-12-25")], "Tue 2027-01-12"),
        # two months franc from 23 November: Sunday 24 January, before it rolls over
        ("2 months franc", "Mon 2026-11-23", [pause("2026-12-01", "2026-12-02")], "Mon 2027-01-25"),
        ("2 months franc", "Mon 2026-11-23", [pause("2026-12-01", "2026-12-07")], "Mon 2027-02-01"),
    ],
)
def test_suspended_days_push_the_due_date_back(period, received, pauses, end):
    for order in permutations(pauses):
        assert due_on(Period.parse(period), day(received), PARIS, order) == day(end)


def test_suspended_days_are_counted_once():
    pauses = [
        pause("2025-03-05", "2025-03-10"),
        pause("2025-03-12", "2025-03-15"),
        pause("2025-03-20", "2025-03-29"),
        pause("2025-04-01", "2025-04-05"),
        pause("2025-04-10", "2025-04-11"),
        pause("2025-03-06", "2025-03-09"),
    ]

    assert suspended_days(pauses) == 22
    assert suspended_days([]) == 0


def test_a_suspension_without_an_announced_end_is_refused():
    with pytest.raises(InvalidInput, match="suspension_open"):
        due_on(Period.parse("1 month"), day("Mon 2026-11-23"), PARIS, [Suspension(date(2026, 12, 1), None)])


def test_a_suspension_does_not_end_before_it_starts():
    with pytest.raises(InvalidInput, match="suspension_reversed"):
        pause("2026-12-02", "2026-12-01")


dates = st.dates(date(2000, 1, 1), date(2034, 12, 31))
periods = st.sampled_from(
    ["1 month", "2 months", "15 days", "1 week", "10 working days", "2 months franc", "1 month and 5 days"]
).map(Period.parse)
calendars = st.sampled_from([PARIS, ALSACE, BRIDGE, Calendar("reunion", "Indian/Reunion")])
pauses = st.lists(
    st.builds(lambda first, days: (first, first + days), st.integers(-20, 120), st.integers(0, 40)),
    max_size=5,
)


def from_start(start: date, pauses: list[tuple[int, int]]) -> list[Suspension]:
    return [Suspension(start + timedelta(days=a), start + timedelta(days=b)) for a, b in pauses]


@given(periods, dates, calendars, pauses, st.randoms())
def test_the_order_of_suspensions_and_their_repetition_do_not_matter(period, start, calendar, pauses, random):
    suspensions = from_start(start, pauses)
    shuffled = suspensions * 2
    random.shuffle(shuffled)

    assert due_on(period, start, calendar, shuffled) == due_on(period, start, calendar, suspensions)


@given(periods, dates, calendars, pauses)
def test_a_suspension_cut_in_two_is_the_same_suspension(period, start, calendar, pauses):
    halves = [piece for a, b in pauses for piece in ((a, (a + b) // 2), ((a + b) // 2, b))]

    assert due_on(period, start, calendar, from_start(start, halves)) == due_on(
        period, start, calendar, from_start(start, pauses)
    )


@given(periods, dates, calendars, pauses, pauses)
def test_one_more_suspension_never_brings_the_due_date_forward(period, start, calendar, pauses, more):
    fewer = due_on(period, start, calendar, from_start(start, pauses))

    assert due_on(period, start, calendar, from_start(start, pauses + more)) >= fewer
    assert fewer >= due_on(period, start, calendar) > start


@given(periods.filter(lambda period: not period.working_days and not period.franc), dates, pauses)
def test_the_due_date_moves_by_the_suspended_days_before_it_and_no_more(period, start, pauses):
    suspensions = from_start(start, pauses)

    end = due_on(period, start, PARIS, suspensions)

    covered = {
        s.starts_on + timedelta(days=n) for s in suspensions for n in range((s.ends_on - s.starts_on).days)
    }
    inside = {day for day in covered if start <= day <= end}
    assert end == due_on(period, start, PARIS) + timedelta(days=len(inside))


@given(periods, dates, calendars, pauses)
def test_the_target_is_a_working_day_on_or_before_the_day_due(period, start, calendar, pauses):
    answer = due(period, start, calendar=calendar, suspensions=from_start(start, pauses))

    assert start <= answer.act_by <= answer.due_on
    assert calendar.is_working_day(answer.act_by, closures=True) or answer.act_by == answer.due_on


@given(periods, dates, calendars, pauses)
def test_every_date_explains_itself_in_two_languages(period, start, calendar, pauses):
    answer = due(period, start, calendar=calendar, suspensions=from_start(start, pauses))

    for text in answer.explanation:
        assert text.fr.endswith(".")
        assert text.en.endswith(".")
        assert "{" not in text.fr + text.en


# Explanations


def fr(*lines: str) -> list[str]:
    """Type the French no-break spaces as ordinary ones."""
    return [line.replace(" :", "\u00a0:").replace(" ;", "\u00a0;") for line in lines]


@pytest.mark.parametrize(
    ("period", "start", "calendar", "pauses", "lines"),
    [
        (
            "1 month",
            "Mon 2026-11-23",
            PARIS,
            [],
            [
                "Reçu le lundi 23 novembre 2026 ; un mois de quantième à quantième (code de procédure civile, art. 641) : mercredi 23 décembre 2026."
            ],
        ),
        (
            "1 month",
            "Sun 2027-01-31",
            PARIS,
            [],
            [
                "Reçu le dimanche 31 janvier 2027 ; un mois de quantième à quantième (code de procédure civile, art. 641) : dimanche 28 février 2027.",
                "Le 31 n'existe pas en février 2027 : dernier jour du mois.",
                "Dimanche : l'objectif de travail est le vendredi 26 février 2027.",
            ],
        ),
        (
            "1 month",
            "Mon 2026-11-23",
            PARIS,
            [
                pause("2026-12-01", "2026-12-13"),
                pause("2026-12-20", "2026-12-21"),
                pause("2027-06-01", "2027-06-02"),
            ],
            [
                "Reçu le lundi 23 novembre 2026 ; un mois de quantième à quantième (code de procédure civile, art. 641) : mercredi 23 décembre 2026.",
                "Suspendu du mardi 1er décembre 2026 au samedi 12 décembre 2026 inclus (12 jours) : lundi 4 janvier 2027.",
                "Suspendu le dimanche 20 décembre 2026 (un jour) : mardi 5 janvier 2027.",
                "La suspension du mardi 1er juin 2027 commence après l'échéance : elle n'y change rien.",
            ],
        ),
        (
            "1 month",
            "Fri 2027-04-09",
            BRIDGE,
            [],
            [
                "Reçu le vendredi 9 avril 2027 ; un mois de quantième à quantième (code de procédure civile, art. 641) : dimanche 9 mai 2027.",
                "Dimanche, jeudi 6 mai 2027 (Ascension, jour férié), vendredi 7 mai 2027 (pont de l'Ascension, fermeture locale) : l'objectif de travail est le mercredi 5 mai 2027.",
            ],
        ),
        (
            "1 month",
            "Tue 2027-04-06",
            PARIS,
            [],
            [
                "Reçu le mardi 6 avril 2027 ; un mois de quantième à quantième (code de procédure civile, art. 641) : jeudi 6 mai 2027.",
                "Ascension, jour férié : l'objectif de travail est le mercredi 5 mai 2027.",
            ],
        ),
        (
            "1 week",
            "Mon 2026-11-23",
            PARIS,
            [],
            [
                "Reçu le lundi 23 novembre 2026 ; une semaine, sans compter le premier jour (code de procédure civile, art. 641) : lundi 30 novembre 2026."
            ],
        ),
        (
            "1 month and 5 days",
            "Mon 2026-11-23",
            PARIS,
            [],
            [
                "Reçu le lundi 23 novembre 2026 ; un mois et cinq jours, les mois d'abord (code de procédure civile, art. 641) : lundi 28 décembre 2026."
            ],
        ),
        (
            "10 working days",
            "Thu 2026-12-24",
            PARIS,
            [pause("2026-12-29", "2026-12-30")],
            [
                "Reçu le jeudi 24 décembre 2026 ; dix jours ouvrés, sans compter le premier jour, les fins de semaine ni les jours fériés : lundi 11 janvier 2027.",
                "Suspendu le mardi 29 décembre 2026 (un jour ouvré) : mardi 12 janvier 2027.",
                "Jours non comptés : vendredi 25 décembre 2026 (Noël, jour férié), vendredi 1er janvier 2027 (Jour de l'an, jour férié).",
            ],
        ),
        (
            "2 months franc",
            "Mon 2026-11-23",
            PARIS,
            [],
            [
                "Notifié le lundi 23 novembre 2026 ; deux mois de quantième à quantième (code de procédure civile, art. 641) : samedi 23 janvier 2027.",
                "Le dernier jour ne compte pas non plus (délai franc) : dimanche 24 janvier 2027.",
                "Dimanche : reporté au premier jour ouvrable suivant, le lundi 25 janvier 2027 (code de procédure civile, art. 642).",
            ],
        ),
        (
            "1 day",
            "Sat 2027-05-01",
            PARIS,
            [],
            [
                "Reçu le samedi 1er mai 2027 ; un jour, sans compter le premier jour (code de procédure civile, art. 641) : dimanche 2 mai 2027.",
                "Dimanche, et aucun jour travaillé auparavant : l'objectif de travail est l'échéance elle-même.",
            ],
        ),
    ],
)
def test_a_clerk_can_read_why(period, start, calendar, pauses, lines):
    answer = due(Period.parse(period), day(start), calendar=calendar, suspensions=pauses)

    assert [text.fr for text in answer.explanation] == fr(*lines)


def test_the_reasons_exist_in_english_too():
    answer = due(
        Period.parse("1 month"),
        day("Thu 2026-12-31"),
        calendar=PARIS,
        suspensions=[pause("2027-01-04", "2027-01-06")],
    )
    rolled = court_limit(day("Mon 2026-11-23"), PARIS)

    assert [text.en for text in answer.explanation] == [
        "Received on Thursday 31 December 2026; one month from day number to day number (code de procédure civile, art. 641): Sunday 31 January 2027.",
        "Suspended from Monday 4 January 2027 to Tuesday 5 January 2027 included (two days): Tuesday 2 February 2027.",
    ]
    assert (
        rolled.explanation[-1].en
        == "Sunday: moved to the next working day, Monday 25 January 2027 (code de procédure civile, art. 642)."
    )


def test_another_beginning_may_open_the_explanation():
    asked = Text("motifs demandés le", "reasons asked for on")
    answer = due(Period.parse("1 month"), day("Mon 2026-11-23"), calendar=PARIS)

    first = explain(answer, asked)[0]

    assert first.fr.startswith("Motifs demandés le lundi 23 novembre 2026")
    assert first.en.startswith("Reasons asked for on Monday 23 November 2026")


# Ladders


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("-10 working days", "Fri 2027-01-29", "Fri 2027-01-15"),
        ("-5 working days", "Tue 2026-12-29", "Mon 2026-12-21"),  # Christmas is a Friday
        ("-1 working day", "Mon 2027-05-10", "Wed 2027-05-05"),  # local closure, Ascension Day
        ("+3 working days", "Thu 2026-12-31", "Wed 2027-01-06"),
        ("+0 working days", "Thu 2026-12-31", "Thu 2026-12-31"),
        ("-10 days", "Wed 2027-03-10", "Sun 2027-02-28"),
        ("-10 days", "Fri 2028-03-10", "Tue 2028-02-29"),
        ("+1 day", "Thu 2026-12-31", "Fri 2027-01-01"),
        ("breach", "Sun 2027-01-31", "Mon 2027-02-01"),
    ],
)
def test_a_rung_falls_on_a_day(text, start, end):
    assert offset(day(start), text, BRIDGE) == day(end)
    assert offset(day(start), Offset.parse(text), BRIDGE) == day(end)
    assert str(Offset.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "end"),
    [  # due on Sunday 31 January 2027, target Friday 29
        ("-2 working days", "Wed 2027-01-27"),
        ("+1 working day", "Mon 2027-02-01"),
        ("-10 days", "Thu 2027-01-21"),
        ("breach", "Mon 2027-02-01"),
    ],
)
def test_working_days_are_counted_from_the_target_and_the_breach_from_the_day_due(text, end):
    answer = due(Period.parse("1 month"), day("Thu 2026-12-31"), calendar=PARIS)

    assert rung_on(answer.due_on, answer.act_by, text, PARIS) == day(end)


@pytest.mark.parametrize("text", ["", "10 days", "-10", "-10 months", "late", "breach + 1 day"])
def test_another_rung_is_refused_with_what_is_accepted(text):
    with pytest.raises(InvalidInput) as refusal:
        Offset.parse(text)

    assert refusal.value.code == "unknown_offset"
    assert "breach" in refusal.value.sentence.fr
