"""`casetrack init`: from nothing to a town where people can sign in; again, without harm."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from casetrack.cli.init import init
from casetrack.database import Database
from casetrack.database.tables import Staff, WorkflowVersion
from casetrack.errors import InvalidInput
from casetrack.organisation import RIVEMONT, staff

SMALL = """
[town]
name = "Ville de Valmorel"
address = "mairie"
telephone = "01 99 00 00 00"
email = "mairie@valmorel.test"
court = { name = "tribunal administratif", address = "2 rue du Palais" }
dpo = { email = "dpo@valmorel.test", address = "mairie" }
desk = { address = "mairie", telephone = "01 99 00 00 01" }
mayor = { name = "Mme Rivière", title_fr = "la maire", title_en = "the Mayor" }

[[service]]
code = "DGS"
name = "Direction générale"
staff = [{ login = "l.roy", given_name = "Léa", family_name = "Roy", title = "Directrice", roles = ["head"] }]
"""


@pytest.fixture
def town_file(tmp_path) -> Path:
    file = tmp_path / "valmorel.toml"
    file.write_text(SMALL, encoding="utf-8")
    return file


def run(url: str, *arguments: str, language: str = "fr") -> str:
    """Run the command; return what it says."""
    environment = {"CASETRACK_DATABASE_URL": url, "CASETRACK_LANGUAGE": language}
    result = CliRunner().invoke(init, list(arguments), env=environment, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_a_town_is_set_up_and_its_people_sign_in(database, database_url, town_file):
    said = run(database_url, "--town", str(town_file), "--admin", "chef")

    passwords = dict(re.findall(r"^  (\S+) +((?:\w{4}-){3}\w{4})$", said, re.MULTILINE))
    assert passwords.keys() == {"chef", "l.roy"}
    with database.session() as session:
        assert staff.sign_in(session, "l.roy", passwords["l.roy"]).name == "Léa Roy"
        assert staff.sign_in(session, "chef", passwords["l.roy"]) is None
        assert session.scalar(select(func.count()).select_from(WorkflowVersion)) >= 2
    assert "Circuit «\u00a0letter\u00a0», version 2\u00a0: publié." in said


def test_a_second_time_nothing_changes_and_no_password_is_shown(database_url, town_file):
    arguments = ("--town", str(town_file), "--admin", "chef")
    run(database_url, *arguments)

    assert run(database_url, *arguments) == "Tout était déjà à jour\u00a0: rien n'a changé.\n"
    assert run(database_url, *arguments, language="en") == "Everything was up to date: nothing changed.\n"


def test_a_faulty_file_changes_nothing_at_all(database, database_url, town_file):
    town_file.write_text(SMALL.replace('roles = ["head"]', 'roles = ["chef"]'), encoding="utf-8")

    with pytest.raises(InvalidInput, match=r"valmorel\.toml, line 15"):
        run(database_url, "--town", str(town_file))

    with database.reader() as session:
        assert session.scalars(select(Staff)).all() == []
        assert session.scalars(select(WorkflowVersion)).all() == []


def test_without_a_file_it_says_what_comes_next(database_url):
    said = run(database_url, "--admin", "chef")

    assert "La base ne contient pas encore de ville" in said
    assert "chef\u00a0: rôle administrator donné" in said


def test_it_makes_the_database_where_there_is_none(tmp_path, town_file):
    url = f"sqlite:///{tmp_path / 'new' / 'town.db'}"

    run(url, "--town", str(town_file))

    town = Database(url)
    with town.reader() as session:
        assert session.scalars(select(Staff.login)).all() == ["l.roy"]
    town.dispose()


def test_the_model_file_is_shipped_beside_the_code():
    assert RIVEMONT.is_file()
