"""What an installation may choose, and what it is told when it chooses badly."""

import stat
from pathlib import Path

import pytest

from casetrack.database.tables import ROLES
from casetrack.errors import InvalidInput
from casetrack.settings import VARIABLES, MailServer, Settings, shipped_workflows

ROOT = Path(__file__).parent.parent
POSTGRESQL = {"CASETRACK_DATABASE_URL": "postgresql://town@db/letters"}


def test_a_town_that_chooses_nothing_gets_a_database_in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    settings = Settings.from_environment({"HOME": "/somewhere"})

    assert settings.data_dir == tmp_path / "casetrack-data"
    assert settings.database_url == f"sqlite:///{tmp_path}/casetrack-data/casetrack.db"
    assert (settings.host, settings.port, settings.language) == ("127.0.0.1", 8000, "fr")
    assert settings.mail_server is None
    assert settings.trusted_proxies == 0
    assert not settings.secure_cookies


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://town@db/letters", "postgresql+psycopg://town@db/letters"),  # what hosting firms write
        ("postgresql://town@db/letters", "postgresql+psycopg://town@db/letters"),
        ("postgresql+psycopg://town@/letters?host=/run", "postgresql+psycopg://town@/letters?host=/run"),
        ("postgres://town:p%40ss@db:5433/letters", "postgresql+psycopg://town:p%40ss@db:5433/letters"),
        ("sqlite:////srv/letters.db", "sqlite:////srv/letters.db"),
    ],
)
def test_the_database_is_reached_through_the_driver_that_is_installed(given, used):
    assert Settings.from_environment({"CASETRACK_DATABASE_URL": given}).database_url == used


@pytest.mark.parametrize(
    ("given", "server"),
    [
        ("smtp://relay", MailServer("relay", 25, "none")),
        ("smtp+starttls://desk:s%2Fcret@relay", MailServer("relay", 587, "starttls", "desk", "s/cret")),
        ("smtps://desk@relay:4465", MailServer("relay", 4465, "tls", "desk")),
    ],
)
def test_one_address_says_how_letters_leave_by_mail(given, server):
    environ = {"CASETRACK_SMTP_URL": given, "CASETRACK_MAIL_FROM": "desk@town.example"}

    assert Settings.from_environment(environ).mail_server == server


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"CASETRACK_DATABSE_URL": "sqlite:////srv/a.db"}, "CASETRACK_DATABSE_URL"),  # a typing mistake
        ({"CASETRACK_DATABASE_URL": "mysql://db/letters"}, "CASETRACK_DATABASE_URL"),
        ({"CASETRACK_DATABASE_URL": "letters.db"}, "CASETRACK_DATABASE_URL"),  # a path is not an address
        (
            {"CASETRACK_DATABASE_URL": "sqlite://"},
            "CASETRACK_DATABASE_URL",
        ),  # in memory: gone at the first stop
        ({"CASETRACK_DATABASE_URL": "sqlite:///:memory:"}, "CASETRACK_DATABASE_URL"),
        ({"CASETRACK_DATABASE_URL": "postgresql://db:port/letters"}, "CASETRACK_DATABASE_URL"),
        ({"CASETRACK_DATABASE_URL": "postgresql://db"}, "CASETRACK_DATABASE_URL"),  # which database?
        ({"CASETRACK_PUBLIC_URL": "courrier.mairie.example"}, "CASETRACK_PUBLIC_URL"),  # http or https?
        ({"CASETRACK_PUBLIC_URL": "https://[mairie"}, "CASETRACK_PUBLIC_URL"),
        ({"CASETRACK_SECRET_KEY": "secret"}, "CASETRACK_SECRET_KEY"),  # can be guessed
        ({"CASETRACK_SMTP_URL": "relay:25"}, "CASETRACK_SMTP_URL"),
        ({"CASETRACK_SMTP_URL": "smtp://relay:many"}, "CASETRACK_SMTP_URL"),
        ({"CASETRACK_SMTP_URL": "smtp://"}, "CASETRACK_SMTP_URL"),
        ({"CASETRACK_SMTP_URL": "smtp://relay"}, "CASETRACK_MAIL_FROM"),  # nobody to answer to
        ({"CASETRACK_MAIL_FROM": "Mairie"}, "CASETRACK_MAIL_FROM"),
        ({"CASETRACK_LANGUAGE": "de"}, "CASETRACK_LANGUAGE"),
        ({"CASETRACK_SECOND_FACTOR": "administrators"}, "CASETRACK_SECOND_FACTOR"),  # the name of a role
        ({"CASETRACK_SECOND_FACTOR": "everybody,"}, "CASETRACK_SECOND_FACTOR"),
        ({"CASETRACK_TRUSTED_PROXIES": "10.0.0.9"}, "CASETRACK_TRUSTED_PROXIES"),  # how many, not which
        ({"CASETRACK_TRUSTED_PROXIES": "-1"}, "CASETRACK_TRUSTED_PROXIES"),
        ({"CASETRACK_PORT": "0"}, "CASETRACK_PORT"),
        ({"CASETRACK_PORT": "65536"}, "CASETRACK_PORT"),
        ({"PORT": "http"}, "CASETRACK_PORT"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_both_languages(environ, named):
    with pytest.raises(InvalidInput) as refusal:
        Settings.from_environment(environ)

    assert named in refusal.value.sentence.fr
    assert named in refusal.value.sentence.en


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("", set()),
        ("optional", set()),
        ("administrator, mediator", {"administrator", "mediator"}),
        ("everybody", {*ROLES, ""}),
    ],
)
def test_the_telephone_code_is_asked_of_the_roles_that_the_town_names(given, asked):
    settings = Settings.from_environment({"CASETRACK_SECOND_FACTOR": given})

    assert {role for role in (*ROLES, "") if settings.requires_code({role} - {""})} == asked


