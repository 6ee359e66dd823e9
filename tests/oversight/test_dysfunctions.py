"""The queue of the mediator and of the evaluation unit, on both databases."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from casetrack.database.tables import Case
from casetrack.engine import act, open_case
from casetrack.errors import NotFound
from casetrack.oversight.dysfunctions import queue
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


def titles(session, actor, **chosen: str) -> set[str]:
    return {item.line.title for item in queue(session, actor, today=TODAY, chosen=chosen).items}


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({}, {0, 1, 2, 3}),
        ({"gravite": "major"}, {0}),
        ({"gravite": "-"}, {1, 3}),
        ({"cause": "answer_late"}, {1}),  # the first was qualified otherwise
        ({"cause": "lost_item"}, {0}),
        ({"etat": "reported"}, {1, 3}),
        ({"cause": "silence", "gravite": "critical"}, {2}),
        ({"age": "90"}, {0, 1, 2, 3}),
        ({"cause": "nonsense"}, set()),
        ({"age": "nonsense"}, set()),
        ({"service": "99999999999"}, set()),
    ],
)
def test_each_filter_keeps_what_it_says(session, town, reported, chosen, kept):
    assert titles(session, town.eva, **chosen) == {f"Fait {number}" for number in kept}


def test_a_filter_says_how_many_it_would_keep(session, town, reported):
    found = queue(session, town.eva, today=TODAY, chosen={})

    for name, options in found.facets.items():
        for option in options:
            kept = titles(session, town.eva, **{name: option.code})
            assert len(kept) == option.count, (name, option.code)
    assert (found.total, found.to_qualify) == (4, 2)


def test_the_mediator_sees_the_sealed_one_too(session, town, reported):
    assert "Fait 4" in titles(session, town.mila)


def test_others_have_no_such_page(session, town, reported):
    for person in (town.anne, town.denis, town.gilles, town.marc, town.aline):
        with pytest.raises(NotFound):
            queue(session, person, today=TODAY, chosen={})


def test_a_page_is_a_few_queries_whatever_is_in_it(session, town, reported):
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    queue(session, town.eva, today=TODAY, chosen={})
    session.expunge_all()
    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        queue(session, town.eva, today=TODAY, chosen={"cause": "silence"})
        few = len(sent)
        sent.clear()
        queue(session, town.eva, today=TODAY + timedelta(days=1), chosen={})
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert session.scalar(select(Case.id).limit(1))
    assert len(sent) <= few <= 6
