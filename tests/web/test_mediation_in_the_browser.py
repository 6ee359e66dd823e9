"""The mediator's day in a real browser, without JavaScript."""

from datetime import date, timedelta

import pytest

from casetrack.engine import open_case, sweep
from tests.town import NINE
from tests.web.visitors import PASSWORD, served

pytestmark = pytest.mark.browser


@pytest.fixture
def address(hall):
    """The address of the town hall, served to a real browser."""
    with served(hall.app) as address:
        yield address


@pytest.fixture
def missed(hall) -> str:
    """A letter whose promise was missed, and two other dysfunctions of the same service."""
    letter = hall.taken()
    hall.now = NINE + timedelta(days=31)
    sweep(hall.database.session, at=hall.now)
    with hall.database.session() as session:
        for title in ("Panne du lundi", "Panne du mardi, " + "longue" * 20):
            open_case(session, "dysfunction", by=hall.town.eva, at=hall.now, title=title, cause="tool",
                      service=hall.town.services["VOI"].id)  # fmt: skip
        session.commit()
    return letter


def entered(browser, address, login, **options):
    """Open the town hall as somebody."""
    page = browser.new_context(base_url=address, **options).new_page()
    page.goto("/connexion")
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("heading", level=1).wait_for()
    return page


def test_the_mediator_asks_advises_and_groups_without_javascript(hall, missed, browser, address):
    mila, denis = (entered(browser, address, login, java_script_enabled=False) for login in ("mila", "denis"))

    mila.goto(f"/dossiers/{missed}")
    mila.get_by_role("link", name="Poser une question au service").click()
    mila.get_by_role("button", name="Poser une question au service").click()
    assert "à corriger" in mila.get_by_role("alert").inner_text()
    mila.get_by_label("Question").fill("Qui suivait cette lettre en décembre ?")
    mila.get_by_label("Réponse au plus tard le").fill((date(2027, 1, 15)).isoformat())
    mila.get_by_role("button", name="Poser une question au service").click()
    assert mila.get_by_text("Qui suivait cette lettre en décembre ?").is_visible()

    denis.goto("/?vue=service")
    denis.locator(".ct-row", has_text="Question au service").get_by_role("link").first.click()
    denis.get_by_role("link", name="Répondre").click()
    denis.get_by_label("Réponse").fill("Personne : l'agente était absente.")
    denis.get_by_role("button", name="Répondre").click()

    mila.goto("/questions")
    mila.get_by_role("link", name="Trou dans la chaussée").click()
    mila.get_by_role("link", name="Émettre une recommandation").click()
    mila.get_by_label("Objet").fill("Nommer un remplaçant")
    mila.get_by_label("Recommandation").fill("Nommer un remplaçant pour chaque absence.")
    mila.get_by_label("Position du service au plus tard le").fill("2027-02-01")
    mila.get_by_role("button", name="Émettre une recommandation").click()
    mila.goto("/recommandations?onglet=attendues")
    assert mila.get_by_role("link", name="Nommer un remplaçant").is_visible()

    mila.goto("/dysfonctionnements?cause=tool")
    for box in mila.get_by_role("checkbox").all():
        box.check()
    mila.get_by_role("button", name="Regrouper les cochés").click()
    mila.get_by_label("Point commun").select_option("same_cause")
    mila.get_by_role("button", name="Regrouper 1 dysfonctionnement").click()
    assert mila.get_by_role("heading", name="1 dysfonctionnement regroupé").is_visible()
