"""History cannot be rewritten, and whoever does it with the triggers lifted is found."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from casetrack.database import triggers
from casetrack.database.tables import (
    AdministrationEvent,
    Case,
    CaseText,
    Event,
    Message,
    Reading,
    RungFired,
    Seal,
    Suspension,
    Timer,
)
from casetrack.engine import act, journal, open_case
from tests.town import MONDAY, NINE

EVENT = Event.__table__


@pytest.fixture
def letters(session, town) -> list[Case]:
    """Three letters, each with four lines."""
    cases = []
    for title in ("Un trou", "Un arbre", "Un banc"):
        case = open_case(
            session, "letter", by=town.marc, at=NINE, title=title, received_on=MONDAY, citizen=town.citizen,
            subject=town.subjects["voirie"], channel="post",
        )  # fmt: skip
        act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])
        act(session, case, "take_charge", by=town.anne, at=NINE)
        act(session, case, "draft_answer", by=town.anne, at=NINE, answer="Oui.", outcome="favourable")
        cases.append(case)
    return cases


@pytest.fixture
def tampering(session, letters):
    """A session in which the triggers are lifted, as a hostile administrator would."""
    session.flush()
    triggers.drop(session.connection())
    return session


def faults(session) -> list[tuple[str, int, str]]:
    return [(fault.reference, fault.seq, fault.code) for fault in journal.verify(session)]


@pytest.mark.parametrize("table", triggers.APPEND_ONLY)
@pytest.mark.parametrize("verb", ["UPDATE {} SET {}", "DELETE FROM {}"])
def test_no_program_rewrites_history(session, letters, table, verb):
    journal.seal(session, at=NINE)
    # A table without a row would let a row trigger sleep.
    session.add(RungFired(timer_id=1, rung=0, case_id=letters[0].id, seq=1, fired_at=NINE))
    session.add(Reading(case_id=letters[0].id, staff_id=1, at=NINE))
    session.add(AdministrationEvent(at=NINE, by_id=1, what="service_changed", about="Voirie", changes={}))
    session.flush()
    column = {
        "event": "action = 'x'",
        "seal": "heads = 'x'",
        "rung_fired": "seq = 9",
        "reading": "staff_id = 2",
        "workflow_version": "source = 'x'",
        "administration_event": "about = 'x'",
    }

    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(verb.format(table, column[table])))


def test_an_untouched_journal_has_no_fault(session, letters):
    assert faults(session) == []
    assert all(journal.replay(session, case) == case.state for case in letters)


@pytest.mark.parametrize(
    "change",
    [
        {"action": "close"},
        {"actor_id": 1},
        {"at": NINE + timedelta(days=1)},
        {"payload": '{"subject":2}'},
        {"effective_on": MONDAY},
        {"to_state": "closed"},
        {"on_behalf_of_id": 1},
        {"hash": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_altered_line_is_named(tampering, letters, change):
    tampering.execute(update(EVENT).where(EVENT.c.case_id == letters[1].id, EVENT.c.seq == 2).values(change))

    assert faults(tampering) == [(letters[1].reference, 2, "altered")]


def test_an_altered_line_whose_hash_was_made_again_breaks_the_next_one(tampering, letters):
    line = dict(
        tampering.execute(select(EVENT).where(EVENT.c.case_id == letters[1].id, EVENT.c.seq == 2))
        .mappings()
        .one()
    )
    before = tampering.scalar(select(EVENT.c.hash).where(EVENT.c.case_id == letters[1].id, EVENT.c.seq == 1))
    line["payload"] = '{"subject":9}'
    line["hash"] = journal.line_hash(before, line)
    tampering.execute(update(EVENT).where(EVENT.c.case_id == letters[1].id, EVENT.c.seq == 2).values(line))

    assert faults(tampering) == [(letters[1].reference, 3, "altered")]


def test_a_deleted_line_is_named(tampering, letters):
    tampering.execute(delete(EVENT).where(EVENT.c.case_id == letters[0].id, EVENT.c.seq == 3))

    assert faults(tampering) == [(letters[0].reference, 3, "missing")]


def test_a_deleted_last_line_is_named(tampering, letters):
    tampering.execute(delete(EVENT).where(EVENT.c.case_id == letters[0].id, EVENT.c.seq == 4))

    assert faults(tampering) == [(letters[0].reference, 4, "missing")]


def test_two_lines_in_the_other_order_are_named(tampering, letters):
    mine = EVENT.c.case_id == letters[2].id
    for before, after in ((2, 9), (3, 2), (9, 3)):
        tampering.execute(update(EVENT).where(mine, EVENT.c.seq == before).values(seq=after))

    assert faults(tampering) == [(letters[2].reference, 2, "altered")]


def test_an_inserted_line_is_named(tampering, letters):
    mine = EVENT.c.case_id == letters[2].id
    line = dict(tampering.execute(select(EVENT).where(mine, EVENT.c.seq == 4)).mappings().one())
    tampering.execute(update(EVENT).where(mine, EVENT.c.seq == 4).values(seq=5))
    tampering.execute(insert(EVENT).values(line))

    assert faults(tampering) == [(letters[2].reference, 5, "altered")]


def test_two_cases_cannot_exchange_their_journals(tampering, letters):
    first, second = letters[0].id, letters[1].id
    mine = EVENT.c.case_id == first
    tampering.execute(update(EVENT).where(mine).values(seq=EVENT.c.seq + 100))
    tampering.execute(update(EVENT).where(EVENT.c.case_id == second).values(case_id=first))
    tampering.execute(
        update(EVENT).where(mine, EVENT.c.seq > 100).values(case_id=second, seq=EVENT.c.seq - 100)
    )

    assert faults(tampering) == [(letters[0].reference, 1, "altered"), (letters[1].reference, 1, "altered")]


def test_a_state_that_the_journal_does_not_say_is_named(tampering, letters):
    tampering.execute(update(Case.__table__).where(Case.id == letters[0].id).values(state="closed"))

    assert faults(tampering) == [(letters[0].reference, 4, "state")]


def test_a_whole_case_that_vanished_is_named_by_the_seal(tampering, letters):
    journal.seal(tampering, at=NINE)
    gone = letters[1].id
    for table in (Message, CaseText, Suspension, Timer, Event):
        tampering.execute(delete(table.__table__).where(table.__table__.c.case_id == gone))
    tampering.execute(delete(Case.__table__).where(Case.id == gone))

    found = list(journal.verify(tampering))

    assert [(fault.case_id, fault.seq, fault.code) for fault in found] == [(gone, 4, "sealed")]
    assert "a disparu ou a été réécrit" in found[0].sentence.fr


def test_a_chain_rewritten_from_its_first_line_is_named_by_the_seal(tampering, letters):
    journal.seal(tampering, at=NINE)
    mine = EVENT.c.case_id == letters[0].id
    lines = [
        dict(row) for row in tampering.execute(select(EVENT).where(mine).order_by(EVENT.c.seq)).mappings()
    ]
    previous = ""
    for line in lines:
        line["actor_id"] = 2
        line["hash"] = previous = journal.line_hash(previous, line)
        tampering.execute(update(EVENT).where(mine, EVENT.c.seq == line["seq"]).values(line))
    tampering.execute(update(Case.__table__).where(Case.id == letters[0].id).values(last_hash=previous))

    assert [(fault.case_id, fault.code) for fault in journal.verify(tampering)] == [(letters[0].id, "sealed")]


def test_an_altered_or_missing_seal_is_named(tampering, town, letters):
    journal.seal(tampering, at=NINE)
    act(tampering, letters[0], "submit_for_endorsement", by=town.anne, at=NINE)
    journal.seal(tampering, at=NINE + timedelta(days=1))

    tampering.execute(delete(Seal.__table__).where(Seal.id == 1))

    assert [(fault.seq, fault.code) for fault in journal.verify(tampering)] == [(1, "seal")]


def test_a_day_is_sealed_once_and_only_what_grew_is_in_it(session, town, letters):
    first = journal.seal(session, at=NINE)
    again = journal.seal(session, at=NINE + timedelta(hours=3))
    act(session, letters[0], "submit_for_endorsement", by=town.anne, at=NINE)
    second = journal.seal(session, at=NINE + timedelta(days=1))
    quiet = journal.seal(session, at=NINE + timedelta(days=2))

    assert len(first.heads.splitlines()) == 3
    assert again is None
    assert second.heads.split()[:2] == [str(letters[0].id), "5"]
    assert quiet is None
    assert faults(session) == []


def test_the_journal_holds_no_text_that_a_person_typed(session, town, letters):
    lines = session.scalars(select(Event.payload)).all()
    kept = session.scalars(select(CaseText.body)).all()

    assert kept == ["Oui."] * 3
    assert not any("Oui." in line or "Petit" in line or "Un trou" in line for line in lines)
