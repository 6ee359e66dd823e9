"""What the form of registration offers: subjects, people by service, the pile of the day."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from casetrack.correspondence import documents, pile
from casetrack.correspondence.documents import Kept
from casetrack.database.tables import PileLine
from casetrack.deadlines import Calendar
from casetrack.engine import open_case
from casetrack.oversight.front_desk import desk
from tests.town import MONDAY, NINE, settle


@pytest.fixture
def hall(session):
    """The town hall."""
    return settle(session)


def test_the_subjects_come_by_label_and_the_people_by_service(session, hall):
    hall.subjects["merci"].is_active = False
    hall.subjects["social"].label_en = "Social assistance"

    offered = desk(session, Calendar(), at=NINE)

    labels = ["Accès aux documents", "Aide sociale", "Buvette", "Voirie, trottoirs"]
    assert [label.fr for _number, label in offered.subjects] == labels
    assert offered.subjects[1][1].en == "Social assistance"
    assert offered.subjects[3][0] == hall.subjects["voirie"].id
    assert ("Propreté", [(hall.lea.id, "Léa Lambert"), (hall.rose.id, "Rose Rolland")]) in offered.officers


def test_the_pile_is_counted_for_the_day_alone(session, hall):
    for name in "1234":
        pile.put(session, Kept(name * 64, f"{name}.pdf", documents.PDF, 10), by=hall.marc, at=NINE)
    first, second, _third, fourth = session.scalars(select(PileLine.id).order_by(PileLine.id))
    case = open_case(session, "letter", by=hall.marc, at=NINE, title="Trottoir", received_on=MONDAY,
                     citizen=hall.citizen, subject=hall.subjects["voirie"])  # fmt: skip
    pile.mark_registered(session, first, case, by=hall.marc, at=NINE - timedelta(days=1))
    pile.mark_registered(session, second, case, by=hall.marc, at=NINE)
    pile.set_aside(session, fourth, by=hall.marc, at=NINE)

    day = desk(session, Calendar(), at=NINE)

    assert (day.done, day.left, day.total) == (1, 1, 2)
