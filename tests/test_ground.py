"""The ground itself: every test starts in a new town, and nothing goes untested in silence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_finds_nothing_that_another_left(database, turn):
    with database.session() as session:
        assert "left_behind" not in inspect(session.connection()).get_table_names()

        session.execute(text("CREATE TABLE left_behind (id INTEGER)"))
        session.commit()


def test_another_process_reaches_the_same_town(database, database_url):
    with database.session() as session:
        session.execute(text("CREATE TABLE seen_by_both (id INTEGER)"))
        session.commit()

    program = (
        "import sys, sqlalchemy as sa; print(sa.inspect(sa.create_engine(sys.argv[1])).get_table_names())"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, database_url], check=True, capture_output=True, text=True
    )

    assert "seen_by_both" in run.stdout


@pytest.mark.parametrize(("required", "verdict"), [("", "1 skipped"), ("1", "1 error")])
def test_what_is_missing_is_skipped_by_a_person_and_refused_by_the_checks(tmp_path, required, verdict):
    (tmp_path / "test_page.py").write_text("def test_page(browser): pass")
    environ = {**os.environ, "CASETRACK_REQUIRE_ALL": required, "PATH": str(tmp_path)}

    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", os.devnull, str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)

    assert verdict in run.stdout
    assert run.returncode == bool(required)
