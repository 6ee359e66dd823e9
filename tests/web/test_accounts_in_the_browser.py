"""Signing in, the code of a telephone and a form found again, in a real browser: by hand, and as axe sees it."""

from datetime import timedelta

import pyotp
import pytest

from tests.web.test_a_letter_in_the_browser import RULES, address, open_page  # noqa: F401
from tests.web.visitors import PASSWORD

pytestmark = pytest.mark.browser


def sign_in(page) -> None:
    page.get_by_label("Identifiant").fill("anne")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def lose_the_session(page) -> None:
    # A style sheet that is still on its way would bring the cookie back.
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()


def enrol(hall, page) -> pyotp.TOTP:
    page.goto("/compte")
    page.get_by_role("button", name="Activer le code du téléphone").click()
    telephone = pyotp.TOTP(page.locator("main code").inner_text().replace(" ", ""))
    page.get_by_label("2. Code à six chiffres").fill(telephone.at(hall.now))
    return telephone


def test_somebody_enrols_their_telephone_and_comes_back_with_it(hall, open_page):  # noqa: F811
    page = open_page("anne")
    telephone = enrol(hall, page)
    square = page.get_by_role("img", name="Carré à photographier")
    assert square.evaluate("it => it.complete && it.naturalWidth > 100")
    page.get_by_role("button", name="Confirmer et activer").click()
    assert page.locator("main li code").count() == 8
    lose_the_session(page)
    hall.now += timedelta(minutes=1)

    page.goto("/alertes")
    sign_in(page)
    page.get_by_label("Code à six chiffres, ou code de secours").fill(telephone.at(hall.now))
    page.get_by_role("button", name="Se connecter").click()

    page.wait_for_url("**/alertes")


@pytest.mark.parametrize(("screen", "scheme"), [("desk", "light"), ("telephone", "dark")])
def test_no_page_of_an_account_shuts_anybody_out(hall, open_page, screen, scheme):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    page, found = open_page("anne", script=True, screen=screen, scheme=scheme), []

    def look(name: str) -> None:
        page.wait_for_load_state("networkidle")
        for rule in Axe().run(page, options={"runOnly": RULES}).response["violations"]:
            found.append((name, rule["id"], rule["nodes"][0]["html"][:200]))
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((name, "slides sideways", ""))

    enrol(hall, page)
    look("enrolling")
    page.get_by_label("2. Code à six chiffres").fill("000000")
    page.get_by_role("button", name="Confirmer et activer").click()
    look("wrong first code")
    telephone = enrol(hall, page)
    page.get_by_role("button", name="Confirmer et activer").click()
    look("recovery codes")
    page.goto("/compte")
    look("account with a code")

    reference = hall.taken()
    page.goto(f"/dossiers/{reference}/actions/draft_answer")
    page.locator("textarea[name=answer]").fill("Madame, votre rue.")
    lose_the_session(page)
    page.locator("main form button.btn-primary").click()
    page.get_by_role("heading", name="votre texte est gardé").wait_for()
    look("session ended")
    sign_in(page)
    page.get_by_label("Code à six chiffres, ou code de secours").wait_for()
    look("code asked")
    page.get_by_label("Code à six chiffres, ou code de secours").fill("000000")
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("alert").wait_for()
    look("wrong code")
    hall.now += timedelta(minutes=1)
    page.get_by_label("Code à six chiffres, ou code de secours").fill(telephone.at(hall.now))
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_text("rien n’est perdu").wait_for()
    look("form found again")
    page.goto("/reprendre/nowhere")
    look("nothing kept")

    assert found == []


@pytest.fixture
def strict(hall):
    """A town that asks the code of its administrators."""
    hall.app = hall.open(second_factor=frozenset({"administrator"}))
    return hall


@pytest.mark.parametrize(("screen", "scheme"), [("desk", "light"), ("telephone", "dark")])
def test_no_page_that_says_what_comes_first_shuts_anybody_out(strict, open_page, tmp_path, screen, scheme):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    found = []

    def look(page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        for rule in Axe().run(page, options={"runOnly": RULES}).response["violations"]:
            found.append((name, rule["id"], rule["nodes"][0]["html"][:200]))
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((name, "slides sideways", ""))
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)

    strict.taken()
    stranger = open_page(None, script=True, screen=screen, scheme=scheme)
    stranger.goto("/connexion")
    lose_the_session(stranger)
    sign_in(stranger)
    stranger.get_by_role("alert").wait_for()
    look(stranger, "stale page")
    denis = open_page("denis", script=True, screen=screen, scheme=scheme)
    denis.goto("/courriers/nouveau")
    look(denis, "who registers")
    aline = open_page("aline", script=True, screen=screen, scheme=scheme)
    look(aline, "code required")
    telephone = pyotp.TOTP(enrol_from_the_notice(aline))
    aline.get_by_label("2. Code à six chiffres").fill(telephone.at(strict.now))
    aline.get_by_role("button", name="Confirmer et activer").click()
    aline.goto(f"/administration/services/{strict.town.services['VOI'].id}")
    aline.get_by_role("button", name="Fermer le service").click()
    aline.get_by_role("heading", name="Ce qui compte sur ce service").wait_for()
    look(aline, "what keeps a service open")

    assert found == []


def enrol_from_the_notice(page) -> str:
    page.get_by_role("heading", name="Activez le code du téléphone").wait_for()
    page.get_by_role("button", name="Activer le code du téléphone").click()
    return page.locator("main code").inner_text().replace(" ", "")
