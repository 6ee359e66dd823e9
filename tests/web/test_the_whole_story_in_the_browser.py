"""One letter from the counter to its second life, by each of its people: by mouse with and without script, by keyboard alone.

Then two people before one case: the slower one is told who did what, keeps their text, and sends it.
"""

import pytest
from sqlalchemy import select

from casetrack.database.tables import Event
from tests.web.test_a_letter_in_the_browser import BUTTONS, address, choose, open_page  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LETTER = "2026-A-000001"
STEPS = [  # who, the action, what they type at which label
    ("marc", "Qualifier", {"Sujet": "Voirie, trottoirs"}),
    ("denis", "Affecter", {"Agent": "Anne Arnaud"}),
    ("anne", "Prendre en charge", {}),
    ("anne", "Demander des pièces indispensables", {"Pièces, une par ligne": "Un plan", "À fournir au plus tard le": "2026-12-07"}),
    ("marc", "Enregistrer les pièces reçues", {"Reçues le": "2026-11-23"}),
    ("anne", "Envoyer un point d’étape", {"Ce qui est fait": "La visite.", "Ce qui reste à faire": "Les travaux.",
                                          "Pourquoi ce délai": "Le gel.", "Prochaines nouvelles": "2026-12-14"}),
    ("anne", "Rédiger la réponse", {"Texte de la réponse": "Le trottoir sera abaissé.", "Sens de la réponse": "Réponse favorable"}),
    ("anne", "Soumettre au visa", {}),
    ("denis", "Viser", {}),
    ("denis", "Signer", {}),
    ("marc", "Expédier la réponse", {}),
    ("anne", "Clôturer", {"Motif": "Réponse favorable"}),
    ("marc", "Rouvrir", {"Motif": "Le trottoir est encore trop haut."}),
]  # fmt: skip
TOLD = ["open", "triage", "assign", "take_charge", "request_items", "record_items", "send_milestone", "draft_answer",
        "submit_for_endorsement", "endorse", "sign", "send_answer", "close", "reopen"]  # fmt: skip


class Mouse:
    """Somebody who points, clicks and types."""

    def __init__(self, page) -> None:
        self.page = page

    def press(self, button) -> None:
        """Press a button, a link or a box."""
        button.click()

    def write(self, field, value: str) -> None:
        """Fill in a field."""
        if field.evaluate("it => it.tagName") == "SELECT":
            choose(field, value)
        else:
            field.fill(value)


class Keyboard:
    """Somebody who touches no mouse: Tab to it, then the keys of the browser itself."""

    def __init__(self, page) -> None:
        self.page = page

    def press(self, button) -> None:
        """Press a button, a link or a box."""
        self.reach(button)
        self.page.keyboard.press(
            "Space" if button.evaluate("it => it.type") in ("radio", "checkbox") else "Enter"
        )

    def write(self, field, value: str) -> None:
        """Fill in a field."""
        self.reach(field)
        kind = field.evaluate("it => it.type")
        if kind == "date":  # the parts of a date, in the order of this browser's language
            year, month, day = value.split("-")
            value = f"{month}{day}{year}"
        elif kind != "select-one":
            self.page.keyboard.press("Control+a")
        self.page.keyboard.type(value)

    def reach(self, wanted) -> None:
        """Press Tab until the focus is there; a group of choices is one stop, and its arrows lead on."""
        for _ in range(300):
            if wanted.evaluate("it => it === document.activeElement"):
                return
            group = "it => it.type === 'radio' && document.activeElement.name === it.name"
            self.page.keyboard.press("ArrowDown" if wanted.evaluate(group) else "Tab")
        raise AssertionError(f"the keyboard does not reach {wanted}")


