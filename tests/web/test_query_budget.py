"""How many questions each page asks the database: few, and no more for three hundred letters than for three."""

from datetime import timedelta

import pytest

from tests.town import NINE, PEOPLE
from tests.web.test_closed_doors import NONSENSE, routes

MOST = 6
MORE = {"case.show": 11, "service_desk.show": 8, "administration.account": 8, "administration.subject": 7}
"""Pages that still ask more."""


@pytest.fixture
def busy(hall) -> dict[str, str]:
    """A town hall with letters at every stage; what fills the blanks of the addresses."""
    case = hall.taken()
    for number in range(12):
        hall.letter(title=f"Courrier {number}")
        hall.taken(title=f"Affaire {number}")
    hall.now = NINE + timedelta(days=33)
    return {**NONSENSE, "reference": case, "name": "draft_answer", "number": "1"}


@pytest.mark.parametrize("login", [login for login, *_ in PEOPLE])
def test_no_page_asks_the_database_more_than_six_questions(hall, busy, counter, login):
    visitor = hall.visitor(login)
    asked = {}

    for endpoint, path in routes(hall, "GET"):
        for blank, nonsense in NONSENSE.items():
            path = path.replace(nonsense, busy[blank])
        visitor.get(path)  # the first time a process reads each definition
        with counter() as sent:
            visitor.get(path)
        asked[endpoint] = len(sent)

    assert {name: count for name, count in asked.items() if count > MORE.get(name, MOST)} == {}
