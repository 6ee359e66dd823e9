"""Forty letters before ten o'clock: the keys that a known sender costs, and the document beside the form."""

import pytest
from sqlalchemy import select

from casetrack.database.tables import Case, Citizen, Document, Subject
from tests.web.test_a_letter_in_the_browser import RULES, address, open_page  # noqa: F401

pytestmark = pytest.mark.browser

MOST_KEYS = 12
PDF = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"
# One white point.
GIF = b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"


@pytest.fixture
def earlier(hall) -> str:
    """Nadia Petit already wrote, and the subjects have their keywords."""
    with hall.database.session() as session:
        session.get(Subject, hall.town.subjects["voirie"].id).keywords = "trottoir, nid de poule"
        session.commit()
    return hall.letter(title="Trottoir cassé devant le 12")


class Keyboard:
    """Somebody who touches no mouse; counts the keys beside the text of the letter."""

    def __init__(self, page) -> None:
        self.page, self.keys = page, 0

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def until(self, name: str) -> None:
        """Go on with Tab until this field."""
        while self.page.evaluate("document.activeElement.name") != name:
            self.press("Tab")
            assert self.keys < 30


def test_a_letter_of_a_known_sender_costs_few_keys_and_no_mouse(hall, earlier, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/nouveau")
    page.wait_for_load_state("load")
    keyboard = Keyboard(page)

    keyboard.type("petit nad")
    page.get_by_text("a déjà écrit le").wait_for()
    keyboard.until("title")
    keyboard.type("Trottoirs dangereux rue des Lilas")
    page.get_by_role("heading", name="Doublon ou relance probable").wait_for()
    page.get_by_text("Proposé : Voirie, trottoirs").wait_for()
    if page.evaluate("document.querySelector('[name=nature]').required"):
        keyboard.until("nature")
        keyboard.type("D")
        keyboard.keys += 1
    keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Enregistré sous le n°").wait_for()

    with hall.database.reader() as session:
        letter = session.scalars(select(Case).order_by(Case.id.desc())).first()
    assert (letter.citizen_id, letter.subject_id) == (hall.town.citizen.id, hall.town.subjects["voirie"].id)
    assert keyboard.keys <= MOST_KEYS, keyboard.keys


def test_f2_joins_the_document_to_the_case_found(hall, earlier, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/nouveau")
    page.keyboard.type("petit nad")
    page.get_by_text("a déjà écrit le").wait_for()
    page.get_by_label("Objet").fill("Trottoirs dangereux")
    page.get_by_role("heading", name="Doublon ou relance probable").wait_for()
    page.locator("#document").set_input_files([{"name": "l.gif", "mimeType": "image/gif", "buffer": GIF}])
    page.keyboard.press("F2")
    page.wait_for_url(f"**/dossiers/{earlier}*")

    with hall.database.reader() as session:
        assert [document.name for document in session.scalars(select(Document))] == ["l.gif"]


def test_f2_without_a_document_notes_the_reminder_on_the_case_found(hall, earlier, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/nouveau")
    page.get_by_label("Téléphone").first.check()
    page.get_by_label("Expéditeur", exact=True).fill("petit nad")
    page.get_by_text("a déjà écrit le").wait_for()
    page.get_by_label("Objet").fill("Trottoirs dangereux, elle rappelle")
    page.get_by_role("heading", name="Doublon ou relance probable").wait_for()
    page.keyboard.press("F2")
    page.wait_for_url(f"**/dossiers/{earlier}#journal")

    assert "Rappel par téléphone : Trottoirs dangereux" in page.inner_text("main").replace("\u00a0", " ")


def test_what_is_something_else_stays_away_for_this_sender(hall, earlier, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/nouveau")
    page.get_by_label("Expéditeur", exact=True).fill("petit nad")
    page.get_by_text("a déjà écrit le").wait_for()
    page.get_by_label("Objet").fill("Trottoirs dangereux")
    page.get_by_role("button", name="C’est autre chose").click()
    with page.expect_response("**/usagers?*"):
        page.get_by_label("Objet").press_sequentially(" et sales")
    page.get_by_text("Proposé : Voirie, trottoirs").wait_for()

    assert page.get_by_role("heading", name="Doublon ou relance probable").count() == 0
    assert page.url.endswith("/courriers/nouveau")


def test_somebody_new_is_described_at_once_and_saved_from_any_field(hall, earlier, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/nouveau")
    page.keyboard.type("Awa MARCHAND 06 39 98 01 35")
    page.get_by_text("n’a encore écrit").wait_for()
    page.keyboard.press("Enter")  # to the suggestions, not to a page full of faults
    page.locator("input[value=new]:focus").wait_for()
    page.keyboard.press("Enter")
    page.locator("input[name=family_name]:focus").wait_for()
    typed = {
        name: page.locator(f"#{name}").input_value() for name in ("given_name", "family_name", "telephone")
    }
    page.get_by_label("Objet").fill("Trottoir")
    page.get_by_text("Proposé : Voirie, trottoirs").wait_for()
    page.get_by_label("Sujet").focus()
    page.keyboard.press("Control+Enter")
    page.get_by_role("status").get_by_text("Enregistré sous le n°").wait_for()

    assert typed == {"given_name": "Awa", "family_name": "Marchand", "telephone": "06 39 98 01 35"}
    with hall.database.reader() as session:
        letter = session.scalars(select(Case).order_by(Case.id.desc())).first()
        assert session.get(Citizen, letter.citizen_id).family_name == "Marchand"


def test_the_arrows_pass_by_somebody_new_and_reach_the_last_choice(hall, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/nouveau")
    page.get_by_label("Expéditeur", exact=True).fill("petit")
    page.get_by_text("n’a jamais écrit").wait_for()
    page.locator("input[name=sender]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")

    assert page.locator("input[name=sender]:checked").input_value() == "none"


def test_who_was_found_is_said_chosen_by_arrow_and_tab_goes_straight_to_the_title(hall, earlier, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/nouveau")
    page.wait_for_load_state("load")
    page.keyboard.type("petit nad")
    page.get_by_role("status").get_by_text("1 personne trouvée").wait_for()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == str(hall.town.citizen.id)

    page.keyboard.press("r")  # missed its field: it leads nowhere
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.name") == "title"
    assert page.url.endswith("/courriers/nouveau")


def test_a_double_click_registers_a_letter_once(hall, earlier, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/nouveau")
    page.get_by_label("Expéditeur inconnu").check()
    page.get_by_label("Objet").fill("Trottoir")
    page.get_by_label("Sujet").select_option(label="Voirie, trottoirs")
    page.get_by_role("button", name="Enregistrer et suivant").last.dblclick()
    page.get_by_role("status").get_by_text("Enregistré sous le n°").wait_for()

    with hall.database.reader() as session:
        assert len(session.scalars(select(Case)).all()) == 2


def test_a_document_dropped_anywhere_stands_beside_the_form_and_disturbs_no_word(hall, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/nouveau")
    page.get_by_label("Objet").fill("Trottoir")
    drop(page, "h1", ("l.gif", "image/gif", GIF), ("vide.pdf", "application/pdf", b""))

    page.get_by_role("img", name="Image du document l.gif").wait_for()
    page.get_by_text("« vide.pdf » est vide").wait_for()
    page.get_by_role("button", name="Retirer l.gif").click()
    page.get_by_role("button", name="Remettre l.gif").click()
    assert page.get_by_label("Objet").input_value() == "Trottoir"
    page.get_by_label("Expéditeur inconnu").check()
    page.get_by_label("Sujet").select_option(label="Voirie, trottoirs")
    page.get_by_role("button", name="Enregistrer et ouvrir").click()
    page.get_by_role("heading", name="Documents").wait_for()

    with hall.database.reader() as session:
        assert [document.name for document in session.scalars(select(Document))] == ["l.gif"]


def test_a_document_that_is_far_too_large_is_not_even_sent(hall, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/nouveau")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate("document.querySelector('[data-keep]').dataset.largest = 10")
    drop(page, "h1", ("lourd.pdf", "application/pdf", PDF))

    page.get_by_text("« lourd.pdf » dépasse 25 Mo").wait_for()
    assert sent == []


def drop(page, where: str, *files: tuple[str, str, bytes]) -> None:
    """Let files fall on a part of the page."""
    page.evaluate(
        """([where, files]) => {
          const carried = new DataTransfer();
          for (const [name, type, bytes] of files) carried.items.add(new File([new Uint8Array(bytes)], name, { type }));
          const fall = { dataTransfer: carried, bubbles: true, cancelable: true };
          document.querySelector(where).dispatchEvent(new DragEvent("drop", fall));
        }""",
        [where, [[name, kind, list(content)] for name, kind, content in files]],
    )


def test_without_script_the_document_stands_beside_the_form_that_comes_back(hall, open_page):  # noqa: F811
    page = open_page("marc")
    page.goto("/courriers/nouveau")
    page.locator("#document").set_input_files([{"name": "l.gif", "mimeType": "image/gif", "buffer": GIF}])
    page.get_by_label("Expéditeur", exact=True).fill("petit")
    page.get_by_role("main").get_by_role("button", name="Chercher").click()

    image = page.get_by_role("img", name="Image du document l.gif")
    image.wait_for()
    page.wait_for_load_state("load")
    assert image.evaluate("it => it.complete && it.naturalWidth") == 1
    page.get_by_label("Objet").fill("Trottoir")
    page.get_by_label("Sujet").select_option(label="Voirie, trottoirs")
    page.get_by_role("button", name="Enregistrer et ouvrir").click()
    assert "l.gif" in page.get_by_role("region", name="Documents").inner_text()


@pytest.mark.parametrize("screen", ["desk", "telephone"])
def test_the_desk_and_the_documents_shut_nobody_out(hall, earlier, open_page, screen, tmp_path):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    page = open_page("marc", script=True, screen=screen)
    complaints, found = [], []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/courriers/nouveau")
    page.get_by_label("Expéditeur", exact=True).fill("petit")
    page.get_by_label("Objet").fill("Trottoir dangereux")
    page.locator("#document").set_input_files(
        [
            {"name": "photo.gif", "mimeType": "image/gif", "buffer": GIF},
            {"name": "mot.txt", "mimeType": "text/plain", "buffer": b"Bonjour."},
        ]
    )
    page.get_by_role("img", name="Image du document photo.gif").wait_for()
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name="Chercher").click()
    page.get_by_role("heading", name="Doublon ou relance probable").wait_for()
    look(Axe(), page, found)
    page.screenshot(path=tmp_path / f"registration-{screen}.png", full_page=True)
    page.get_by_role("button", name="Enregistrer et ouvrir").click()
    page.get_by_role("heading", name="Documents").wait_for()
    look(Axe(), page, found)
    page.screenshot(path=tmp_path / f"documents-{screen}.png", full_page=True)

    assert found == []
    assert complaints == []


def look(axe, page, found: list) -> None:
    """Note what axe finds on this page, and whether it slides sideways."""
    for broken in axe.run(page, options={"runOnly": RULES}).response["violations"]:
        found.append((page.url, broken["id"], broken["nodes"][0]["html"][:200]))
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append((page.url, "slides sideways", ""))
