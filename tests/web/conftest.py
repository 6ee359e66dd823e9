"""The doors of the town hall, opened for each test."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from casetrack.database import Database
from casetrack.settings import Settings
from tests.web.visitors import Hall


@pytest.fixture
def database(request) -> Database:
    """A fresh embedded database; a test of both kinds names them, indirectly."""
    return request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_database")


@pytest.fixture
def hall(database: Database, tmp_path) -> Hall:
    """The town hall, its pages and its people."""
    url = database.url.render_as_string(hide_password=False)
    return Hall(database, Settings(database_url=url, data_dir=tmp_path, given_secret_key="k" * 40))


@pytest.fixture
def counter(hall: Hall):
    """Count the statements sent to the database: `with counter as sent: …; len(sent)`."""

    @contextmanager
    def counting():
        sent: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            if not statement.startswith("BEGIN"):
                sent.append(statement)

        event.listen(hall.database.engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(hall.database.engine, "before_cursor_execute", note)

    return counting
