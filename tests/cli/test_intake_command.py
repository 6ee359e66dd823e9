"""`casetrack intake csv`: interrupted, killed, or run twice at once, nothing is lost and nothing is there twice."""

import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from casetrack.cli import casetrack
from casetrack.database.tables import Case, StaffRole
from casetrack.errors import CaseTrackError
from tests.correspondence.imports import MAPPING, assert_sound, row, write

MANY = 1_500
PROGRAM = [sys.executable, "-c", "from casetrack.cli import main; main()", "intake", "csv"]
CREATING = MAPPING.replace('values = { "Voirie" = "VOI" }', "create = true").replace(
    'values = { "Voirie" = "voirie", "Social" = "social" }', "create = true"
)


@pytest.fixture
def settled(session, town):
    """The town, committed: the command opens a session of its own."""
    session.commit()
    return town


@pytest.fixture
def run(database_url, settled, tmp_path, monkeypatch):
    """Run the command in this process, in a folder of its own."""
    monkeypatch.setenv("CASETRACK_DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)

    def running(*rows: str, options: tuple[str, ...] = (), mapping: str = MAPPING):
        file, mapping_file = write(tmp_path, *rows, mapping=mapping)
        command = ["intake", "csv", str(file), "--map", str(mapping_file), *options]
        return CliRunner().invoke(casetrack, command)

    return running


@pytest.fixture
def start(database_url, settled, tmp_path):
    """Start the command in a process of its own, on a file of many letters."""
    file, mapping = write(tmp_path, *many(), mapping=CREATING)
    environment = {**os.environ, "CASETRACK_DATABASE_URL": database_url}
    started = []

    def starting(*options: str) -> subprocess.Popen:
        command = [*PROGRAM, str(file), "--map", str(mapping), "--json", *options]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield starting
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def many() -> list[str]:
    """Return rows with services and subjects to make, a third of them answered, one in a hundred without date."""
    return [
        row(n, recu="" if n % 100 == 99 else "2026-03-02", clos="2026-03-20" if n % 3 == 0 else "",
            motif=f"Motif {n % 7}", service=f"Service {n % 11}")
        for n in range(MANY)
    ]  # fmt: skip


def first_lines(process: subprocess.Popen, count: int) -> list[dict]:
    return [json.loads(process.stdout.readline()) for _ in range(count)]


def finish(process: subprocess.Popen) -> list[dict]:
    """Wait for a run that ends well; return what it said of each row, then its summary."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return [json.loads(line) for line in out.splitlines()]


def read_screen(screen: int) -> bytes:
    """Return what was written to a terminal since, nothing once the program has left."""
    try:
        return os.read(screen, 65_536)
    except OSError:
        return b""


GOOD = MANY - MANY // 100


def test_the_summary_is_what_a_clerk_wants_to_know(run, tmp_path):
    result = run(row(1), row(2, clos="2026-11-10"), row(3, recu=""), row(1))

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "2 courriers enregistrés, sans rien envoyer aux usagers",
        "  dont 1 déjà répondu, clos au nom de Aline Aubert",
        "1 courrier déjà enregistré, inchangé",
        "1 ligne refusée, avec son motif, dans appels.rejets.csv",
    ]


def test_a_second_run_says_that_nothing_is_new(run):
    run(row(1), row(2))

    assert run(row(1), row(2)).stdout.splitlines() == [
        "Rien de nouveau\u00a0: tous les courriers du fichier étaient déjà enregistrés.",
        "2 courriers déjà enregistrés, inchangés",
    ]


def test_the_summary_says_that_the_exact_day_is_not_known(run):
    mapping = MAPPING.replace('column = "recu"', 'month = "recu"\nweekday = "objet"')

    assert (
        "le premier jour de ce nom dans le mois"
        in run(row(recu="2022-01", objet="lundi"), mapping=mapping).stdout
    )


def test_programs_get_one_object_a_row_then_the_counts(run):
    result = run(row(1), row(2, recu=""), row(1), options=("--json",))

    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"line": 2, "outcome": "opened", "external_id": "1", "reference": "2026-A-000001"},
        {
            "line": 3, "outcome": "rejected", "external_id": "2", "code": "missing_date",
            "reason": "pas de date de réception\u00a0: les délais partiraient de rien.",
        },
        {"line": 4, "outcome": "duplicate", "external_id": "1", "reference": "2026-A-000001"},
        {
            "outcome": "summary", "complete": True, "read": 3, "opened": 1, "answered": 0, "undated": 0, "duplicate": 1,
            "rejected": 1, "rejects": "appels.rejets.csv",
        },
    ]  # fmt: skip


def test_rejects_are_corrected_in_a_spreadsheet_and_imported_again(run, tmp_path):
    run(
        row(1),
        row(2, recu="", objet='"Nid, de poule"'),
        row(3, canal="Pigeon"),
        options=("--rejects", "refus.csv"),
    )
    written = (tmp_path / "refus.csv").read_text(encoding="utf-8-sig")
    header, first, second = csv.reader(io.StringIO(written))

    assert header[:4] == ["rejet_ligne", "rejet_code", "rejet_motif", "numero"]
    assert first[:4] == ["3", "missing_date", first[2], "2"]
    assert second[:4] == ["4", "unknown_value", second[2], "3"]

    (tmp_path / "refus.csv").write_text(written.replace("Pigeon", "Guichet"), encoding="utf-8-sig")
    command = ["intake", "csv", "refus.csv", "--map", "standard.toml"]
    assert "1 courrier enregistré" in CliRunner().invoke(casetrack, command).stdout


def test_no_reject_leaves_no_file_of_rejects(run, tmp_path):
    run(row(1, recu=""))
    assert (tmp_path / "appels.rejets.csv").exists()

    run(row(1))
    assert not (tmp_path / "appels.rejets.csv").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--rejects", "appels.csv"), "ne peut pas être le fichier importé"),
        (("--rejects", "nulle/part.csv"), "ne peut pas être écrit"),
        (("--as", "marc"), "Marc Morel n'a pas ce rôle"),
        (("--as", "personne"), "Aucun compte"),
    ],
)
def test_a_command_that_cannot_run_says_why_and_touches_nothing(run, session, tmp_path, options, says):
    result = run(row(1), options=options)

    assert isinstance(result.exception, CaseTrackError)
    assert says in result.exception.sentence.fr
    assert session.scalar(select(func.count()).select_from(Case)) == 0
    assert (tmp_path / "appels.csv").read_text(encoding="utf-8").count("\n") == 2


def test_with_two_administrators_it_asks_in_whose_name(run, session, settled):
    session.add(StaffRole(staff_id=settled.gilles.id, role="administrator"))
    session.commit()

    assert "aline, gilles" in run(row(1)).exception.sentence.fr
    assert run(row(1), options=("--as", "gilles")).exit_code == 0


def test_killed_half_way_and_run_again_nothing_is_lost_and_nothing_is_there_twice(start, database):
    first = start()
    said = first_lines(first, 300)
    first.send_signal(signal.SIGKILL)
    first.communicate()

    with database.reader() as session:
        kept = dict(session.execute(select(Case.external_id, Case.reference)).all())
    assert 290 < len(kept) < GOOD
    *again, summary = finish(start())

    # What was announced was committed; what was committed is found again under the same number.
    assert {
        one["external_id"]: one["reference"] for one in said if "reference" in one
    }.items() <= kept.items()
    assert {one["external_id"]: one["reference"] for one in again if one["outcome"] == "duplicate"} == kept
    assert (summary["opened"], summary["duplicate"]) == (GOOD - len(kept), len(kept))
    assert_sound(database, GOOD)


def test_control_c_finishes_the_batch_and_says_what_to_do(start, database):
    process = start()
    first_lines(process, 200)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)

    summary = json.loads(out.splitlines()[-1])
    assert process.returncode == 130
    assert "relancez la même commande" in err
    assert "Traceback" not in err
    assert not summary["complete"]
    assert summary["read"] < MANY
    assert summary["read"] % 100 == 0
    assert finish(start())[-1]["duplicate"] == summary["opened"]
    assert_sound(database, GOOD)


def test_two_imports_of_one_file_at_once_register_each_letter_once(start, database):
    both = [start(), start("--rejects", "autre.csv")]

    ends = [finish(process)[-1] for process in both]

    assert sum(end["opened"] for end in ends) == GOOD
    assert sum(end["duplicate"] for end in ends) == GOOD
    assert {end["rejected"] for end in ends} == {MANY // 100}
    assert_sound(database, GOOD)


def test_on_a_terminal_a_bar_moves_and_the_summary_stays(database_url, settled, tmp_path):
    file, mapping = write(tmp_path, *(row(n) for n in range(300)))
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, str(file), "--map", str(mapping)], cwd=tmp_path, stdout=subprocess.PIPE, stderr=terminal, text=True,
        env={**os.environ, "CASETRACK_DATABASE_URL": database_url, "TERM": "xterm", "COLUMNS": "120"},
    )  # fmt: skip
    os.close(terminal)
    shown = b"".join(iter(lambda: read_screen(screen), b"")).decode(errors="replace")
    os.close(screen)
    summary, _ = process.communicate(timeout=60)

    assert "100%" in shown
    assert summary.startswith("300 courriers enregistrés")


def test_a_faulty_mapping_is_told_in_french_without_a_traceback(database_url, settled, tmp_path):
    mapping = MAPPING.replace('"numero"', '"no"').replace('"telephone"', '"phone"')
    file, mapping_file = write(tmp_path, row(1), mapping=mapping)
    process = subprocess.run(
        [*PROGRAM, str(file), "--map", str(mapping_file)], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "CASETRACK_DATABASE_URL": database_url},
    )  # fmt: skip

    assert process.returncode == 2
    assert [line.partition("\u00a0:")[0] for line in process.stderr.splitlines()] == [
        "standard.toml, ligne 2",
        "standard.toml, ligne 12",
    ]
    assert sorted(path.name for path in Path(tmp_path).iterdir()) == ["appels.csv", "standard.toml"]
