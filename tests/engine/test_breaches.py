"""A promise that was missed stays missed, whatever is changed afterwards (invariant 4)."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from casetrack.database.tables import Case, Timer
from casetrack.engine import act, open_case, sweep
from casetrack.oversight.worklists import counts, worklist
from tests.town import MONDAY, NINE

DUE = date(2026, 12, 23)
AFTER = date(2027, 1, 4)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


@pytest.fixture
def letter(session, town) -> Case:
    """A letter due on 23 December, of which nobody has fixed the subject for good."""
    town.subjects["cada"].answer_delay = "6 months"
    town.subjects["cada"].service_id = town.services["VOI"].id
    session.flush()
    return open_case(
        session, "letter", by=town.marc, at=NINE, title="Un trou", citizen=town.citizen,
        subject=town.subjects["voirie"], received_on=MONDAY, officer=town.staff["anne"],
    )  # fmt: skip


def triaged(session, town, letter, day: date) -> None:
    act(session, letter, "triage", by=town.marc, at=at(day), subject=town.subjects["cada"])


def test_a_subject_with_more_time_does_not_move_a_promise_that_was_missed(session, town, letter):
    triaged(session, town, letter, AFTER)

    assert letter.due_on == letter.first_due_on == DUE
    (line,) = worklist(session, town.anne, "mine", today=AFTER).lines
    assert (line.group, line.due.on) == ("late", DUE)
    assert counts(session, town.anne, today=AFTER)["late"] == 1


def test_a_missed_promise_goes_on_warning_after_the_subject_was_changed(database, session, town, letter):
    triaged(session, town, letter, AFTER)
    session.commit()

    sweep(database.session, at=at(date(2027, 1, 15)))

    fired = session.scalars(select(Case.fields).where(Case.workflow == "dysfunction")).all()
    assert "answer_late" in {fields["cause"] for fields in fired}
    (timer,) = session.scalars(select(Timer).where(Timer.key == "answer", Timer.case_id == letter.id))
    assert (timer.status, timer.rung) == ("running", 6)  # the chief executive was told too


def test_before_its_day_a_promise_follows_the_subject(session, town, letter):
    triaged(session, town, letter, DUE)

    assert letter.due_on == letter.first_due_on == date(2027, 5, 23)


def test_the_day_typed_for_the_act_does_not_move_it_either(session, town, letter):
    act(
        session, letter, "triage", by=town.marc, at=at(AFTER), effective_on=MONDAY,
        subject=town.subjects["cada"],
    )  # fmt: skip

    assert letter.due_on == letter.first_due_on == DUE


def test_a_recommendation_put_off_after_its_day_still_says_what_was_first_promised(session, town):
    case = open_case(
        session, "recommendation", by=town.mila, at=NINE, title="Former", channel="internal",
        service=town.services["VOI"], recommendation="Former les agents.", answer_by=date(2026, 12, 1),
    )  # fmt: skip
    act(session, case, "accept", by=town.denis, at=at(date(2026, 11, 30)), plan="Oui.", done_by=DUE)

    act(session, case, "postpone", by=town.denis, at=at(AFTER), done_by=date(2027, 3, 1), reason="Neige.")

    assert (case.first_due_on, case.due_on) == (DUE, date(2027, 3, 1))


def test_a_question_answered_and_asked_again_keeps_the_first_day_promised(session, town):
    case = open_case(
        session, "question", by=town.mila, at=NINE, title="Pourquoi ?", channel="internal",
        service=town.services["VOI"], question="Pourquoi ?", answer_by=DUE,
    )  # fmt: skip
    act(session, case, "answer", by=town.denis, at=NINE, answer="Parce que.")

    act(session, case, "ask_again", by=town.mila, at=NINE, question="Et ?", answer_by=date(2027, 1, 8))

    assert (case.first_due_on, case.due_on) == (DUE, date(2027, 1, 8))
