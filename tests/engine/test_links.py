"""Two cases that belong together."""

import pytest
from sqlalchemy import select

from casetrack.database.tables import CaseLink, Event
from casetrack.engine import journal, links, open_case
from casetrack.errors import InvalidFields, NotFound
from tests.town import MONDAY, NINE


@pytest.fixture
def letters(session, town):
    """Two letters of the road service."""
    return [
        open_case(session, "letter", by=town.marc, at=NINE, title=title, received_on=MONDAY, citizen=town.citizen,
                  subject=town.subjects["voirie"], officer=town.staff["anne"])
        for title in ("Trou", "Bosse")
    ]  # fmt: skip


def said(session) -> list[tuple[int, str]]:
    query = select(Event.case_id, Event.action).where(Event.action.in_(("linked", "unlinked")))
    return sorted(tuple(row) for row in session.execute(query))


def test_both_journals_say_it_and_no_form_is_disturbed(session, town, letters):
    here, there = letters
    before = here.version

    links.link(session, here, there, by=town.anne, at=NINE)
    links.unlink(session, there, here, by=town.paul, at=NINE)
    session.refresh(here)

    assert said(session) == [
        (here.id, "linked"), (here.id, "unlinked"), (there.id, "linked"), (there.id, "unlinked")
    ]  # fmt: skip
    assert here.version == before
    assert list(journal.verify(session)) == []


def test_two_cases_are_linked_once_from_whichever_side(session, town, letters):
    here, there = letters
    links.link(session, here, there, by=town.anne, at=NINE)

    for one, other in ((here, there), (there, here)):
        with pytest.raises(InvalidFields):
            links.link(session, one, other, by=town.anne, at=NINE)

    assert len(session.scalars(select(CaseLink)).all()) == 1


def test_a_case_that_one_may_not_read_is_refused_as_one_that_does_not_exist(session, town, letters):
    here, secret = letters
    secret.confidentiality = 2
    secret.officer_id = town.paul.id
    session.flush()

    refusals = []
    for other in (secret, None):
        with pytest.raises(InvalidFields) as refused:
            links.link(session, here, other, by=town.anne, at=NINE)
        refusals.append(refused.value.faults)
    with pytest.raises(NotFound):
        links.link(session, secret, here, by=town.anne, at=NINE)

    assert refusals[0] == refusals[1]
    assert said(session) == []


def test_what_an_act_linked_stays_linked(session, town, letters):
    here, there = letters
    session.add(CaseLink(case_id=here.id, other_id=there.id, kind="duplicate_of"))
    session.flush()

    with pytest.raises(NotFound):
        links.unlink(session, here, there, by=town.anne, at=NINE)
