"""Clearing: what nobody wants leaves after some days, and nothing that anybody wants ever does."""

import io
import os
from datetime import UTC, datetime, timedelta

import pytest

from casetrack.correspondence import clearing, documents, pile, thumbnails
from casetrack.engine import open_case
from tests.town import MONDAY, NINE, settle

LATER = NINE + clearing.KEPT_FOR + timedelta(hours=1)


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    return tmp_path / "documents"


@pytest.fixture
def hall(database):
    """The town hall, with its people."""
    with database.session() as session:
        town = settle(session)
        session.commit()
        return town


def keep(store, name: str, at: datetime = NINE) -> documents.Kept:
    """Keep a content of its own, as it was kept at that instant."""
    kept = documents.keep(store, io.BytesIO(b"%PDF-" + name.encode()), name=f"{name}.pdf", largest=1000)
    touch(documents.path_of(store, kept.sha256), at)
    return kept


def touch(file, at: datetime) -> None:
    os.utime(file, (at.timestamp(), at.timestamp()))


def clear(database, store, at: datetime = LATER, part: int | None = None) -> int:
    return clearing.clear(database.session, store, at=at, part=part)


def is_there(store, kept) -> bool:
    return documents.path_of(store, kept.sha256).exists()


def put(database, hall, kept) -> int:
    with database.session() as session:
        pile.put(session, kept, by=hall.marc, at=NINE)
        session.commit()
        return pile.read(session, hall.marc, at=NINE).waiting[-1].line.id


def decide(database, hall, number: int, how) -> None:
    with database.session() as session:
        how(session, number, by=hall.marc, at=NINE)
        session.commit()


def test_what_a_form_left_behind_leaves_after_a_week_with_its_thumbnail(database, store):
    kept = keep(store, "oublie")
    picture = thumbnails.path_of(store, kept.sha256)
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"picture")

    assert clear(database, store, at=NINE + clearing.KEPT_FOR) == 0
    assert clear(database, store) == 1

    assert not is_there(store, kept)
    assert not picture.exists()


def test_what_a_case_or_the_pile_needs_stays_for_ever(database, hall, store):
    joined, waiting, aside, lost = (keep(store, name) for name in ("joint", "pile", "cote", "perdu"))
    with database.session() as session:
        case = open_case(session, "letter", by=hall.marc, at=NINE, title="Trottoir", received_on=MONDAY,
                         citizen=hall.citizen.id, subject=hall.subjects["voirie"].id)  # fmt: skip
        documents.attach(session, case, joined, by=hall.marc, at=NINE)
        session.commit()
    put(database, hall, waiting)
    decide(database, hall, put(database, hall, aside), pile.set_aside)

    assert clear(database, store, at=NINE + timedelta(days=4000)) == 1

    assert [is_there(store, kept) for kept in (joined, waiting, aside, lost)] == [True, True, True, False]


def test_a_scan_removed_from_the_pile_can_be_put_back_for_a_week(database, hall, store):
    removed = keep(store, "publicite")
    decide(database, hall, put(database, hall, removed), pile.remove)

    clear(database, store, at=NINE + clearing.KEPT_FOR)
    assert is_there(store, removed)
    clear(database, store)

    assert not is_there(store, removed)


def test_a_content_that_comes_again_begins_a_new_week(database, store):
    kept = keep(store, "encore")
    documents.keep(store, io.BytesIO(b"%PDF-encore"), name="encore.pdf", largest=1000)

    assert clear(database, store, at=datetime.now(UTC) + timedelta(days=6)) == 0
    assert is_there(store, kept)


def test_a_form_sent_while_its_document_is_being_cleared_keeps_it(database, hall, store, monkeypatch):
    kept = keep(store, "limite")
    asked = []

    def wanted(session, digests):
        # Between the two questions somebody registers the letter.
        asked.append(digests)
        return set() if len(asked) == 1 else digests

    monkeypatch.setattr(clearing, "wanted", wanted)

    assert clear(database, store) == 0
    assert is_there(store, kept)


def test_what_a_killed_run_was_taking_out_comes_back(database, store):
    kept, arriving = keep(store, "sorti"), store / "arriving" / "moitie"
    leaving = store / "leaving"
    leaving.mkdir()
    documents.path_of(store, kept.sha256).rename(leaving / kept.sha256)
    arriving.write_bytes(b"%PDF-")

    assert clear(database, store, at=NINE + timedelta(days=1)) == 0

    assert is_there(store, kept)
    assert list(leaving.iterdir()) == []
    assert arriving.exists()


def test_what_never_finished_arriving_is_dropped(database, store):
    keep(store, "autre", at=LATER)
    half = store / "arriving" / "moitie"
    half.write_bytes(b"%PDF-")
    touch(half, NINE)

    clear(database, store)

    assert not half.exists()


def test_each_hour_reads_its_part_and_a_day_reads_the_whole(database, store):
    kept = keep(store, "heure")
    its_own = int(kept.sha256[:2], 16) % clearing.PARTS

    assert [clear(database, store, part=part) for part in range(24) if part != its_own] == [0] * 23
    assert clear(database, store, part=its_own) == 1


def test_a_town_without_documents_has_nothing_to_clear(database, store):
    assert clear(database, store) == 0
    assert not store.exists()
