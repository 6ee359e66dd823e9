"""The administrator's day in a real browser, without script; `test_every_page.py` looks at each page with axe."""

import pytest

from tests.web.test_a_letter_in_the_browser import address, open_page  # noqa: F401

pytestmark = pytest.mark.browser


def test_an_administrator_adds_a_person_who_then_chooses_a_password(open_page):  # noqa: F811
    aline, zoe = open_page("aline"), open_page(None)

    aline.get_by_role("link", name="Administration").click()
    aline.get_by_role("link", name="Personnes").click()
    aline.get_by_role("link", name="Ajouter une personne").click()
    for label, value in [
        ("Identifiant", "z.zeller"),
        ("Prénom", "Zoé"),
        ("Nom", "Zeller"),
        ("Fonction", "agente"),
    ]:
        aline.get_by_label(label, exact=True).fill(value)
    aline.get_by_label("Ajouter un rôle").select_option(label="agent traitant")
    aline.get_by_role("button", name="Enregistrer").click()
    assert "dites pour quel service" in aline.get_by_role("alert").inner_text()
    aline.get_by_label("dans le service").select_option("VOI")
    aline.get_by_role("button", name="Enregistrer").click()
    given = aline.locator("code").inner_text()

    zoe.goto("/connexion")
    zoe.get_by_label("Identifiant").fill("z.zeller")
    zoe.get_by_label("Mot de passe").fill(given)
    zoe.get_by_role("button", name="Se connecter").click()
    zoe.get_by_label("Mot de passe actuel").fill(given)
    zoe.get_by_label("Nouveau mot de passe").fill("ma propre phrase")
    zoe.get_by_label("Le même, une seconde fois").fill("ma propre phrase")
    zoe.get_by_role("button", name="Changer le mot de passe").click()

    assert "Mot de passe changé" in zoe.get_by_role("status").inner_text()
    zoe.goto("/?vue=mine")
    assert zoe.get_by_role("heading", level=1).inner_text() == "Ma liste"
