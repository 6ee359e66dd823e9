"""The figures of a head are those of the lists, on both databases."""

from datetime import date, timedelta

import pytest

from casetrack.database.tables import Case
from casetrack.deadlines import Calendar
from casetrack.engine import act, open_case, sweep
from casetrack.errors import NotFound
from casetrack.organisation import absences
from casetrack.oversight import service_desk
from casetrack.oversight.worklists import counts, urgent, urgent_lists, worklist
from tests.town import NINE

TODAY = date(2026, 12, 15)


@pytest.fixture
def busy(database, session, town) -> None:
    """Twelve letters of every urgency, one of them sealed, one waiting for the citizen; the clock has passed."""
    for number in range(12):
        received_on = date(2026, 11, 1) + timedelta(days=2 * number)
        case = open_case(session, "letter", by=town.marc, at=NINE, title=f"Courrier {number}", citizen=town.citizen,
                         received_on=received_on, subject=town.subjects["voirie"],
                         confidentiality=2 if number == 5 else 0, readers=[town.lea.id] if number == 5 else [])  # fmt: skip
        if number in (2, 5):
            continue
        act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"].id)
        act(session, case, "take_charge", by=town.paul if number == 3 else town.anne, at=NINE)
        if number == 4:
            act(session, case, "request_items", by=town.anne, at=NINE, items="Plan", items_by="2027-01-20")
        if number == 9:
            act(session, case, "draft_answer", by=town.anne, at=NINE, answer="Oui", outcome="favourable")
    session.commit()
    sweep(database.session, at=NINE + timedelta(days=22))


def test_the_figures_are_those_of_the_list(session, town, busy):
    page = service_desk.page(session, town.denis, today=TODAY, calendar=Calendar())
    lines = [
        line
        for line in worklist(session, town.denis, "service", today=TODAY).lines
        if line.waits_for is None or line.waits_for.fr != "attend le pôle évaluation"
    ]

    def listed(group: str, officer: str | None = None) -> int:
        return sum(line.group == group and officer in (None, line.officer) for line in lines)

    assert page.total.open == len(lines) == 11
    for load in page.by_officer:
        assert (load.late, load.week, load.later, load.waiting) == tuple(
            listed(group, load.name) for group in ("late", "week", "later", "waiting")
        ), load.name
    assert counts(session, town.denis, today=TODAY)["late"] == page.total.late == listed("late") > 0
    assert page.coming == listed("week") + sum(
        line.group == "later" and line.due.on <= page.days[-1].on for line in lines
    )
    assert page.coming - page.undrafted == 1


def test_nobody_s_cases_and_what_was_escalated_come_most_urgent_first(session, town, busy):
    page = service_desk.page(session, town.denis, today=TODAY, calendar=Calendar())

    assert [line.title for line in page.unassigned.lines] == ["Courrier 2"]
    titles = [line.title for line in page.escalated.lines]
    assert titles[:2] == ["Courrier 0", "Courrier 1"]
    assert "Courrier 5" not in titles


def test_who_heads_nothing_has_no_such_page(session, town):
    with pytest.raises(NotFound):
        service_desk.page(session, town.anne, today=TODAY, calendar=Calendar())


def test_who_is_away_stands_beside_what_is_due(session, town, busy):
    for login, first, last, other in (("anne", 14, 17, "paul"), ("paul", 21, 23, None)):
        absences.add(session, town.staff[login], starts_on=date(2026, 12, first), ends_on=date(2026, 12, last),
                     replaced_by=town.staff[other] if other else None)  # fmt: skip

    page = service_desk.page(session, town.denis, today=TODAY, calendar=Calendar())

    assert [day.away for day in page.days[:6]] == [1, 1, 1, 0, 1, 1]
    assert [(row.name, row.replaced_by) for row in page.away] == [
        ("Anne Arnaud", "Paul Perrin"),
        ("Paul Perrin", ""),
    ]
    due = {day.on: day.count for day in page.days}
    assert page.away[0].due == sum(count for day, count in due.items() if day <= date(2026, 12, 17))
    said = {load.name: load.away.fr if load.away else None for load in page.by_officer}
    assert said["Anne Arnaud"] == "absence jusqu'au jeu. 17\u00a0décembre, remplacement par Paul Perrin"
    assert said["Paul Perrin"] == "remplace Anne Arnaud"


def test_the_drafts_that_wait_for_a_head_stand_on_the_page(session, town, busy):
    case = open_case(session, "letter", by=town.marc, at=NINE, title="Banc", citizen=town.citizen,
                     received_on=date(2026, 11, 20), subject=town.subjects["voirie"])  # fmt: skip
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"].id)
    act(session, case, "take_charge", by=town.anne, at=NINE)
    act(session, case, "draft_answer", by=town.anne, at=NINE, answer="Oui", outcome="favourable")
    act(session, case, "submit_for_endorsement", by=town.anne, at=NINE)

    page = service_desk.page(session, town.denis, today=TODAY, calendar=Calendar())

    assert [line.title for line in page.to_decide.lines] == ["Banc"]


def test_a_list_longer_than_the_page_says_that_there_are_more(session, town, busy):
    lists = {"all": Case.officer_id.is_not(None), "none": Case.id < 0}
    found = urgent_lists(session, town.denis, lists, today=TODAY, size=3)

    alone = urgent(session, town.denis, Case.officer_id.is_not(None), today=TODAY, size=3)
    assert (found["all"].lines, found["all"].after) == (alone.lines, alone.after)
    assert found["all"].after
    assert (found["none"].lines, found["none"].after) == ((), None)


def test_what_falls_on_a_day_closed_since_leaves_on_the_working_day_before(session, town, busy):
    def counted(calendar: Calendar) -> dict[date, int]:
        page = service_desk.page(session, town.denis, today=TODAY, calendar=calendar)
        return {day.on: day.count for day in page.days}

    usual, closed_since = counted(Calendar()), counted(Calendar(closures={date(2026, 12, 18): "Pont"}))

    assert usual[date(2026, 12, 18)] > 0
    assert closed_since[date(2026, 12, 17)] == usual[date(2026, 12, 17)] + usual[date(2026, 12, 18)]
    assert date(2026, 12, 18) not in closed_since
    assert closed_since[TODAY] == usual[TODAY]
