"""A case about another one: a question, a recommendation; who reads it, what the two journals say."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from casetrack.database.tables import Case, CaseLink, Event, Notification
from casetrack.engine import act, allowed_actions, journal, may_read, offered, open_about, open_case, sweep
from casetrack.errors import ActionNotAllowed, InvalidFields, NotFound
from tests.town import MONDAY, NINE

FRIDAY = MONDAY + timedelta(days=4)


@pytest.fixture
def letter(session, town) -> Case:
    """A letter about the roads, that Voirie has."""
    return about_roads(session, town)


def about_roads(session, town, **given) -> Case:
    return open_case(
        session, "letter", by=town.marc, at=NINE, title="Trou dans la chaussée", citizen=town.citizen,
        subject=town.subjects["voirie"], received_on=MONDAY, **given,
    )  # fmt: skip


def ask(session, town, about, **given) -> Case:
    fields = {
        "title": "Qui a fermé la rue ?",
        "question": "Qui a décidé de fermer la rue ?",
        "answer_by": FRIDAY,
        "service": town.services["VOI"],
        "by": town.mila,
    }
    return open_about(session, about, "question", at=NINE, **(fields | given))


def days(count: int):
    return NINE + timedelta(days=count)


def notified(session, number: int) -> set[tuple[int, str]]:
    """Return who was warned of a case, and of what."""
    query = select(Notification.staff_id, Notification.kind).where(Notification.case_id == number)
    found = {(staff_id, kind) for staff_id, kind in session.execute(query)}
    session.rollback()  # the clock must be let in
    return found


def test_each_of_the_two_journals_says_that_a_question_was_put(session, town, letter):
    question = ask(session, town, letter)

    lines = session.execute(select(Event.action, Event.actor_id).where(Event.case_id == letter.id)).all()
    assert ("opened_about", town.mila.id) in lines
    assert session.scalars(select(Event.action).where(Event.case_id == question.id)).all() == ["open"]
    assert session.execute(select(CaseLink.case_id, CaseLink.other_id, CaseLink.kind)).one() == (
        question.id,
        letter.id,
        "about",
    )
    assert list(journal.verify(session)) == []


def test_a_question_does_not_disturb_whoever_holds_a_form_of_the_letter(session, town, letter):
    seen = letter.version

    ask(session, town, letter)

    act(session, letter, "triage", by=town.marc, at=NINE, version=seen, subject=town.subjects["voirie"].id)


def test_the_journal_of_the_letter_holds_neither_the_number_nor_the_words_of_the_question(
    session, town, letter
):
    question = ask(session, town, letter)

    written = session.scalar(
        select(Event.payload).where(Event.case_id == letter.id, Event.action == "opened_about")
    )
    assert question.reference not in written
    assert "fermé" not in written


@pytest.mark.parametrize("who", ["marc", "anne", "denis", "gilles", "aline", "simone", "lea", "stranger"])
def test_only_the_mediator_and_the_evaluation_unit_put_questions(session, town, letter, who):
    with pytest.raises((ActionNotAllowed, NotFound)):
        ask(session, town, letter, by=getattr(town, who))
    assert "question" not in {known.key for known in offered(session, getattr(town, who))}


def test_the_mediator_is_offered_what_may_be_opened(session, town):
    assert {"question"} <= {known.key for known in offered(session, town.mila)}


def test_a_question_says_everything_that_it_lacks_and_leaves_nothing(session, town, letter):
    before = session.scalar(select(func.count()).select_from(Case))

    with pytest.raises(InvalidFields) as refusal:
        ask(session, town, letter, title=" ", question="", answer_by=MONDAY - timedelta(days=1), service=None)

    assert set(refusal.value.faults) == {"title", "question", "answer_by", "service"}
    assert session.scalar(select(func.count()).select_from(Case)) == before


def test_the_service_is_warned_before_and_its_director_after(session, town, letter, database):
    number = ask(session, town, letter, answer_by=MONDAY + timedelta(days=14)).id
    session.commit()
    assert notified(session, number) == {(town.denis.id, "asked")}

    sweep(database.session, at=days(10))
    assert notified(session, number) == {(town.denis.id, "asked"), (town.denis.id, "answer:-3 working days")}
    sweep(database.session, at=days(30))
    told = notified(session, number)
    assert {(town.denis.id, "answer:breach"), (town.mila.id, "answer:breach")} <= told
    assert (town.diane.id, "answer:+3 working days") in told


def test_an_answer_in_time_is_closed_by_whoever_asked(session, town, letter):
    question = ask(session, town, letter)

    act(session, question, "answer", by=town.anne, at=days(2), answer="Le chef de chantier.")
    act(session, question, "close", by=town.mila, at=days(3), outcome="answered")

    assert (question.state, question.outcome) == ("closed", "answered")
    assert question.answered_on == MONDAY + timedelta(days=2)


def test_a_late_answer_asked_again_is_owed_again_and_late_for_good(session, town, letter):
    question = ask(session, town, letter)
    act(session, question, "answer", by=town.anne, at=days(7), answer="Nous cherchons.")
    assert question.answered_on > question.due_on

    act(session, question, "ask_again", by=town.mila, at=days(8), question="Et alors ?", answer_by=days(15).date())  # fmt: skip

    assert (question.state, question.answered_on) == ("asked", None)
    assert question.due_on == days(15).date()
    assert (question.first_due_on, question.first_answered_on) == (FRIDAY, days(7).date())
    act(session, question, "answer", by=town.denis, at=days(10), answer="Le voici.")
    assert question.answered_on == days(10).date()
    assert (question.first_due_on, question.first_answered_on) == (FRIDAY, days(7).date())


@pytest.mark.parametrize("who", ["mila", "eva", "marc", "lea", "simone", "stranger"])
def test_a_stranger_to_the_service_does_not_answer(session, town, letter, who):
    question = ask(session, town, letter)

    assert "answer" not in {one.name for one in allowed_actions(session, question, getattr(town, who))}


# ---- Confidential cases ---------------------------------------------------------------------------


def test_a_question_about_a_restricted_letter_is_restricted_and_its_service_reads_it(session, town):
    letter = about_roads(session, town, confidentiality=1)
    question = ask(session, town, letter, service=town.services["PRO"])

    readers = {login for login, actor in town.actors.items() if may_read(session, question, actor)}
    assert question.confidentiality == 1
    # Its heads, who signs for it, the mediator.
    assert readers == {"rose", "diane", "gilles", "mila", "simone"}
    assert not may_read(session, letter, town.rose)


def test_a_question_about_a_sealed_letter_is_put_to_a_person(session, town):
    letter = about_roads(session, town, confidentiality=2, readers=[town.lea.id])
    with pytest.raises(InvalidFields) as refusal:
        ask(session, town, letter)
    assert set(refusal.value.faults) == {"officer"}

    question = ask(session, town, letter, officer=town.staff["paul"])

    assert {login for login, actor in town.actors.items() if may_read(session, question, actor)} == {
        "paul",
        "mila",
    }
    assert not may_read(session, letter, town.paul)
    act(session, question, "answer", by=town.paul, at=NINE, answer="Voici.")


def test_whoever_asks_reads_what_they_asked(session, town):
    letter = about_roads(session, town, confidentiality=2, readers=[town.eva.id])

    question = ask(session, town, letter, by=town.eva, officer=town.staff["paul"])

    assert may_read(session, question, town.eva)


def test_nobody_asks_about_a_case_that_they_may_not_read(session, town):
    letter = about_roads(session, town, confidentiality=1)

    with pytest.raises(NotFound):
        ask(session, town, letter, by=town.eva)


def test_a_dysfunction_is_not_grouped_with_a_question(session, town, letter):
    found = open_case(session, "dysfunction", by=town.eva, at=NINE, title="Retard", cause="tool")
    question = ask(session, town, letter)

    with pytest.raises(InvalidFields) as refusal:
        act(session, found, "group", by=town.eva, at=NINE, original=question.id, outcome="same_cause")

    assert set(refusal.value.faults) == {"original"}


# ---- Recommendations ------------------------------------------------------------------------------


def test_each_day_that_a_service_promises_is_the_one_that_the_lists_show(session, town, letter):
    fields = {"recommendation": "Un panneau avant chaque fermeture.", "answer_by": days(10).date()}
    advice = open_about(
        session, letter, "recommendation", by=town.mila, at=NINE, title="Prévenir des fermetures",
        service=town.services["VOI"], **fields,
    )  # fmt: skip
    assert (advice.due_on, advice.answered_on) == (days(10).date(), None)

    act(session, advice, "accept", by=town.denis, at=days(12), plan="Un modèle.", done_by=days(40).date())
    assert (advice.due_on, advice.answered_on) == (days(40).date(), None)
    act(session, advice, "postpone", by=town.denis, at=days(30), reason="Imprimeur.", done_by=days(60).date())
    assert (advice.due_on, advice.answered_on) == (days(60).date(), None)
    act(session, advice, "declare_done", by=town.denis, at=days(50), evidence="Modèle joint.")
    assert (advice.due_on, advice.answered_on) == (days(60).date(), days(50).date())
    act(session, advice, "find_not_done", by=town.mila, at=days(55), reason="Pas rue Haute.", done_by=days(70).date())  # fmt: skip
    assert (advice.due_on, advice.answered_on) == (days(70).date(), None)
    act(session, advice, "declare_done", by=town.denis, at=days(75), evidence="Partout.")
    act(session, advice, "close", by=town.mila, at=days(80), outcome="done", finding="Vu sur place.")
    assert (advice.state, advice.outcome) == ("closed", "done")


def test_a_refusal_is_answered_by_the_mediator_not_by_the_clock(session, town, letter):
    advice = open_about(
        session, letter, "recommendation", by=town.mila, at=NINE, title="Prévenir",
        recommendation="Un panneau.", answer_by=FRIDAY, service=town.services["VOI"],
    )  # fmt: skip

    act(session, advice, "decline", by=town.denis, at=days(1), reasons="Trop cher.")
    act(session, advice, "insist", by=town.mila, at=days(2), reason="Non.", answer_by=days(20).date())
    assert (advice.state, advice.due_on, advice.answered_on) == ("issued", days(20).date(), None)
    act(session, advice, "decline", by=town.diane, at=days(3), reasons="Toujours trop cher.")
    act(session, advice, "take_note", by=town.mila, at=days(4), outcome="disputed")

    assert (advice.state, advice.outcome) == ("closed", "disputed")
