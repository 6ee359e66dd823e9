"""The lists of questions and recommendations, as pages."""

import re

import pytest

from tests.town import PEOPLE
from tests.web.test_openings import question_about
from tests.web.visitors import words

PAGES = ("/questions", "/recommandations")


@pytest.mark.parametrize("path", PAGES)
def test_the_pages_are_the_mediators_and_the_evaluation_units(hall, path):
    for login, *_rest in PEOPLE:
        assert hall.visitor(login).get(path).status_code == (200 if login in ("mila", "eva") else 404), login


@pytest.mark.parametrize("path", PAGES)
def test_an_empty_page_says_where_to_begin(hall, path):
    page = words(hall.visitor("mila").get(path))

    assert "0 ouverte." in page
    assert "depuis la page d'un dossier" in page


def test_a_question_waits_for_its_service_then_to_be_read_then_is_closed(hall):
    letter = hall.taken()
    number = question_about(hall, letter)
    mila = hall.visitor("mila")
    waiting = mila.get("/questions")
    assert "Attendues du service · 1" in words(waiting)
    assert number in waiting.text
    assert letter in waiting.text

    hall.visitor("anne").do(number, "answer", answer="Le préfet.")
    assert "À lire · 1" in words(mila.get("/questions"))
    assert "Répondu" in words(mila.get("/questions"))

    assert mila.do(number, "close", outcome="answered").status_code == 302
    assert "Closes · 1" in words(mila.get("/questions"))
    assert number in mila.get("/questions?onglet=closes").text


def test_a_filter_is_a_link_that_can_be_taken_away(hall):
    question_about(hall, hall.taken())
    mila = hall.visitor("mila")

    page = mila.get(f"/questions?onglet=attendues&service={hall.town.services['PRO'].id}")

    assert "Aucun service ne doit de réponse ici. Retirer les filtres" in words(page)
    assert f"service={hall.town.services['VOI'].id}" in page.text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_at_most_six_queries(hall, counter, path):
    for _time in range(3):
        question_about(hall, hall.letter())
    mila = hall.visitor("mila")
    mila.get(path)

    with counter() as sent:
        mila.get(path)

    assert len(sent) <= 6, "\n".join(re.sub(r"\s+", " ", one)[:150] for one in sent)
