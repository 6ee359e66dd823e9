"""`casetrack journal verify` says in words and by its exit code whether history is what it was."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from casetrack.cli import casetrack
from casetrack.database import triggers
from casetrack.database.tables import Event
from casetrack.engine import open_case
from tests.town import NINE


@pytest.fixture
def verify(database_url, session, town, monkeypatch):
    """Run the command on the town's database, with one letter in it."""
    open_case(
        session,
        "letter",
        by=town.marc,
        at=NINE,
        title="Un trou",
        citizen=town.citizen,
        subject=town.subjects["voirie"],
    )
    session.commit()
    monkeypatch.setenv("CASETRACK_DATABASE_URL", database_url)
    return lambda *options: CliRunner().invoke(casetrack, ["journal", "verify", *options])


def test_an_untouched_journal_passes(verify):
    result = verify()

    assert result.exit_code == 0
    assert result.output == "1 ligne vérifiée, aucune anomalie.\n"


def test_a_broken_one_fails_and_names_the_line(verify, session):
    triggers.drop(session.connection())
    session.execute(update(Event.__table__).values(action="close"))
    session.commit()

    said, as_json = verify(), verify("--json")

    assert (said.exit_code, as_json.exit_code) == (1, 1)
    assert said.output == "2026-A-000001\u00a0: la ligne 1 a été modifiée, insérée ou déplacée\n"
    assert json.loads(as_json.output)["code"] == "altered"
