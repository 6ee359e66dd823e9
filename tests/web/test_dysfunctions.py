"""The queue of dysfunctions, as a page."""

from datetime import timedelta

import pytest

from casetrack.engine import sweep
from tests.town import NINE
from tests.web.visitors import words


def test_a_promise_missed_waits_for_the_evaluation_unit_and_leads_to_its_letter(hall):
    letter = hall.taken()
    hall.now = NINE + timedelta(days=31)
    sweep(hall.database.session, at=hall.now)
    eva = hall.visitor("eva")

    page = eva.get("/dysfonctionnements")

    assert "à qualifier" in words(page)
    assert "Réponse en retard · Voirie" in words(page)
    assert "Dysfonctionnements 2" in words(page)  # in the navigation
    one = page.text.split('class="ct-what"><a href="')[1].split('"')[0]
    assert letter in eva.get(one).text
    assert "Prendre en charge" in words(eva.get(f"/dossiers/{letter}"))
    assert eva.get(f"{one}/actions/group").status_code == 200


def test_a_filter_is_a_link_that_can_be_taken_away(hall):
    hall.taken()
    hall.now = NINE + timedelta(days=31)
    sweep(hall.database.session, at=hall.now)
    eva = hall.visitor("eva")

    page = eva.get("/dysfonctionnements?cause=silence")

    assert "Aucun dysfonctionnement ouvert ici. Retirer les filtres" in words(page)
    assert "cause=answer_late" in page.text


@pytest.mark.parametrize("login", ["anne", "denis", "gilles", "marc", "aline", "simone"])
def test_others_have_no_such_page_nor_link(hall, login):
    assert hall.visitor(login).get("/dysfonctionnements").status_code == 404
    assert "Dysfonctionnements" not in words(hall.visitor(login).get("/alertes"))
