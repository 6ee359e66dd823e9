"""Three cities' own files, taken over with the mappings that come with Casetrack.

The files are not ours to hand out: without them beside the project nothing is collected here.
"""

import csv
import gzip
from collections import Counter
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import func, select

from casetrack.correspondence.csv_mapping import MAPPINGS
from casetrack.database.tables import Case, Event, Message, Service, Subject
from casetrack.deadlines.words import WEEKDAYS
from casetrack.engine import sweep
from tests.correspondence.imports import AT, assert_sound, outcomes, take_over

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = {
    "sf311": DATA / "sf311" / "requests.csv.gz",
    "montreal311": DATA / "montreal311" / "requetes-2022-2023.csv.gz",
    "paris-dansmarue": DATA / "paris-dansmarue" / "anomalies.csv.gz",
}
__test__ = all(file.is_file() for file in FILES.values())

CLOSED_BEFORE_CREATED = 17


@pytest.fixture
def settled(session, town):
    """The town, committed: an import opens sessions of its own."""
    session.commit()
    return town


def rows(name: str) -> list[dict[str, str]]:
    with gzip.open(FILES[name], "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def part(name: str, folder: Path, count: int) -> Path:
    """Cut the first rows of a city's file."""
    path = folder / f"{name}.csv"
    with gzip.open(FILES[name], "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        with path.open("w", encoding="utf-8", newline="") as written:
            csv.writer(written).writerows(islice(reader, count + 1))
    return path


@pytest.mark.parametrize("name", FILES)
def test_the_first_rows_of_a_city_are_taken_over_on_both_databases(name, database, settled, tmp_path):
    file = part(name, tmp_path, 600)

    first = take_over(database, file, MAPPINGS / f"{name}.toml", settled.aline)
    second = take_over(database, file, MAPPINGS / f"{name}.toml", settled.aline)

    letters = outcomes(first)["opened"]
    assert letters > 590
    assert {one.code for one in first if one.outcome == "rejected"} <= {
        "answered_before_received",
        "unwanted",
    }
    assert outcomes(second) == outcomes(first) - Counter(opened=letters) + Counter(duplicate=letters)
    assert_sound(database, letters)


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_ten_thousand_requests_of_san_francisco(database, session, settled):
    source = {row["unique_key"]: row for row in rows("sf311")}

    done = take_over(database, FILES["sf311"], MAPPINGS / "sf311.toml", settled.aline)

    assert outcomes(done) == {"opened": 10_000 - CLOSED_BEFORE_CREATED, "rejected": CLOSED_BEFORE_CREATED}
    rejected = [one for one in done if one.outcome == "rejected"]
    assert {one.code for one in rejected} == {"answered_before_received"}
    assert all(
        source[one.external_id]["closed_date"] < source[one.external_id]["created_date"] for one in rejected
    )
    for case in session.scalars(select(Case)):
        row = source[case.external_id]
        assert case.received_on == date.fromisoformat(row["created_date"][:10])
        assert case.closed_on == (date.fromisoformat(row["closed_date"][:10]) if row["closed_date"] else None)
    session.rollback()
    assert_closed_by_a_person(session, settled.aline.id)
    assert_sound(database, 10_000 - CLOSED_BEFORE_CREATED)

    again = take_over(database, FILES["sf311"], MAPPINGS / "sf311.toml", settled.aline)
    assert outcomes(again) == {"duplicate": 10_000 - CLOSED_BEFORE_CREATED, "rejected": CLOSED_BEFORE_CREATED}
    assert_swept(database, session)


def assert_closed_by_a_person(session, importer: int) -> None:
    """Every end is the importer's act, with the day of the answer beside that of the recording."""
    acts = session.execute(
        select(
            Event.actor_id, Event.at, Event.effective_on, Case.closed_on, Case.closed_by_id, Case.answered_on
        )
        .join(Case, Case.id == Event.case_id)
        .where(Event.ends)
    ).all()
    session.rollback()
    assert len(acts) == 9_613
    assert {(actor, closed_by) for actor, _, _, _, closed_by, _ in acts} == {(importer, importer)}
    assert all(at == AT and on == closed == answered for _, at, on, closed, _, answered in acts)


def assert_swept(database, session) -> None:
    """The letters left open warn, and their breaches are opened; the answered ones stay still; nothing is sent."""
    result = sweep(database.session, at=AT + timedelta(minutes=1))
    while result.truncated:
        assert result.skipped == 0
        result = sweep(database.session, at=AT + timedelta(minutes=1))
    stays_open = Case.closed_seq.is_(None) & (Case.workflow == "letter")
    assert session.scalar(select(func.count()).where(stays_open)) == 370
    assert session.scalar(select(func.count()).where(stays_open, Case.implicit_born_on.is_(None))) == 0
    assert session.scalar(select(func.count()).where(Case.closed_seq.is_not(None), Case.last_seq > 2)) == 0
    assert session.scalar(select(func.count()).where(Case.workflow == "dysfunction")) == 3 * 370
    assert session.scalar(select(func.count()).select_from(Message)) == 0
    session.rollback()
    assert_sound(database, 10_000 - CLOSED_BEFORE_CREATED)


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_two_years_of_a_borough_of_montreal(database, session, settled):
    source = {row["no"]: row for row in rows("montreal311")}

    done = take_over(database, FILES["montreal311"], MAPPINGS / "montreal311.toml", settled.aline)

    unwanted = sum(row["statut"] in ("Annulée", "Supprimée") for row in source.values())
    assert outcomes(done) == {"opened": len(source) - unwanted, "rejected": unwanted}
    assert len(source) == 52_388
    for case in session.execute(
        select(Case.external_id, Case.received_on, Case.channel, Case.fields, Case.closed_on)
    ):
        row = source[case.external_id]
        assert case.received_on.strftime("%Y-%m") == row["mois"]
        assert case.received_on.day <= 7
        assert WEEKDAYS[case.received_on.weekday()].fr == row["jour_semaine"].lower()
        assert (case.fields["nature"] == "complaint") is (row["nature"] == "Plainte")
        assert (case.channel == "email") is row["provenances"].startswith("Courriel")
        assert case.closed_on is None  # the source has no date of answer, so nothing is closed
    session.rollback()
    assert sum(one.letter.is_answered_some_day for one in done if one.letter) == 50_609 + 1_220
    assert_sound(database, len(source) - unwanted)


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_eight_thousand_reports_of_paris(database, session, settled):
    source = rows("paris-dansmarue")

    done = take_over(database, FILES["paris-dansmarue"], MAPPINGS / "paris-dansmarue.toml", settled.aline)

    assert outcomes(done) == {"opened": 8_135}
    made = select(func.count()).where(Service.code.startswith("PARIS-DANSMARUE-"))
    assert session.scalar(made) == len({row["intervenant"] for row in source})
    assert session.scalar(select(func.count()).where(Subject.code.startswith("paris-dansmarue-"))) == 10
    session.rollback()
    assert_sound(database, 8_135)
