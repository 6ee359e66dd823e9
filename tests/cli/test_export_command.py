"""`casetrack export`: everything leaves, but what opens a door; and a half export is seen to be one."""

import io
import json
import os
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import func, select

from casetrack.correspondence import documents, pile
from casetrack.database.tables import Case, Event, PileLine, Table
from casetrack.engine import act, open_case
from casetrack.errors import InvalidInput
from casetrack.organisation.staff import set_password
from casetrack.oversight import archive
from tests.town import MONDAY, NINE, settle

ROOT = Path(__file__).parent.parent.parent
SECRET = re.compile(r"password|secret|salt|token|session|recovery|key_hash|code_hash", re.IGNORECASE)


@pytest.fixture
def town(database, tmp_path):
    """A town with three letters, one document joined and one on the pile."""
    store = tmp_path / "data" / "documents"
    with database.session() as session:
        hall = settle(session)
        set_password(hall.staff["anne"], "une phrase courte", cheap=True)
        subject = hall.subjects["voirie"]
        for title in ("Été « brûlant »\nrue des Lilas", "Trottoir", "Lampadaire"):
            case = open_case(session, "letter", by=hall.marc, at=NINE, title=title, received_on=MONDAY,
                             citizen=hall.citizen, subject=subject)  # fmt: skip
        act(session, case, "triage", by=hall.marc, at=NINE, subject=subject.id)
        documents.attach(session, case, keep(store, b"joint"), by=hall.marc, at=NINE)
        pile.put(session, keep(store, b"pile"), by=hall.marc, at=NINE)
        session.commit()
    return hall


def keep(store: Path, content: bytes) -> documents.Kept:
    return documents.keep(store, io.BytesIO(b"%PDF-" + content), name="scan.pdf", largest=1000)


def export(database, tmp_path, *more: str) -> subprocess.CompletedProcess:
    """Run the command as an administrator does."""
    environment = os.environ | {
        "CASETRACK_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "CASETRACK_DATA_DIR": str(tmp_path / "data"),
    }
    command = [sys.executable, "-c", "from casetrack.cli import main; main()", "export"]
    command += [*more] or [str(tmp_path / "out")]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, encoding="utf-8"
    )


def rows(tmp_path, table: str) -> list[dict]:
    file = tmp_path / "out" / "tables" / f"{table}.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_everything_leaves_and_the_manifest_proves_it(database, town, tmp_path):
    done = export(database, tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    with database.reader() as session:
        for table in archive.exported():
            written = manifest["tables"][table.name]
            assert written["rows"] == session.scalar(select(func.count()).select_from(table)), table.name
            content = (tmp_path / "out" / written["file"]).read_bytes()
            assert sha256(content).hexdigest() == written["sha256"]
            assert content.count(b"\n") == written["rows"]
    assert manifest["documents"] == 2
    for file in (tmp_path / "out" / "documents").glob("*/*"):
        assert sha256(file.read_bytes()).hexdigest() == file.parent.name + file.name


def test_a_case_reads_back_as_it_was(database, town, tmp_path):
    export(database, tmp_path)

    case = rows(tmp_path, "cases")[0]
    assert case["title"] == "Été « brûlant » rue des Lilas"
    assert case["received_on"] == "2026-11-23"
    assert case["registered_at"] == "2026-11-23T08:00:00Z"
    assert isinstance(case["fields"], dict)
    with database.reader() as session:
        assert [row["hash"] for row in rows(tmp_path, "event")] == list(
            session.scalars(select(Event.hash).order_by(Event.case_id, Event.seq))
        )


def test_nothing_that_opens_a_door_leaves(database, town, tmp_path):
    export(database, tmp_path)

    people = rows(tmp_path, "staff")
    assert {person["login"] for person in people} >= {"anne", "marc"}
    written = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "out").rglob("*.jsonl"))
    assert "argon2" not in written
    assert not any(SECRET.search(name) for person in people for name in person)


def test_whatever_table_comes_no_secret_is_exported():
    leaving = [
        f"{table.name}.{column.name}"
        for table in archive.exported()
        for column in table.columns
        if SECRET.search(column.name) and column.name not in archive.HIDDEN.get(table.name, ())
    ]

    assert leaving == []


def test_what_is_left_out_exists():
    tables = Table.metadata.tables

    assert set(archive.LEFT_OUT) <= set(tables)
    for table, columns in archive.HIDDEN.items():
        assert columns <= set(tables[table].columns.keys())


def test_a_folder_that_holds_something_is_refused(database, town, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mot.txt").write_text("x", encoding="utf-8")

    refused = export(database, tmp_path)

    assert refused.returncode == 2
    assert "n'est pas vide" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["mot.txt"]
    with pytest.raises(InvalidInput, match="not_empty"):
        archive.prepare(tmp_path / "out" / "mot.txt")


def test_a_missing_or_damaged_document_is_named_and_the_rest_leaves(database, town, tmp_path):
    joined, on_the_pile = sorted((tmp_path / "data" / "documents").glob("[0-9a-f][0-9a-f]/*"))
    joined.unlink()
    on_the_pile.write_bytes(b"%PDF-altered")

    done = export(database, tmp_path)

    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    lost = sorted(file.parent.name + file.name for file in (joined, on_the_pile))
    assert (done.returncode, manifest["documents_missing"]) == (1, lost)
    assert "2 documents manquent" in done.stderr
    assert len(rows(tmp_path, "cases")) == 3


def test_an_export_that_was_stopped_has_no_manifest(database, town, tmp_path):
    archive.prepare(tmp_path / "out")

    def stop(_rows: int) -> None:
        raise KeyboardInterrupt

    with database.reader() as session, pytest.raises(KeyboardInterrupt):
        archive.write_table(session, Case.__table__, tmp_path / "out", progress=stop)

    assert not (tmp_path / "out" / "manifest.json").exists()
    assert export(database, tmp_path).returncode == 2  # and nobody goes on in it by mistake


def test_what_is_written_meanwhile_waits_for_the_next_export(database, town, tmp_path):
    archive.prepare(tmp_path / "out")
    with database.reader() as reader:
        archive.as_of_one_instant(reader)
        archive.write_table(reader, Case.__table__, tmp_path / "out")
        with database.session() as session:
            other = documents.Kept("f" * 64, "autre.pdf", documents.PDF, 10)
            pile.put(session, other, by=town.marc, at=NINE)
            session.commit()

        assert archive.write_table(reader, PileLine.__table__, tmp_path / "out").rows == 1
