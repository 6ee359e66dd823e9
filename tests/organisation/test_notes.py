"""Notes between colleagues."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from casetrack.database.tables import Absence, CaseText, Event, Message, Notification
from casetrack.engine import journal, open_case
from casetrack.errors import InvalidFields, NotFound
from casetrack.organisation import notes
from casetrack.oversight import notifications, search, search_index
from tests.town import MONDAY, NINE


@pytest.fixture
def case(session, town):
    """A letter of the road service."""
    return open_case(session, "letter", by=town.marc, at=NINE, title="Trou", received_on=MONDAY, channel="email",
                     citizen=town.citizen, subject=town.subjects["voirie"])  # fmt: skip


@pytest.fixture
def note(session, town, case):
    """Write a note on the letter as somebody; return its number."""

    def written(text: str, by=None, at=NINE) -> int:
        return notes.add(session, case, text, by=by or town.anne, at=at, on=MONDAY)

    return written


def told(session, seq: int) -> list[int]:
    query = select(Notification.staff_id).where(Notification.seq == seq, Notification.kind == "note")
    return sorted(session.scalars(query))


def test_its_words_are_beside_the_journal_and_never_in_it(session, town, case, note):
    seq = note("M. Dubosc a téléphoné.\r\nRappeler. @denis")

    line = session.get_one(Event, (case.id, seq))
    assert (line.action, json.loads(line.payload)) == ("note_added", {"told": [town.denis.id]})
    assert (
        session.get_one(CaseText, (case.id, seq, "note")).body == "M. Dubosc a téléphoné.\nRappeler. @denis"
    )
    assert list(journal.verify(session)) == []


def test_it_reaches_no_citizen_and_disturbs_nobody(session, case, note):
    before, letters = case.version, len(session.scalars(select(Message)).all())

    note("Rien à dire")
    session.refresh(case)

    assert case.version == before
    assert len(session.scalars(select(Message)).all()) == letters


@pytest.mark.parametrize("name", ["Denis", "denis", "DÉNIS", "Denis.Delmas", "delmas", "DenisDelmas"])
def test_a_colleague_is_named_as_a_hurried_person_types(session, town, note, name):
    assert told(session, note(f"Qu'en pensez-vous, @{name}?")) == [town.denis.id]


def test_each_colleague_is_told_once_and_nobody_of_themselves(session, town, note):
    assert told(session, note("@denis @Denis @paul @anne")) == sorted([town.denis.id, town.paul.id])


def test_who_replaces_somebody_away_is_told_with_them(session, town, note):
    session.add(
        Absence(staff_id=town.denis.id, starts_on=MONDAY, ends_on=MONDAY, replaced_by_id=town.paul.id)
    )
    session.flush()

    assert told(session, note("@denis")) == sorted([town.denis.id, town.paul.id])
    assert told(session, note("@denis", by=town.paul)) == [town.denis.id]


def test_an_address_is_no_name(session, note):
    assert told(session, note("voir nadia@denis.fr, 3@ la pièce, @ 12 h")) == []


def test_two_colleagues_of_one_name_are_told_apart_by_their_logins(session, town, note):
    town.staff["paul"].given_name = "Denis"
    session.flush()

    with pytest.raises(InvalidFields) as refused:
        note("@denis")

    assert "@denis, @paul" in refused.value.faults["note"].fr
    # One of them cannot read the case: the other is meant.
    town.staff["paul"].given_name, town.staff["lea"].given_name = "Paul", "Denis"
    session.flush()
    assert told(session, note("@denis")) == [town.denis.id]


def test_who_may_not_read_the_case_is_not_told_and_nothing_is_written(session, town, case, note):
    case.confidentiality = 2
    case.officer_id = town.anne.id
    session.flush()
    before = len(session.scalars(select(Event)).all())

    with pytest.raises(InvalidFields) as refused:
        note("@paul, regarde")

    assert refused.value.faults["note"].fr.startswith("Paul Perrin ne peut pas lire ce dossier")
    assert len(session.scalars(select(Event)).all()) == before
    with pytest.raises(NotFound):
        note("Moi aussi", by=town.paul)


def test_a_note_too_long_or_telling_a_crowd_is_refused(note):
    with pytest.raises(InvalidFields):
        note("a" * 10_001)
    with pytest.raises(InvalidFields):
        note(" ".join(f"@personne{letter}" for letter in "abcdefghijk"))


def test_the_notice_says_what_it_is_and_is_no_escalation(session, town, note):
    note("@denis")

    (notice,) = notifications.unread(session, town.denis, timezone="Europe/Paris", today=MONDAY)

    (line,) = notice.lines
    assert (line.what.fr, line.tone) == ("Une note interne vous est adressée", "calm")


def test_its_words_are_found_by_who_may_read_the_case(session, town, case, note):
    note("mât d'éclairage à déplacer", at=NINE + timedelta(minutes=5))
    search_index.index_case(session, case)

    assert found(session, town.anne) == [case.reference]
    assert found(session, town.lea) == []


def found(session, actor) -> list[str]:
    hits = search.every(session, actor, "éclairages", search.Filters(), today=MONDAY)
    return [hit.reference for hit in hits]
