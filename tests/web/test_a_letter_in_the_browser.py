"""The story of one letter in a real browser: three people, one counter, no script."""

import pytest

from casetrack.database.tables import StaffRole
from casetrack.engine import sweep
from tests.town import NINE
from tests.web.visitors import PASSWORD, served

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = {"desk": (1280, 900), "telephone": (375, 800)}


@pytest.fixture
def address(hall):
    """The address of the town hall, served to real browsers; Denis signs what his service answers."""
    with hall.database.session() as session:
        session.add(
            StaffRole(staff_id=hall.town.denis.id, role="signatory", service_id=hall.town.services["VOI"].id)
        )
        session.commit()
    with served(hall.app) as address:
        yield address


@pytest.fixture
def open_page(browser, address):
    """Open the browser of somebody who signs in by hand."""
    contexts = []

    def opened(login: str | None, *, script: bool = False, screen: str = "desk", scheme: str = "light"):
        width, height = SCREENS[screen]
        context = browser.new_context(
            java_script_enabled=script,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            base_url=address,
        )
        contexts.append(context)
        page = context.new_page()
        if login:
            page.goto("/connexion")
            page.get_by_label("Identifiant").fill(login)
            page.get_by_label("Mot de passe").fill(PASSWORD)
            page.get_by_role("button", name="Se connecter").click()
            page.get_by_role("heading", level=1).wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()


BUTTONS = {"Rédiger la réponse": "Enregistrer le projet"}
"""What the button of a form says, where it is not the name of the action."""


def choose(field, label: str) -> None:
    """Choose the first option that begins so: that of a subject goes on with its service."""
    field.select_option(field.locator("option").filter(has_text=label).first.get_attribute("value"))


def do(page, reference: str, action: str, **typed: str) -> None:
    """Find the case by its number, choose an action, fill in its form, send it."""
    page.get_by_label("Chercher un dossier").fill(reference)
    page.get_by_label("Chercher un dossier").press("Enter")
    box = page.get_by_role("region", name="À faire", exact=True)
    choice = box.get_by_role("link", name=action).or_(box.get_by_role("button", name=action))
    is_direct = choice.first.evaluate("it => it.tagName") == "BUTTON"
    choice.first.click()
    if is_direct:
        return
    for label, value in typed.items():
        field = page.get_by_label(label.replace("_", " "))
        if field.evaluate("it => it.tagName") == "SELECT":
            choose(field, value)
        else:
            field.fill(value)
    page.get_by_role("button", name=BUTTONS.get(action, action)).click()


def test_a_letter_goes_from_the_counter_to_closure(open_page):
    marc, anne, denis = open_page("marc"), open_page("anne"), open_page("denis")

    marc.get_by_role("link", name="Enregistrer", exact=True).click()
    marc.get_by_label("Guichet").check()
    marc.get_by_label("Nouvelle personne").check()
    marc.get_by_text("Coordonnées de la nouvelle personne").click()
    for label, value in [("Prénom", "Lucie"), ("Nom", "Marchand"), ("N° et rue", "14 rue des Lavandières"),
                         ("Code postal", "99000"), ("Commune", "Valmy")]:  # fmt: skip
        marc.get_by_label(label, exact=True).fill(value)
    marc.get_by_label("Objet").fill("Bateau d'accès devant le 14")
    marc.get_by_label("Sujet").select_option(label="Voirie, trottoirs")
    marc.get_by_label("Objet").press("Enter")  # registers, without a mouse

    status = marc.get_by_role("status", name="Courrier enregistré")
    assert "2026-A-000001" in status.inner_text()
    assert "mercredi 23 décembre 2026" in status.inner_text().replace("\u00a0", " ")
    with marc.context.expect_page() as receipt:
        status.get_by_role("link", name="Imprimer l’accusé").click()
    assert "14 rue des Lavandières" in receipt.value.get_by_role("article").inner_text()
    receipt.value.close()

    letter = "2026-A-000001"
    do(marc, letter, "Qualifier", Sujet="Voirie, trottoirs")
    do(anne, letter, "Prendre en charge")
    do(anne, letter, "Rédiger la réponse", Texte_de_la_réponse="Le trottoir sera abaissé en janvier.",
       Sens_de_la_réponse="Réponse favorable")  # fmt: skip
    do(anne, letter, "Soumettre au visa")
    denis.get_by_role("link", name="Parapheur").click()
    denis.get_by_role("button", name="Viser").click()
    denis.get_by_role("button", name="Signer").click()
    do(marc, letter, "Expédier la réponse")
    marc.get_by_role("link", name="Tirage").click()
    marc.get_by_role("button", name="Marquer comme postées").click()
    assert "2 lettres marquées comme postées" in marc.get_by_role("status").first.inner_text()
    do(anne, letter, "Clôturer", Motif="Réponse favorable")

    assert "Clôturé" in anne.get_by_role("main").inner_text()
    history = anne.get_by_role("region", name="Échanges et journal").inner_text()
    for line in ("Marc Morel", "Denis Delmas", "Vous", "Le trottoir sera abaissé en janvier"):
        assert line in history or line in anne.get_by_role("region", name="Réponse envoyée le").inner_text()


@pytest.fixture
def busy(hall) -> dict[str, list[str]]:
    """A town hall on the day after a deadline, with something on every page; who looks at what."""
    late = hall.letter(("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}))
    hall.letter(("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}),
                ("anne", "draft_answer", {"answer": "Bientôt.\n\nÀ vous.", "outcome": "refusal"}),
                ("anne", "submit_for_endorsement", {}))  # fmt: skip
    waiting = hall.letter(("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}),
                          ("anne", "request_items", {"items": "Plan", "items_by": "2027-01-31"}))  # fmt: skip
    secret = hall.letter(subject="social")
    hall.now = NINE.replace(month=12, day=28)
    sweep(hall.database.session, at=hall.now)
    return {
        "": ["/connexion", "/health"],
        "anne": ["/", f"/dossiers/{late}", f"/dossiers/{waiting}", f"/dossiers/{late}/actions/draft_answer",
                 f"/dossiers/{late}/actions/request_items", "/alertes", "/nulle-part"],
        "denis": ["/?vue=endorse", "/?vue=service", f"/dossiers/{secret}"],
        "simone": ["/?vue=sign"],
        "marc": ["/?vue=all", "/courriers/nouveau", f"/courriers/nouveau?apres={late}", "/tirage", "/tirage/imprimer",
                 f"/dossiers/{late}/actions/send_milestone"],
    }  # fmt: skip


def test_the_style_sheets_are_ours_and_the_policy_lets_them_through(busy, open_page):
    page = open_page("anne", script=True)
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))

    page.goto(busy["anne"][1])

    assert complaints == []
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.ct-top')).backgroundColor")
        == "rgb(16, 52, 58)"
    )
    assert len({url.split("/")[2] for url in asked}) == 1  # nothing comes from elsewhere
