"""The pile: what waits is seen by the whole desk, dealt with once, and lost by nobody."""

import io

import pytest
from sqlalchemy import select

from casetrack.correspondence import documents, pile
from casetrack.correspondence.documents import Kept
from casetrack.database.tables import PileLine
from casetrack.engine import open_case
from casetrack.errors import InvalidInput, NotFound
from tests.town import MONDAY, NINE, settle


@pytest.fixture
def hall(session):
    """The town hall."""
    return settle(session)


def scan(name: str) -> Kept:
    return Kept(f"{name:0>64}", f"{name}.pdf", documents.PDF, 1000)


def fill(session, hall, *names: str) -> list[int]:
    """Put scans on the pile, and return their numbers."""
    for name in names:
        assert pile.put(session, scan(name), by=hall.marc, at=NINE)
    return list(session.scalars(select(PileLine.id).order_by(PileLine.id)))


def case(session, hall, **given):
    return open_case(session, "letter", by=hall.marc, at=NINE, title="Trottoir", received_on=MONDAY,
                     citizen=hall.citizen, subject=hall.subjects["voirie"], **given)  # fmt: skip


def names(rows) -> list[str]:
    return [row.line.name for row in rows]


def test_the_desk_sees_what_waits_and_who_put_it_there(session, hall):
    fill(session, hall, "1", "2")

    waiting = pile.read(session, hall.aline, at=NINE).waiting

    assert names(waiting) == ["1.pdf", "2.pdf"]
    assert [row.added_by for row in waiting] == ["Marc Morel", "Marc Morel"]


def test_the_pile_is_no_business_of_the_services(session, hall):
    number = fill(session, hall, "1")[0]

    for refused in (
        lambda: pile.read(session, hall.anne, at=NINE),
        lambda: pile.find(session, number, hall.anne),
        lambda: pile.put(session, scan("2"), by=hall.anne, at=NINE),
        lambda: pile.open_next(session, by=hall.mila, at=NINE),
        lambda: pile.remove(session, number, by=hall.denis, at=NINE),
    ):
        with pytest.raises(NotFound):
            refused()


def test_the_same_scan_waits_once(session, hall):
    fill(session, hall, "1")

    assert not pile.put(session, scan("1"), by=hall.aline, at=NINE)
    assert len(pile.read(session, hall.marc, at=NINE).waiting) == 1


def test_two_people_are_not_given_the_same_scan(session, hall):
    first, second = fill(session, hall, "1", "2")

    assert pile.open_next(session, by=hall.marc, at=NINE) == first
    assert pile.open_next(session, by=hall.aline, at=NINE) == second
    assert pile.open_next(session, by=hall.marc, at=NINE) == first  # still before him
    assert pile.read(session, hall.marc, at=NINE).waiting[1].opened_by == "Aline Aubert"


def test_a_scan_left_open_goes_to_a_colleague_after_a_while(session, hall):
    first, _second = fill(session, hall, "1", "2")
    pile.open_next(session, by=hall.marc, at=NINE)

    assert pile.open_next(session, by=hall.aline, at=NINE + pile.BUSY) == first


def test_a_scan_is_registered_once_and_the_second_person_learns_by_whom(session, hall):
    number = fill(session, hall, "1")[0]
    pile.mark_registered(session, number, case(session, hall), by=hall.marc, at=NINE)

    with pytest.raises(InvalidInput) as refusal:
        pile.mark_registered(session, number, case(session, hall), by=hall.aline, at=NINE)

    assert "Marc Morel" in refusal.value.sentence.fr
    with pytest.raises(NotFound):  # it may be sealed by now: it is seen in its case
        pile.find(session, number, hall.marc)


def test_what_is_set_aside_or_removed_can_wait_again(session, hall):
    first, second = fill(session, hall, "1", "2")
    pile.set_aside(session, first, by=hall.marc, at=NINE)
    pile.remove(session, second, by=hall.marc, at=NINE)
    now = pile.read(session, hall.marc, at=NINE)
    assert (names(now.waiting), names(now.aside), names(now.removed)) == ([], ["1.pdf"], ["2.pdf"])
    assert pile.open_next(session, by=hall.marc, at=NINE) is None

    for number in (first, second):
        pile.put_back(session, number, by=hall.aline, at=NINE)

    assert names(pile.read(session, hall.marc, at=NINE).waiting) == ["1.pdf", "2.pdf"]


def test_what_was_removed_does_not_come_back_beside_its_like(session, hall):
    number = fill(session, hall, "1")[0]
    pile.remove(session, number, by=hall.marc, at=NINE)
    fill(session, hall, "1")

    with pytest.raises(InvalidInput, match="waits_already"):
        pile.put_back(session, number, by=hall.marc, at=NINE)


def test_a_scan_that_a_case_already_holds_says_which_to_those_who_may_know(session, hall):
    fill(session, hall, "1", "2")
    known, sealed = case(session, hall), case(session, hall, confidentiality=2, readers=[hall.lea.id])
    documents.attach(session, known, scan("1"), by=hall.marc, at=NINE)
    documents.attach(session, sealed, scan("2"), by=hall.marc, at=NINE)

    waiting = pile.read(session, hall.marc, at=NINE).waiting

    assert [row.joined_to for row in waiting] == [known.reference, None]


def test_a_content_that_is_wanted_again_is_held(tmp_path):
    kept = documents.keep(tmp_path, io.BytesIO(b"%PDF-1.4\n"), name="a.pdf", largest=1000)
    documents.path_of(tmp_path, kept.sha256).unlink()

    with pytest.raises(NotFound) as refusal:
        documents.hold(tmp_path, kept)

    assert "« a.pdf » n'est plus gardé" in refusal.value.sentence.fr.replace("\u00a0", " ")
