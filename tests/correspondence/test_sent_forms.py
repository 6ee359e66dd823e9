"""A form sent twice is acted upon once."""

import threading

import pytest

from casetrack.correspondence import clearing, sent_forms
from casetrack.engine import open_case
from casetrack.errors import InvalidInput
from tests.town import MONDAY, NINE, settle

TYPED = [("title", "Trottoir"), ("channel", "post")]


def test_a_form_gone_back_to_and_changed_is_another_form():
    key = sent_forms.new_key()

    assert sent_forms.digest(key, TYPED) == sent_forms.digest(key, reversed(TYPED))
    assert sent_forms.digest(key, TYPED) != sent_forms.digest(key, [("title", "Arbre"), ("channel", "post")])
    assert sent_forms.digest(key, TYPED) != sent_forms.digest(sent_forms.new_key(), TYPED)


def test_the_second_time_leads_to_what_the_first_one_did(session):
    hall = settle(session)
    assert sent_forms.take(session, "d" * 64, at=NINE) is None
    with pytest.raises(InvalidInput, match="sent_twice"):  # nothing was done with it yet
        sent_forms.take(session, "d" * 64, at=NINE)
    case = open_case(session, "letter", by=hall.marc, at=NINE, title="Trottoir", received_on=MONDAY,
                     citizen=hall.citizen, subject=hall.subjects["voirie"])  # fmt: skip
    sent_forms.led_to(session, "d" * 64, case)

    assert sent_forms.take(session, "d" * 64, at=NINE) == case.reference
    assert sent_forms.take(session, "e" * 64, at=NINE) is None


def test_what_was_refused_may_be_sent_again(database):
    with database.session() as session:
        assert sent_forms.take(session, "d" * 64, at=NINE) is None
        session.rollback()
        assert sent_forms.take(session, "d" * 64, at=NINE) is None


def test_sent_twice_at_once_one_of_the_two_waits_and_is_led_to_the_same_case(database):
    with database.session() as session:
        hall = settle(session)
        session.commit()
    both, found = threading.Barrier(2), []

    def press() -> None:
        both.wait(10)
        with database.session() as session:
            if (reference := sent_forms.take(session, "d" * 64, at=NINE)) is None:
                case = open_case(session, "letter", by=hall.marc, at=NINE, title="Trottoir", received_on=MONDAY,
                                 citizen=hall.citizen.id, subject=hall.subjects["voirie"].id)  # fmt: skip
                sent_forms.led_to(session, "d" * 64, case)
                reference = case.reference
            session.commit()
            found.append(reference)

    presses = [threading.Thread(target=press) for _ in range(2)]
    for one in presses:
        one.start()
    for one in presses:
        one.join(30)

    assert found == ["2026-A-000001", "2026-A-000001"]


def test_forms_sent_long_ago_are_forgotten(database, tmp_path):
    with database.session() as session:
        sent_forms.take(session, "d" * 64, at=NINE)
        session.commit()

    clearing.clear(database.session, tmp_path, at=NINE + clearing.KEPT_FOR * 2)

    with database.session() as session:
        assert sent_forms.take(session, "d" * 64, at=NINE) is None
