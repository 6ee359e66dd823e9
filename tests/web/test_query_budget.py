"""How many questions each page asks the database: few, whatever the page, its state and the number of rows."""

import pytest
from sqlalchemy import insert, select

from casetrack.database.tables import Case, Message, Notification, PileLine, Timer
from casetrack.oversight import search_index
from tests.town import PEOPLE
from tests.web.test_closed_doors import NONSENSE, routes
from tests.web.whole_town import Page, Places, addresses, fill, visitor_of

MOST = 6
TRYING = 3
"""What a refused form may ask beside its page: what it wanted to change, and who was quicker."""
MANY = 3_000
ASKED = {"search.show": "?q=trou&liste=1", "worklist.show": "?vue=all"}
"""Pages whose work begins with a question."""


@pytest.fixture
def places(hall) -> Places:
    """A busy town hall, whose forms come without a token."""
    hall.app.config["WTF_CSRF_ENABLED"] = False
    return fill(hall)


@pytest.mark.slow
def test_no_page_asks_anybody_more_than_six_questions(hall, places, counter):
    blanks = {**NONSENSE, "reference": places.letters["taken"], "name": "draft_answer", "number": "1"}
    asked = {}
    for login, *_ in PEOPLE:
        visitor = present(hall, login)
        for endpoint, path in routes(hall, "GET", blanks):
            reads, _writes = counted(visitor, counter, Page(login, path + ASKED.get(endpoint, "")))
            asked[login, endpoint] = reads

    assert {name: count for name, count in asked.items() if count > MOST} == {}


@pytest.mark.slow
def test_no_page_in_any_state_asks_more_whatever_the_number_of_rows(hall, places, counter):
    pages = [*addresses(hall, places), *pieces(places)]

    few = {page.name: counted(present(hall, page.login), counter, page) for page in pages}
    multiply(hall)
    many = {page.name: counted(present(hall, page.login), counter, page) for page in pages}

    assert {page.name: few[page.name] for page in pages
            if few[page.name][0] > MOST + (TRYING if page.sent_to else 0)} == {}  # fmt: skip
    assert {name: (few[name], many[name]) for name in few if few[name][0] < many[name][0]} == {}
    # A page that is only looked at writes nothing, but for the trace that a confidential case was read.
    assert {line for page in pages if not page.sent_to for line in many[page.name][1]} == {
        "INSERT INTO reading"
    }


def pieces(places: Places) -> list[Page]:
    """Return what is no page: pieces of one fetched while somebody types, documents, pictures, files."""
    letters, numbers = places.letters, places.numbers
    typing = "/courriers/usagers?q=petit&title=Trou+dans+la+chauss%C3%A9e"
    document = f"/dossiers/{letters['taken']}/documents/{numbers['document']}"
    scan = f"/courriers/lot/{numbers['scan']}"
    return [Page(login, path) for login, path in [
        ("marc", typing), ("marc", f"{typing}&sender=1"), ("marc", f"/courriers/{letters['new']}/accuse"),
        ("marc", f"{scan}/document"), ("marc", f"{scan}/vignette"), ("anne", document), ("anne", f"{document}/vignette"),
        ("anne", "/recherche/export.csv?q=trou"), ("anne", "/recherche/export.xlsx?q=trou"),
        ("denis", f"/dossiers/{letters['restricted']}/actions/assign"),
    ]]  # fmt: skip


def present(hall, login: str):
    """Return somebody at a browser, whose presence is noted already."""
    visitor = visitor_of(hall, login)
    visitor.client.get("/aide")
    return visitor


def counted(visitor, counter, page: Page) -> tuple[int, list[str]]:
    """Return how many questions the answer cost, and what it wrote."""
    with counter() as sent:
        if page.sent_to:
            visitor.client.post(page.sent_to, data=dict(page.typed))
        else:
            visitor.client.get(page.path, buffered=True)
    writes = [line for line in sent if not line.startswith(("SELECT", "WITH"))]
    return len(sent) - len(writes), [" ".join(line.split()[:3]) for line in writes]


def multiply(hall) -> None:
    """Copy the open cases and what lists show of them, until there are thousands."""
    with hall.database.session() as session:
        number = select(Case.id).where(Case.closed_seq.is_(None))
        rounds = MANY // len(session.scalars(number).all()) + 1
        for table, mine in (
            (Case, Case.closed_seq.is_(None)),
            (Timer, Timer.case_id.in_(number)),
            (Notification, Notification.case_id.in_(number)),
            (Message, Message.case_id.in_(number)),
            (PileLine, PileLine.case_id.is_(None)),
        ):
            rows = [dict(row) for row in session.execute(select(table.__table__).where(mine)).mappings()]
            session.execute(
                insert(table), [copied(row, turn) for turn in range(1, rounds + 1) for row in rows]
            )
        while search_index.index_stale(session):
            pass
        session.commit()


def copied(row: dict, turn: int) -> dict:
    """Return a row again under numbers of its own."""
    shift = 10_000 * turn
    again = {**row, "id": row["id"] + shift}
    if row.get("case_id"):
        again["case_id"] += shift
    if "reference" in row:
        year, kind, number = row["reference"].split("-")
        again["reference"] = f"{year}-{kind}-{int(number) + 1_000 * turn:06}"
    for name in ("message_id", "external_id"):
        if row.get(name):
            again[name] = f"{turn}.{row[name]}"
    if "sha256" in row:
        again["sha256"] = f"{turn:04}{row['sha256'][4:]}"
    return again
