"""The ground under every test: a fresh town's database, embedded or PostgreSQL, built by the migrations.

`database` runs a test on both; `sqlite_database` and `postgresql_database` on one of them. `session` is
an open session of `database`. With CASETRACK_REQUIRE_ALL set, whatever would be skipped fails instead.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session

from casetrack.database import Database
from casetrack.database.migrate import upgrade
from tests.postgres import IN_MEMORY, PostgresqlMissing, TemporaryServer

REQUIRE_ALL = bool(os.environ.get("CASETRACK_REQUIRE_ALL"))
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
# Chromium's sandbox refuses root; the pages are our own.
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")

# The same examples on every run: a red test stays red until it is mended. `deep` looks further, by hand:
# pytest --hypothesis-profile=deep
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.register_profile("deep", deadline=None, max_examples=2_000)
hypothesis.settings.load_profile("ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long: a long one begun last would keep one processor alone at work."""
    long = {
        item.path for item in items if item.get_closest_marker("browser") or item.get_closest_marker("slow")
    }
    items.sort(key=lambda item: item.path not in long)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return unskipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return unskipped((yield))


def unskipped(report):
    """Turn a skip into a failure where everything is required, so that nothing goes untested in silence."""
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but CASETRACK_REQUIRE_ALL is set: {report.longrepr[-1]}"
    return report


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder for the run, in memory where the machine has it: a file there costs no disk."""
    path = Path(tempfile.mkdtemp(prefix="casetrack-tests-", dir=IN_MEMORY))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def sqlite_town(folder: Path) -> Iterator[tuple[Database, Path]]:
    """An embedded database kept open for the run, and its migrated model file."""
    model = Database(f"sqlite:///{folder / 'model.db'}", synchronous="OFF")
    try:
        upgrade(model.engine)
    finally:
        model.dispose()  # the last connection gone, SQLite has put everything into the one file
    town = Database(f"sqlite:///{folder / 'town.db'}", synchronous="OFF")
    yield town, folder / "model.db"
    town.dispose()


@pytest.fixture
def sqlite_database(sqlite_town: tuple[Database, Path], folder: Path) -> Iterator[Database]:
    """A fresh embedded database."""
    database, model = sqlite_town
    # The engine is kept, with the statements that it has compiled; only the file below it is new.
    for old in folder.glob("town.db*"):
        old.unlink()
    shutil.copyfile(model, folder / "town.db")
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The address of a PostgreSQL server on which the tests may create databases."""
    if given := os.environ.get("CASETRACK_TEST_POSTGRESQL_URL"):
        yield given
        return
    try:
        server = TemporaryServer()
    except PostgresqlMissing as reason:
        pytest.skip(f"no PostgreSQL: {reason}")
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def postgresql_server(postgresql_url: str) -> Iterator["Server"]:
    """The server of the tests, able to make and remove databases."""
    server = Server(postgresql_url)
    yield server
    server.leave()


@pytest.fixture(scope="session")
def postgresql_town(postgresql_server: "Server") -> Iterator[Database]:
    """A database on the server, kept open for the run, beside its migrated model."""
    postgresql_server.run(f"CREATE DATABASE {postgresql_server.model}")
    model = Database(postgresql_server.address(postgresql_server.model))
    try:
        upgrade(model.engine)
    finally:
        model.dispose()
    town = Database(postgresql_server.address(postgresql_server.town))
    yield town
    town.dispose()


@pytest.fixture
def postgresql_database(postgresql_town: Database, postgresql_server: "Server") -> Iterator[Database]:
    """A fresh database on PostgreSQL."""
    postgresql_server.renew_town()
    yield postgresql_town
    postgresql_town.dispose()


class Server:
    """Make and remove databases on the server of the tests, under names of this process alone."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        self.model, self.town = f"casetrack_model_{os.getpid()}", f"casetrack_town_{os.getpid()}"

    def address(self, name: str) -> str:
        """Return the address of one of its databases."""
        return self.url.set(database=name).render_as_string(hide_password=False)

    def run(self, *statements: str) -> None:
        """Run statements that no transaction may hold."""
        with self.engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def renew_town(self) -> None:
        """Make the town's database anew, whoever is still connected to it."""
        self.run(
            f"DROP DATABASE IF EXISTS {self.town} WITH (FORCE)",
            f"CREATE DATABASE {self.town} TEMPLATE {self.model}",
        )

    def leave(self) -> None:
        """Leave nothing on a server that was lent."""
        for name in (self.town, self.model):
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh database, on each of the two kinds in turn."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture
def database_url(database: Database) -> str:
    """The address of `database`, for another process."""
    return database.url.render_as_string(hide_password=False)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """An open session of `database`; what a test does not commit is rolled back."""
    with database.session() as session:
        yield session


@pytest.fixture(scope="session")
def browser():
    """A Chromium without a window, kept open for the run."""
    program = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(CHROMIUMS)} on the PATH")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=[*FLAGS])
        yield chromium
        chromium.close()


@pytest.fixture
def town(session: Session):
    """The small town hall of tests/town.py, in `session`: its people by name."""
    from tests.town import settle

    return settle(session)
