"""A draft sent back is corrected before it is submitted again; its author may take it back meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from casetrack.database.tables import Notification
from casetrack.engine import act, allowed_actions, open_case, refused_actions
from casetrack.engine import town as places
from casetrack.errors import ActionNotAllowed, NeedsMissing
from casetrack.oversight import cases, notifications
from casetrack.oversight.worklists import worklist
from tests.town import MONDAY, NINE

WRITTEN = {"answer": "Le trou sera rebouché.", "outcome": "favourable"}


@pytest.fixture
def letter(session, town):
    """A letter whose answer waits for the head's endorsement."""
    case = open_case(
        session, "letter", by=town.marc, at=NINE, title="Un trou", citizen=town.citizen,
        subject=town.subjects["voirie"], received_on=MONDAY,
    )  # fmt: skip
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])
    act(session, case, "take_charge", by=town.anne, at=NINE)
    act(session, case, "draft_answer", by=town.anne, at=NINE, **WRITTEN)
    act(session, case, "submit_for_endorsement", by=town.anne, at=NINE)
    return case


def declined(session, town, letter):
    act(session, letter, "decline_endorsement", by=town.denis, at=NINE, reason="Donner une date.")


def next_step(session, town) -> tuple[str, str, bool]:
    (line,) = worklist(session, town.anne, "mine", today=MONDAY).lines
    return line.next_action, line.next_step.fr if line.next_step else "", line.version is not None


@pytest.mark.parametrize(
    ("by", "action"), [("anne", "submit_for_endorsement"), ("denis", "submit_for_signature")]
)
def test_a_draft_sent_back_is_not_submitted_again_unchanged(session, town, letter, by, action):
    declined(session, town, letter)

    with pytest.raises(NeedsMissing) as refusal:
        act(session, letter, action, by=town.actors[by], at=NINE)
    assert list(refusal.value.needs) == ["draft_changed"]

    act(session, letter, "draft_answer", by=town.anne, at=NINE, **WRITTEN | {"answer": "Lundi."})
    act(session, letter, action, by=town.actors[by], at=NINE)


def test_the_officer_is_told_that_the_draft_came_back(session, town, letter):
    declined(session, town, letter)

    told = session.execute(select(Notification.staff_id, Notification.kind)).all()
    assert told == [(town.anne.id, "sent_back")]
    [notice] = notifications.unread(session, town.anne, timezone="Europe/Paris", today=MONDAY)
    assert [line.what.fr for line in notice.lines] == ["Votre projet vous est retourné, à corriger"]


def test_a_draft_sent_back_by_who_signs_is_corrected_too(session, town, letter):
    act(session, letter, "endorse", by=town.denis, at=NINE)
    act(session, letter, "decline_signature", by=town.simone, at=NINE, reason="Le nom de la rue.")

    assert next_step(session, town) == ("draft_answer", "Corriger la réponse", False)


def test_the_next_thing_to_do_with_a_draft_sent_back_is_to_correct_it(session, town, letter):
    declined(session, town, letter)
    assert next_step(session, town) == ("draft_answer", "Corriger la réponse", False)

    act(session, letter, "draft_answer", by=town.anne, at=NINE, **WRITTEN)
    assert next_step(session, town) == ("submit_for_endorsement", "Soumettre au visa", True)


def test_a_first_draft_is_written_not_corrected(session, town):
    case = open_case(
        session, "letter", by=town.marc, at=NINE, title="Un trou", citizen=town.citizen,
        subject=town.subjects["voirie"], received_on=MONDAY,
    )  # fmt: skip
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])
    act(session, case, "take_charge", by=town.anne, at=NINE)

    assert next_step(session, town)[:2] == ("draft_answer", "Rédiger la réponse")


def test_the_page_says_why_a_draft_was_sent_back_until_it_is_corrected(session, town, letter):
    def page():
        calendar = places.place(session).calendar
        return cases.page(session, letter.reference, town.anne, today=MONDAY, calendar=calendar)

    declined(session, town, letter)
    assert page().sent_back == "Donner une date."
    assert page().first.label.fr == "Corriger la réponse"

    act(session, letter, "draft_answer", by=town.anne, at=NINE, **WRITTEN)
    assert page().sent_back == ""


def test_the_author_takes_a_draft_back_from_endorsement(session, town, letter):
    assert next_step(session, town)[0] == ""  # offered on its page, not proposed in the list

    act(session, letter, "take_back_draft", by=town.anne, at=NINE + timedelta(hours=1))

    assert letter.state == "drafting"
    act(session, letter, "submit_for_endorsement", by=town.anne, at=NINE + timedelta(hours=2))


@pytest.mark.parametrize("login", ["paul", "marc", "simone", "lea"])
def test_nobody_else_takes_a_draft_back(session, town, letter, login):
    with pytest.raises(ActionNotAllowed):
        act(session, letter, "take_back_draft", by=town.actors[login], at=NINE)


def test_what_was_endorsed_is_not_taken_back(session, town, letter):
    act(session, letter, "endorse", by=town.denis, at=NINE)

    known = {one.name for one in (*allowed_actions(session, letter, town.anne), *refused_actions(session, letter, town.anne))}  # fmt: skip
    assert "take_back_draft" not in known
