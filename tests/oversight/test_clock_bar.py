"""The clock of a case as a bar."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from casetrack.oversight.clock_bar import GAP, NARROW, WIDE, Stretch, _width, clock_bar

RECEIVED, DUE, LEGAL = date(2026, 11, 3), date(2026, 12, 3), date(2027, 1, 3)
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def test_a_letter_on_time_shows_what_has_passed_and_what_is_left():
    bar = clock_bar(RECEIVED, DUE, today=date(2026, 11, 18), legal_on=LEGAL)

    assert (bar.elapsed, bar.to_come, bar.late) == (Stretch(0.0, 24.6), Stretch(0.0, 49.2), None)
    assert (bar.now, bar.promised, bar.legal) == (24.6, 49.2, 100.0)


def test_a_late_letter_keeps_its_red_until_today():
    bar = clock_bar(RECEIVED, DUE, today=date(2026, 12, 15), legal_on=LEGAL)

    assert bar.late == Stretch(49.2, 19.7)
    assert bar.elapsed == Stretch(0.0, 49.2)


def test_an_answer_stops_the_clock_on_its_day():
    bar = clock_bar(RECEIVED, DUE, today=date(2027, 6, 1), legal_on=LEGAL, answered_on=date(2026, 12, 6))

    assert (bar.now, bar.late) == (54.1, Stretch(49.2, 4.9))
    assert [label.words.fr for label in bar.labels if label.mark == "now"] == ["répondu 6\u00a0déc."]


def test_a_pause_is_drawn_to_the_day_announced_even_if_it_is_to_come():
    bar = clock_bar(RECEIVED, DUE, today=date(2026, 11, 10), pauses=[(date(2026, 11, 8), date(2026, 11, 23))])

    assert bar.pauses == (Stretch(16.7, 50.0),)


def test_a_letter_without_a_promise_has_no_bar():
    assert clock_bar(RECEIVED, None, today=RECEIVED) is None


def test_labels_that_would_meet_on_a_telephone_stand_one_under_the_other_there_only():
    bar = clock_bar(RECEIVED, RECEIVED + timedelta(days=18), today=RECEIVED, legal_on=LEGAL)

    promised = next(label for label in bar.labels if label.mark == "promised")
    assert (promised.line, promised.line_when_narrow) == (0, 1)


@given(received=days, due=days, today=days, legal=st.none() | days, answered=st.none() | days,
       pause=st.none() | st.tuples(days, days))  # fmt: skip
def test_whatever_the_dates_everything_stays_on_the_bar_and_no_label_covers_another(
    received, due, today, legal, answered, pause
):
    bar = clock_bar(received, due, today=today, legal_on=legal, answered_on=answered,
                    pauses=[pause] if pause else [])  # fmt: skip

    parts = [bar.elapsed, bar.to_come, bar.beyond, *bar.pauses, *([bar.late] if bar.late else [])]
    assert all(part.x >= 0 and part.width >= 0 and part.x + part.width <= 100.1 for part in parts)
    under = [label for label in bar.labels if label.mark != "now"]
    for width, line in ((NARROW, "line_when_narrow"), (WIDE, "line")):
        spans = [(getattr(label, line), *_span(label, width)) for label in under]
        assert all(start >= 0 and end <= width for _, start, end in spans)
        for at, (row, start, end) in enumerate(spans):
            assert all(row != other or end + GAP <= a or b + GAP <= start for other, a, b in spans[at + 1 :])


def _span(label, width: float) -> tuple[float, float]:
    long = _width(label.words)
    start = label.x * width / 100 - long * {"start": 0, "middle": 0.5, "end": 1}[label.anchor]
    return start, start + long
