"""What happens to a message stands in the journal of its case, and disturbs nobody's form."""

from datetime import timedelta

from sqlalchemy import select

from casetrack.correspondence import print_run
from casetrack.database.tables import Event, Message
from casetrack.engine import act, journal, open_case
from tests.town import NINE


def test_a_posted_letter_leaves_a_line_with_a_name_and_taking_it_back_leaves_another(session, town):
    case = open_case(
        session,
        "letter",
        by=town.marc,
        at=NINE,
        title="Un trou",
        citizen=town.citizen,
        subject=town.subjects["voirie"],
    )
    seen = case.version
    receipt = session.scalars(select(Message)).one()

    print_run.mark_posted(session, [receipt.id], by=town.marc, at=NINE)
    print_run.mark_posted(session, [receipt.id], by=town.marc, at=NINE)  # a second click
    print_run.undo_posted(session, [receipt.id], by=town.marc, at=NINE + timedelta(hours=1))

    lines = session.execute(
        select(Event.action, Event.actor_id, Event.payload).where(Event.seq > 1).order_by(Event.seq)
    ).all()
    assert lines == [
        ("message_posted", town.marc.id, '{"template":"receipt"}'),
        ("message_not_posted", town.marc.id, '{"template":"receipt"}'),
    ]
    act(session, case, "triage", by=town.marc, at=NINE, version=seen, subject=town.subjects["voirie"])
    assert list(journal.verify(session)) == []
    assert journal.replay(session, case) == "assigned"
