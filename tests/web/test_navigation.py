"""What waits for each person, counted beside the names of the pages."""

import re
from datetime import timedelta

import pytest

from casetrack.database.tables import Staff, StaffRole
from casetrack.organisation import absences
from casetrack.oversight import worklists
from tests.town import NINE
from tests.web.test_openings import question_about
from tests.web.visitors import words


@pytest.fixture
def busy(hall) -> None:
    """Two letters to triage, of which one only named readers may know; two that Anne is late with; one to endorse."""
    hall.letter()
    hall.letter(confidentiality=2, readers=[hall.town.lea.id])
    hall.taken()
    hall.letter(("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}),
                ("anne", "draft_answer", {"answer": "Oui.", "outcome": "favourable"}),
                ("anne", "submit_for_endorsement", {}))  # fmt: skip
    hall.now = NINE + timedelta(days=31)


@pytest.mark.parametrize(
    ("login", "said"),
    [
        ("marc", "Ma liste À qualifier 1 "),  # the sealed one is not counted
        ("anne", "Ma liste En retard 2 "),
        ("denis", "Ma liste En retard 3 "),  # the letter that nobody took is his service's too
        ("mila", "Ma liste Dysfonctionnements Questions Recommandations Alertes"),
    ],
)
def test_each_person_sees_the_counts_of_their_own_work_on_every_page(hall, busy, login, said):
    visitor = hall.visitor(login)

    for path in ("/", "/alertes", "/recherche"):
        assert said in words(visitor.get(path))


def test_what_a_service_answered_is_counted_for_who_asked(hall):
    number = question_about(hall, hall.taken())
    assert "Questions Recommandations" in words(hall.visitor("mila").get("/"))

    hall.visitor("anne").do(number, "answer", answer="Le préfet.")

    assert "Questions 1 Recommandations" in words(hall.visitor("mila").get("/"))


def test_the_mediator_stands_outside_the_hierarchy_even_as_head_of_two_people(hall):
    with hall.database.session() as session:
        session.add(
            StaffRole(staff_id=hall.town.mila.id, role="head", service_id=hall.town.services["VOI"].id)
        )
        session.commit()

    page = words(hall.visitor("mila").get("/questions"))

    assert "Dysfonctionnements Questions" in page
    assert "Parapheur" not in page
    assert "Mon service" not in page

    hall.letter(
        ("marc", "triage", hall.on("voirie")),
        ("anne", "take_charge", {}),
        ("anne", "draft_answer", {"answer": "Réparé.", "outcome": "favourable"}),
        ("anne", "submit_for_endorsement", {}),
    )
    assert "Parapheur 1" in words(hall.visitor("mila").get("/questions"))


def test_a_count_stops_where_nobody_needs_to_know_more(hall, busy, monkeypatch):
    monkeypatch.setattr(worklists, "COUNTED", 2)

    assert "En retard 1+" in words(hall.visitor("denis").get("/"))


@pytest.mark.parametrize(
    ("login", "title"), [("marc", "À qualifier"), ("anne", "Ma liste"), ("denis", "Tout le service")]
)  # fmt: skip
def test_the_list_opens_on_the_first_tab_that_holds_work(hall, busy, login, title):
    assert f"<h1>{title}" in hall.visitor(login).get("/").text


def test_with_nothing_to_do_the_list_opens_on_the_first_tab(hall):
    assert "Aucun dossier ne vous est affecté." in words(hall.visitor("denis").get("/"))


def test_who_replaces_a_head_is_led_to_what_is_late_and_to_the_service(hall, busy):
    with hall.database.session() as session:
        denis, lea = (session.get(Staff, hall.town.staff[login].id) for login in ("denis", "lea"))
        absences.add(session, denis, starts_on=hall.now.date(), ends_on=hall.now.date(), replaced_by=lea)
        session.commit()
    visitor = hall.visitor("lea")

    page = visitor.get("/")

    assert "En retard 4" in words(page)  # with the sealed letter of which she is a reader
    late = re.search(r'href="([^"]*)"[^>]*>En retard', page.text)[1].replace("&amp;", "&")
    assert visitor.get(late.partition("#")[0]).text.count('class="ct-row') >= 4
    assert "Mon service" in words(page)
    assert visitor.get("/service").status_code == 200
