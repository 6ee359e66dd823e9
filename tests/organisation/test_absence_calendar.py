"""The month of a team, and the absences that nobody covers."""

from datetime import date, timedelta

import pytest

from casetrack.deadlines import Calendar
from casetrack.engine import act, open_case
from casetrack.organisation import absence_calendar, absences
from tests.town import MONDAY, NINE

DECEMBER = date(2026, 12, 1)


@pytest.fixture
def away(session, town):
    def noted(login: str, first: int, last: int, replaced_by: str | None = None):
        return absences.add(
            session,
            town.staff[login],
            starts_on=date(2026, 12, first),
            ends_on=date(2026, 12, last),
            replaced_by=town.staff[replaced_by] if replaced_by else None,
        )

    return noted


def seen(session, town, by="denis", me="denis", month=DECEMBER, today=MONDAY):
    actor, me = getattr(town, by), town.staff[me]
    team = [staff for staff, _ in absences.people(session) if absences.may_see(actor, me, staff)]
    return absence_calendar.page(session, actor, team, month=month, today=today, calendar=Calendar())


def uncovered(page) -> dict[str, tuple[int, int]]:
    return {row.staff.login: tuple(day.day for day in row.uncovered) for row in page.coming if row.uncovered}


def letter(session, town, **given):
    case = open_case(session, "letter", by=town.marc, at=NINE, title="Trou", citizen=town.citizen,
                     received_on=MONDAY, subject=town.subjects["voirie"], **given)  # fmt: skip
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"].id)
    act(session, case, "take_charge", by=town.anne, at=NINE)
    return case


def test_a_month_shows_each_person_with_the_days_away_in_one_piece(session, town, away):
    away("anne", 21, 24, "paul")

    month = seen(session, town).month

    rows = dict(month.rows)
    assert set(rows) >= {"Anne Arnaud", "Paul Perrin", "Denis Delmas"}
    assert sum(stretch.days for stretch in rows["Anne Arnaud"]) == 31
    assert [(s.days, s.replaced_by) for s in rows["Anne Arnaud"] if s.away] == [(4, "Paul Perrin")]
    assert [day.on.day for day in month.days if day.closed][:3] == [5, 6, 12]
    assert month.name.fr == "décembre 2026"
    assert (month.before, month.after) == (date(2026, 11, 1), date(2027, 1, 1))


def test_an_absence_over_two_months_stands_in_both(session, town):
    absences.add(session, town.staff["anne"], starts_on=date(2026, 12, 28), ends_on=date(2027, 1, 3))

    in_december, in_january = (
        [s.days for s in dict(seen(session, town, month=month).month.rows)["Anne Arnaud"] if s.away]
        for month in (DECEMBER, date(2027, 1, 1))
    )

    assert (in_december, in_january) == ([4], [3])


def test_nobody_stands_in_when_nobody_is_named_or_the_named_is_away_too(session, town, away):
    away("anne", 7, 11)
    away("paul", 14, 18, "denis")
    away("denis", 17, 17)  # noted afterwards, for one day

    assert uncovered(seen(session, town)) == {"anne": (7, 11), "paul": (17, 17), "denis": (17, 17)}
    stretches = dict(seen(session, town).month.rows)["Paul Perrin"]
    assert [s.is_covered for s in stretches if s.away] == [False]


def test_a_replacement_of_the_replacement_covers(session, town, away):
    away("paul", 14, 18, "denis")
    away("denis", 17, 17, "simone")

    assert uncovered(seen(session, town)) == {}


def test_somebody_who_left_covers_nothing(session, town, away):
    away("anne", 7, 11, "paul")
    town.staff["paul"].is_active = False
    session.flush()

    assert uncovered(seen(session, town)) == {"anne": (7, 11)}


def test_cases_due_while_nobody_stands_in_are_counted(session, town, away):
    letter(session, town)  # due on 23 December
    absence = away("anne", 21, 24)

    assert [row.due for row in seen(session, town).coming] == [1]
    absence.ends_on = date(2026, 12, 22)
    session.flush()
    assert [row.due for row in seen(session, town).coming] == [0]


def test_a_sealed_case_is_not_counted_for_whoever_may_not_read_it(session, town, away):
    case = letter(session, town)
    case.confidentiality = 2
    session.flush()
    away("anne", 21, 24)

    assert [row.due for row in seen(session, town).coming] == [0]


def test_people_see_the_absences_of_their_service_and_an_administrator_all(session, town):
    for login in ("anne", "lea"):
        absences.add(session, town.staff[login], starts_on=MONDAY, ends_on=MONDAY)

    def shown(who: str) -> list[tuple[str, bool]]:
        return [(row.staff.login, row.may_change) for row in seen(session, town, who, who).coming]

    assert shown("aline") == shown("diane") == [("anne", True), ("lea", True)]
    assert shown("denis") == [("anne", True)]
    assert shown("paul") == [("anne", False)]  # a colleague sees it, and leaves it alone
    assert shown("marc") == []


def test_a_large_team_shows_only_those_who_are_away(session, town, away, monkeypatch):
    monkeypatch.setattr(absence_calendar, "MOST_ROWS", 2)
    away("anne", 7, 11)

    month = seen(session, town).month

    assert month.only_away
    assert [name for name, _ in month.rows] == ["Anne Arnaud"]


def test_an_absence_of_years_is_looked_at_two_months_ahead(session, town):
    absences.add(session, town.staff["anne"], starts_on=MONDAY, ends_on=MONDAY + timedelta(days=3000))

    first, last = seen(session, town).coming[0].uncovered

    assert (first, last) == (MONDAY, MONDAY + absence_calendar.AHEAD)
