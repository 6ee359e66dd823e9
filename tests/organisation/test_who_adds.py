"""Who may only read a case adds nothing to it: notes are for who handles or oversees it, the rest for who handles it."""

from datetime import timedelta

import pytest

from casetrack.correspondence import documents
from casetrack.correspondence.documents import Kept
from casetrack.engine import links, open_case
from casetrack.engine import town as places
from casetrack.errors import ActionNotAllowed, NotFound
from casetrack.organisation import notes
from casetrack.oversight import cases
from tests.town import MONDAY, NINE

HANDLE = {"anne", "paul", "denis", "diane", "gilles", "simone", "marc"}
OVERSEE = {"mila", "eva"}


def opened(session, town, workflow="letter", **more):
    given = {"citizen": town.citizen, "subject": town.subjects["voirie"]} if workflow == "letter" else {}
    return open_case(
        session, workflow, by=more.pop("by", town.marc), at=NINE, title="Un trou", received_on=MONDAY,
        service=town.services["VOI"], officer=town.staff["anne"], **given | more,
    )  # fmt: skip


def note(session, town, case, login):
    notes.add(session, case, "Vu.", by=town.actors[login], at=NINE, on=MONDAY)


def document(session, town, case, login, *, days=1):
    kept = Kept("a" * 64, "lettre.pdf", "application/pdf", 3)
    documents.attach(session, case, kept, by=town.actors[login], at=NINE + timedelta(days=days))


def link(session, town, case, login):
    links.link(session, case, opened(session, town), by=town.actors[login], at=NINE)


def adders(session, town, case, add) -> set[str]:
    found = set()
    for login in town.actors:
        try:
            with session.begin_nested():
                add(session, town, case, login)
        except (ActionNotAllowed, NotFound):
            continue
        found.add(login)
    return found


@pytest.mark.parametrize(
    ("add", "who"),
    [(note, HANDLE | OVERSEE), (document, HANDLE), (link, HANDLE)],
    ids=["note", "document", "link"],
)
def test_who_adds_to_a_letter(session, town, add, who):
    assert adders(session, town, opened(session, town), add) == who


def test_the_mediator_and_the_evaluation_unit_add_to_what_they_handle_themselves(session, town):
    case = opened(session, town, "dysfunction", by=town.eva, channel="internal", cause="tool")

    assert adders(session, town, case, document) >= OVERSEE
    assert "aline" not in adders(session, town, case, note)


def test_whoever_registers_a_sealed_letter_joins_its_envelope_that_day_and_no_other(session, town):
    case = opened(session, town, confidentiality=2, by=town.aline)

    document(session, town, case, "aline", days=0)
    with pytest.raises(NotFound):
        documents.attach(session, case, Kept("b" * 64, "x.pdf", "application/pdf", 3), by=town.aline, at=NINE + timedelta(days=1))  # fmt: skip
    with pytest.raises(NotFound):
        documents.attach(session, case, Kept("b" * 64, "x.pdf", "application/pdf", 3), by=town.marc, at=NINE)


@pytest.mark.parametrize(
    ("login", "adds"),
    [("anne", {"note", "document", "link"}), ("eva", {"note"}), ("mila", {"note"}), ("aline", set())],
)
def test_the_page_offers_no_more(session, town, login, adds):
    case = opened(session, town)
    calendar = places.place(session).calendar

    page = cases.page(session, case.reference, town.actors[login], today=MONDAY, calendar=calendar)

    assert page.adds == adds
