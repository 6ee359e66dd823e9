"""How many questions each page asks the database: few, whatever the number of rows."""

from datetime import timedelta

import pytest

from casetrack.engine import sweep
from tests.town import NINE, PEOPLE
from tests.web.test_closed_doors import NONSENSE, routes

MOST = 6
ASKED = {"search.show": "?q=courrier", "worklist.show": "?vue=all"}
"""Pages whose work begins with a question."""


@pytest.fixture
def busy(hall) -> dict[str, str]:
    """A town hall with letters at every stage, some late; what fills the blanks of the addresses."""
    drafted = (("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}),
               ("anne", "draft_answer", {"answer": "Oui.", "outcome": "favourable"}))  # fmt: skip
    case = hall.taken()
    for number in range(6):
        hall.letter(title=f"Courrier {number}")
        hall.taken(title=f"Affaire {number}")
        hall.letter(*drafted, ("anne", "submit_for_endorsement", {}))
        hall.letter(*drafted, ("anne", "submit_for_endorsement", {}), ("denis", "endorse", {}))
    hall.now = NINE + timedelta(days=33)
    sweep(hall.database.session, at=hall.now)
    return {**NONSENSE, "reference": case, "name": "draft_answer", "number": "1"}


@pytest.mark.parametrize("login", [login for login, *_ in PEOPLE])
def test_no_page_asks_the_database_more_than_six_questions(hall, busy, counter, login):
    visitor = hall.visitor(login)
    asked = {}

    for endpoint, path in routes(hall, "GET"):
        for blank, nonsense in NONSENSE.items():
            path = path.replace(nonsense, busy[blank])
        visitor.get(
            path + ASKED.get(endpoint, ""), buffered=True
        )  # the first time a process reads each definition
        with counter() as sent:
            visitor.get(path + ASKED.get(endpoint, ""), buffered=True)
        asked[endpoint] = len(sent)

    assert {name: count for name, count in asked.items() if count > MOST} == {}