def test_a_refusal_does_not_print_the_password_that_it_refuses():
    with pytest.raises(InvalidInput) as refusal:
        Settings.from_environment({"CASETRACK_DATABASE_URL": "mysql://town:hunter2@db/letters"})

    assert "hunter2" not in str(refusal.value)


def test_settings_that_end_up_in_a_log_show_no_secret():
    settings = Settings.from_environment(
        {
            "CASETRACK_DATABASE_URL": "postgresql://town:hunter2@db/letters",
            "CASETRACK_SMTP_URL": "smtps://desk:hunter2@relay",
            "CASETRACK_MAIL_FROM": "desk@town.example",
            "CASETRACK_SECRET_KEY": "hunter2" * 5,
        }
    )

    assert "hunter2" not in f"{settings} {settings.mail_server}"


@pytest.mark.parametrize(
    ("environ", "port"),
    [
        ({"PORT": "9000"}, 9000),  # what hosting platforms set
        ({"PORT": "9000", "CASETRACK_PORT": "9100"}, 9100),  # ours speaks louder
        ({"PORT": ""}, 8000),
    ],
)
def test_the_port_of_the_platform_is_honoured(environ, port):
    assert Settings.from_environment(environ).port == port


@pytest.mark.parametrize(
    ("address", "secure"), [("https://town.example", True), ("http://town.local", False)]
)
def test_cookies_are_marked_secure_where_the_public_address_is_encrypted(address, secure):
    assert Settings.from_environment({"CASETRACK_PUBLIC_URL": f"{address}/"}).secure_cookies is secure


def test_a_public_address_ends_without_a_slash():
    settings = Settings.from_environment({"CASETRACK_PUBLIC_URL": "https://town.example/"})

    assert settings.public_url == "https://town.example"


def test_an_embedded_installation_makes_its_key_once_and_keeps_it_to_itself(tmp_path):
    settings = Settings.from_environment({"CASETRACK_DATA_DIR": str(tmp_path / "data")})

    first, second = settings.secret_key(), settings.secret_key()

    assert first == second
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "data" / "secret-key").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["secret-key"]


def test_a_key_file_that_was_emptied_is_not_taken_for_a_key(tmp_path):
    (tmp_path / "secret-key").touch()
    settings = Settings.from_environment({"CASETRACK_DATA_DIR": str(tmp_path)})

    with pytest.raises(InvalidInput, match="empty"):
        settings.secret_key()


def test_several_web_servers_must_be_given_the_key_that_they_share():
    with pytest.raises(InvalidInput, match="CASETRACK_SECRET_KEY"):
        Settings.from_environment(POSTGRESQL).secret_key()

    given = POSTGRESQL | {"CASETRACK_SECRET_KEY": "k" * 32}
    assert Settings.from_environment(given).secret_key() == "k" * 32


def test_a_command_started_by_the_tests_may_see_the_variables_of_the_tests():
    environ = {"CASETRACK_REQUIRE_ALL": "1", "CASETRACK_TEST_POSTGRESQL_URL": "postgresql://db/tests"}

    assert Settings.from_environment(environ).is_embedded


def test_the_readme_names_every_setting():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [name for name in VARIABLES if f"`{name}`" not in readme] == []


def test_the_shipped_workflows_are_those_of_the_checkout_when_there_is_one():
    assert shipped_workflows() == ROOT / "workflows"
