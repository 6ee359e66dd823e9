"""What is said before a letter is registered is what is promised when it is."""

from datetime import date, timedelta

import pytest

from casetrack.engine import foresee, open_case
from tests.town import MONDAY, NINE, settle


@pytest.fixture
def hall(session):
    """The town hall."""
    return settle(session)


@pytest.mark.parametrize("received_on", [MONDAY, date(2026, 10, 31), date(2026, 11, 20)])
@pytest.mark.parametrize("subject", ["voirie", "buvette", "merci", "cada", "social"])
@pytest.mark.parametrize("given", [{}, {"answer_delay": "10 working days"}, {"workflow": "light"}])
def test_what_is_foreseen_is_what_is_promised(session, hall, subject, received_on, given):
    about = hall.subjects[subject]
    for name, value in given.items():
        setattr(about, name, value)
    session.flush()

    foreseen = foresee(session, about, received_on=received_on, today=MONDAY)

    case = open_case(session, about.workflow, by=hall.marc, at=NINE, title="Trottoir", received_on=received_on,
                     citizen=hall.citizen, subject=about)  # fmt: skip
    assert (foreseen.due_on, foreseen.implicit_on) == (case.due_on, case.implicit_on)
    assert foreseen.silence == about.silence_mode
    assert foreseen.has_receipt


def test_nothing_is_written_by_foreseeing(session, hall):
    foresee(session, hall.subjects["voirie"], received_on=MONDAY - timedelta(days=3), today=MONDAY)

    assert not session.new
    assert not session.dirty
