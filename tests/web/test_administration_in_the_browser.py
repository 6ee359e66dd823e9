"""The administrator's pages in a real browser: a day's work without script, and every page as axe sees it."""

import pytest
from sqlalchemy import select

from casetrack.database.tables import WorkflowVersion
from tests.web.test_a_letter_in_the_browser import RULES, address, open_page  # noqa: F401

pytestmark = pytest.mark.browser


@pytest.fixture
def paths(hall) -> dict[str, list[str]]:
    """The pages to look at, by who looks."""
    hall.taken()
    hall.taken()
    with hall.database.reader() as session:
        letter = session.scalar(select(WorkflowVersion.id).where(WorkflowVersion.key == "letter"))
    town = hall.town
    own = ["/compte", "/absences"]
    return {
        "aline": [f"/administration{path}" for path in (
            "", "/services/nouveau", f"/services/{town.services['CDV'].id}", "/personnes", "/personnes?q=zzz",
            "/personnes/nouvelle", f"/personnes/{town.staff['anne'].id}", "/sujets", "/sujets/nouveau",
            f"/sujets/{town.subjects['voirie'].id}", "/fermetures", "/circuits", f"/circuits/{letter}",
            f"/circuits/{letter}/messages/answer", "/modifications")] + own,
        "denis": own,
    }  # fmt: skip


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


@pytest.mark.parametrize(
    ("screen", "scheme", "language"),
    [
        ("desk", "light", "fr"),
        ("telephone", "light", "fr"),
        ("desk", "dark", "en"),
        ("telephone", "dark", "en"),
    ],
)
def test_no_page_of_the_administration_shuts_anybody_out(paths, open_page, screen, scheme, language):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for login, seen in paths.items():
        page = open_page(login, script=True, screen=screen, scheme=scheme)
        if language == "en":
            page.get_by_role("button", name="English").click()
        if login == "aline":
            faulty(page)
            found += broken(Axe(), page, "a form with faults")
        for path in seen:
            page.goto(path, wait_until="load")
            found += broken(Axe(), page, path)

    assert found == []


def faulty(page) -> None:
    """Send an empty form of a subject."""
    page.goto("/administration/sujets/nouveau")
    page.locator("form.ct-sheet button[type=submit]").click()
    page.get_by_role("alert").wait_for()


def broken(axe, page, path: str) -> list[tuple[str, str, str]]:
    """Say what shuts somebody out of a page."""
    found = [
        (path, rule["id"], rule["nodes"][0]["html"][:200])
        for rule in axe.run(page, options={"runOnly": RULES}).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append((path, "slides sideways", ""))
    return found
