"""`casetrack workflow`: what a clerk types, and what is answered."""

import re

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from casetrack.cli.workflow import workflow
from casetrack.database.tables import WorkflowVersion
from tests.workflow.good import INCIDENT, SOURCE
from tests.workflow.test_reading import write


def run(*words: object) -> Result:
    return CliRunner().invoke(workflow, [str(word) for word in words])


def change(folder, old: str, new: str) -> None:
    file = folder / "workflow.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_check_says_what_it_proved(tmp_path):
    write(tmp_path)
    write(tmp_path, INCIDENT, {})

    result = run("check", tmp_path)

    assert result.exit_code == 0
    assert re.findall(r"^(\w+) 1 \(", result.output, re.MULTILINE) == ["incident", "mail"]
    assert "Façons de terminer\u00a0: 2" in result.output


def test_check_gives_one_finding_a_line_and_fails(tmp_path):
    folder = write(tmp_path)
    write(tmp_path, INCIDENT, {})
    change(folder, 'needs = ["signed"]', 'needs = ["sealed"]')
    change(folder, 'effects = ["assign"]', 'effects = ["asign"]')

    result = run("check", folder)

    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert [re.search(r"workflow\.toml:\d+: (\w+): .+ / .+", line)[1] for line in lines] == [
        "unknown_effect",
        "unknown_need",
    ]


def test_check_of_one_folder_knows_the_workflows_beside_it(tmp_path):
    folder = write(tmp_path)

    alone = run("check", folder)
    write(tmp_path, INCIDENT, {})
    beside = run("check", folder)

    assert (alone.exit_code, beside.exit_code) == (1, 0)
    assert "unknown_workflow" in alone.output


def test_check_of_a_misshapen_file_is_no_traceback(tmp_path):
    folder = write(tmp_path)
    change(folder, "version      = 1", "version      = 1\nversion      = 2")

    result = run("check", folder)

    assert result.exit_code == 1
    assert re.search(r"workflow\.toml:3: duplicate_key: ", result.output)


def test_check_without_a_path_proves_the_workflows_that_come_with_casetrack():
    result = run("check")

    assert result.exit_code == 0, result.output
    assert {"letter", "light", "dysfunction", "question", "recommendation"} <= set(
        re.findall(r"^(\w+) \d+ \(", result.output, re.MULTILINE)
    )


def test_draw_gives_a_mermaid_diagram_in_french(tmp_path):
    write(tmp_path)

    lines = run("draw", "mail", "--folder", tmp_path).output.splitlines()

    assert lines[0] == "stateDiagram-v2"
    assert '    state "En attente de pièces" as s_awaiting_citizen' in lines
    assert "    [*] --> s_registered : Ouverture" in lines
    assert "    s_registered --> s_awaiting_citizen : Demander des pièces" in lines
    assert "    s_closed --> [*]" in lines
    assert "    class s_awaiting_citizen suspended" in lines
    assert not [line for line in lines if "Affecter" in line]  # it stays in place


def test_draw_speaks_english_when_asked(tmp_path):
    write(tmp_path)

    assert (
        "s_registered --> s_answered : Send the answer"
        in run("draw", "mail", "--folder", tmp_path, "--language", "en").output
    )


def test_a_colon_in_a_label_does_not_break_the_drawing(tmp_path):
    write(tmp_path, SOURCE.replace('fr = "Demander des pièces"', 'fr = "Pièces : demander"'))

    assert "Pièces #58; demander" in run("draw", "mail", "--folder", tmp_path).output


def test_draw_of_an_unknown_workflow_is_no_traceback(tmp_path):
    result = run("draw", "nothing", "--folder", tmp_path)

    assert result.exit_code == 1
    assert "file_unreadable" in result.output


@pytest.fixture
def town(sqlite_database, monkeypatch):
    """A town's database, as the environment names it."""
    monkeypatch.setenv("CASETRACK_DATABASE_URL", str(sqlite_database.url))
    return sqlite_database


def test_publish_keeps_what_it_checked_and_again_changes_nothing(town, tmp_path):
    write(tmp_path)
    write(tmp_path, INCIDENT, {})

    outputs = [run("publish", tmp_path).output for _ in range(2)]

    assert outputs[0] == outputs[1]
    with town.session() as session:
        assert sorted(session.scalars(select(WorkflowVersion.key))) == ["incident", "mail"]


def test_publish_of_an_edited_version_says_to_raise_its_number(town, tmp_path):
    write(tmp_path)
    folder = write(tmp_path, INCIDENT, {}).parent / "mail"
    run("publish", tmp_path)
    change(folder, "Reçu", "Bien reçu")

    result = run("publish", tmp_path)

    assert result.exit_code == 1
    assert "version = 2" in result.output


def test_publish_of_a_broken_workflow_publishes_none(town, tmp_path):
    folder = write(tmp_path)
    write(tmp_path, INCIDENT, {})
    change(folder, 'needs = ["signed"]', 'needs = ["sealed"]')

    result = run("publish", tmp_path)

    assert result.exit_code == 1
    assert "unknown_need" in result.output
    with town.session() as session:
        assert session.scalars(select(WorkflowVersion)).all() == []