def register(hands) -> None:
    """Register the letter of somebody new, at the desk."""
    page = hands.page
    hands.press(page.get_by_role("navigation").get_by_role("link", name="Enregistrer", exact=True))
    page.wait_for_url("**/courriers/nouveau")
    hands.press(page.get_by_label("Guichet"))
    hands.press(page.get_by_label("Nouvelle personne"))
    details = page.locator("summary", has_text="Coordonnées de la nouvelle personne")
    if not page.get_by_label("Prénom", exact=True).is_visible():
        hands.press(details)
    for label, value in [("Prénom", "Lucie"), ("Nom", "Marchand"), ("N° et rue", "14 rue des Lilas"),
                         ("Code postal", "99000"), ("Commune", "Valmy")]:  # fmt: skip
        hands.write(page.get_by_label(label, exact=True), value)
    hands.write(page.get_by_label("Objet"), "Bateau d'accès devant le 14")
    hands.write(page.get_by_label("Sujet"), "Voirie, trottoirs")
    hands.press(page.get_by_role("button", name="Enregistrer et ouvrir"))
    page.wait_for_url(f"**/dossiers/{LETTER}")


def step(hands, action: str, typed: dict[str, str]) -> None:
    """Find the case by its number, choose the action, fill in its form, send it, and read that it is done."""
    page = hands.page
    hands.write(page.get_by_label("Chercher un dossier"), LETTER)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/dossiers/{LETTER}")
    box = page.get_by_role("region", name="À faire", exact=True)
    choice = box.get_by_role("link", name=action).or_(box.get_by_role("button", name=action)).first
    is_form = choice.evaluate("it => it.tagName") == "A"
    hands.press(choice)
    if is_form:
        page.wait_for_url("**/actions/*")
        for label, value in typed.items():
            hands.write(page.get_by_role("main").get_by_label(label), value)
        hands.press(page.get_by_role("main").get_by_role("button", name=BUTTONS.get(action, action)))
    page.get_by_role("status").filter(has_text="Vous avez").wait_for()


@pytest.mark.parametrize(("hands", "script"), [(Mouse, False), (Mouse, True), (Keyboard, True)])
def test_a_letter_lives_and_lives_again(hall, open_page, hands, script):  # noqa: F811
    people = {login: hands(open_page(login, script=script)) for login in ("marc", "anne", "denis")}

    register(people["marc"])
    for login, action, typed in STEPS:
        step(people[login], action, typed)

    with hall.database.reader() as session:
        told = [
            line.action for line in session.scalars(select(Event).order_by(Event.seq)) if line.action in TOLD
        ]
        closed = [line.actor_id for line in session.scalars(select(Event).where(Event.ends))]
    assert told == TOLD
    assert closed == [hall.town.anne.id]


@pytest.mark.parametrize("script", [True, False])
def test_the_slower_of_two_is_told_who_did_what_and_sends_the_text_again(hall, open_page, script):  # noqa: F811
    letter = hall.taken()
    anne, denis = open_page("anne", script=script), open_page("denis", script=script)
    text = "Madame,\n\nLe trottoir sera abaissé en janvier."
    for page in (anne, denis):
        page.goto(f"/dossiers/{letter}/actions/draft_answer")
    denis.get_by_label("Texte de la réponse").fill("Non.")
    denis.get_by_label("Sens de la réponse").select_option("refusal")
    denis.get_by_role("main").get_by_role("button", name="Enregistrer le projet").click()
    denis.wait_for_url(f"**/dossiers/{letter}")

    anne.get_by_label("Texte de la réponse").fill(text)
    anne.get_by_label("Sens de la réponse").select_option("refusal")
    anne.get_by_role("main").get_by_role("button", name="Enregistrer le projet").click()

    alert = anne.get_by_role("alert").inner_text()
    assert "Ce dossier a changé pendant que vous écriviez" in alert
    assert "Denis Delmas" in alert
    assert anne.get_by_label("Texte de la réponse").input_value() == text
    anne.get_by_role("main").get_by_role("button", name="Enregistrer le projet").click()
    anne.wait_for_url(f"**/dossiers/{letter}")
    assert (
        "Le trottoir sera abaissé en janvier."
        in anne.get_by_role("region", name="Projet de réponse").inner_text()
    )
