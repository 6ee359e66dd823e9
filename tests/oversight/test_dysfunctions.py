"""The dysfunctions of the mediator and of the evaluation unit, on both databases."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from casetrack.database.tables import Case
from casetrack.engine import act, open_case
from casetrack.errors import NotFound
from casetrack.oversight import dysfunctions as lists
from casetrack.oversight.dysfunctions import CLOSED, EXAMINE, IN_HAND, RECURRING, queue
from tests.town import NINE

TODAY = date(2027, 1, 25)


@pytest.fixture
def reported(session, town) -> list[Case]:
    """Five dysfunctions: one qualified as major with another cause, one critical, one sealed."""
    causes = ["answer_late", "answer_late", "silence", "reception", "tool"]
    found = [
        open_case(session, "dysfunction", by=town.eva, at=NINE, title=f"Fait {number}", cause=cause,
                  service=town.services["VOI" if number < 3 else "PRO"].id, received_on=date(2026, 10, 1 + 10 * number % 28),
                  confidentiality=2 if number == 4 else 0, readers=[town.lea.id] if number == 4 else [])
        for number, cause in enumerate(causes)
    ]  # fmt: skip
    for case, severity, cause in [(found[0], "major", "lost_item"), (found[2], "critical", "silence")]:
        act(session, case, "qualify", by=town.eva, at=NINE, severity=severity, cause=cause,
            service=town.services["VOI"].id)  # fmt: skip
    session.flush()
    return found


def shown(session, actor, tab=EXAMINE, **chosen: str):
    return queue(session, actor, today=TODAY, chosen=chosen, tab=tab)


def titles(session, actor, tab=EXAMINE, **chosen: str) -> set[str]:
    return {item.title for item in shown(session, actor, tab, **chosen).items}


def mended(session, town, case: Case) -> None:
    """Take a qualified dysfunction to where its correction is to be verified."""
    act(session, case, "begin_analysis", by=town.denis, at=NINE)
    act(session, case, "propose_plan", by=town.denis, at=NINE, root_cause="organisation", plan="Un plan.")
    act(session, case, "approve_plan", by=town.eva, at=NINE, correct_by=date(2026, 12, 1))
    act(session, case, "declare_fixed", by=town.denis, at=NINE, evidence="Fait.", verify_on=date(2027, 1, 1))


@pytest.mark.parametrize(
    ("tab", "chosen", "kept"),
    [
        (EXAMINE, {}, {1, 3}),
        (IN_HAND, {}, {0, 2}),
        (CLOSED, {}, set()),
        (IN_HAND, {"gravite": "major"}, {0}),
        (EXAMINE, {"gravite": "-"}, {1, 3}),
        (EXAMINE, {"cause": "answer_late"}, {1}),  # the first was qualified otherwise
        (IN_HAND, {"cause": "lost_item"}, {0}),
        (EXAMINE, {"etat": "reported"}, {1, 3}),
        (IN_HAND, {"cause": "silence", "gravite": "critical"}, {2}),
        (IN_HAND, {"age": "90"}, {0, 2}),
        (EXAMINE, {"cause": "nonsense"}, set()),
        (EXAMINE, {"age": "nonsense"}, set()),
        (EXAMINE, {"service": "99999999999"}, set()),
        ("nonsense", {}, {1, 3}),
    ],
)
def test_each_filter_keeps_what_it_says(session, town, reported, tab, chosen, kept):
    assert titles(session, town.eva, tab, **chosen) == {f"Fait {number}" for number in kept}


def test_a_filter_says_how_many_it_would_keep(session, town, reported):
    for tab in (EXAMINE, IN_HAND):
        found = shown(session, town.eva, tab)
        assert found.tabs[tab] == len(found.items)
        for name, options in found.facets.items():
            for option in options:
                kept = titles(session, town.eva, tab, **{name: option.code})
                assert len(kept) == option.count, (name, option.code)
    assert (found.total, found.to_qualify) == (4, 2)


def test_what_is_due_first_comes_first_by_its_next_step(session, town, reported):
    """The whole is due in spring; the analysis of what was qualified was due before Christmas."""
    (first, second) = shown(session, town.eva, IN_HAND).items

    assert [first.title, second.title] == ["Fait 0", "Fait 2"]
    assert (first.due.on, first.due.tone) == (date(2026, 12, 23), "late")
    assert shown(session, town.eva).late == 4


def test_what_was_mended_is_to_examine_and_what_came_back_recurs(session, town, reported):
    mended(session, town, reported[0])
    assert titles(session, town.eva) == {"Fait 0", "Fait 1", "Fait 3"}
    assert titles(session, town.eva, RECURRING) == set()

    act(session, reported[0], "mark_recurring", by=town.eva, at=NINE, reason="Encore deux fois.")

    assert titles(session, town.eva, RECURRING) == {"Fait 0"}
    assert titles(session, town.eva, IN_HAND) == {"Fait 0", "Fait 2"}
    assert [item.recurs for item in shown(session, town.eva, IN_HAND).items if item.title == "Fait 0"] == [
        True
    ]
    assert shown(session, town.eva).tabs == {EXAMINE: 2, IN_HAND: 2, RECURRING: 1, CLOSED: 0}


def test_what_was_closed_is_kept_a_year(session, town, reported):
    act(session, reported[1], "dismiss", by=town.eva, at=NINE, outcome="no_effect", reasons="Un jour.")

    assert titles(session, town.eva, CLOSED) == {"Fait 1"}
    later = queue(session, town.eva, today=TODAY + timedelta(days=365), chosen={}, tab=CLOSED)
    assert (later.items, later.tabs[CLOSED]) == ((), 0)


@pytest.mark.parametrize("tab", [EXAMINE, CLOSED])
def test_pages_follow_one_another_without_a_gap(session, town, monkeypatch, tab):
    monkeypatch.setattr(lists, "PAGE", 2)
    for number in range(5):
        case = open_case(session, "dysfunction", by=town.eva, at=NINE, title=f"Fait {number}", cause="tool",
                         received_on=date(2026, 10, 1 + number // 2))  # fmt: skip
        if tab == CLOSED:
            at = NINE + timedelta(days=number // 3)
            act(session, case, "dismiss", by=town.eva, at=at, outcome="no_effect", reasons="Rien.")

    seen, after = [], None
    while True:
        page = queue(session, town.eva, today=TODAY, chosen={}, tab=tab, after=after)
        seen += [item.title for item in page.items]
        if (after := page.after) is None:
            break

    expected = [f"Fait {number}" for number in range(5)]
    assert seen == (expected if tab == EXAMINE else expected[::-1])


def test_of_very_many_those_due_first_are_counted_and_listed_and_a_filter_finds_the_others(
    session, town, reported, monkeypatch
):
    """Readable to the unit: 3 and 1 to examine, in the order of their dates, 0 and 2 in hand."""
    monkeypatch.setattr(lists, "MOST", 1)

    found = shown(session, town.eva)

    assert ([item.title for item in found.items], found.after) == (["Fait 3"], None)
    assert (found.tabs, found.total) == ({EXAMINE: 1, IN_HAND: 1, RECURRING: 0, CLOSED: 0}, 2)
    assert (found.more, found.most) == ({EXAMINE, IN_HAND}, 1)
    assert [option.code for option in found.facets["cause"]] == ["reception"]
    assert titles(session, town.eva, cause="answer_late") == {"Fait 1"}
    assert shown(session, town.eva, CLOSED).more == {EXAMINE, IN_HAND}


def test_the_mediator_sees_the_sealed_one_too(session, town, reported):
    assert "Fait 4" in titles(session, town.mila)
    assert shown(session, town.mila).tabs[EXAMINE] == 3


def test_others_have_no_such_page(session, town, reported):
    for person in (town.anne, town.denis, town.gilles, town.marc, town.aline):
        with pytest.raises(NotFound):
            shown(session, person)


def test_a_page_is_three_queries_whatever_is_in_it(session, town, reported):
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    shown(session, town.mila)
    session.expunge_all()
    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        shown(session, town.mila, IN_HAND)
        few = len(sent)
        sent.clear()
        shown(session, town.mila)
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert session.scalar(select(Case.id).limit(1))
    assert len(sent) == few == 3
