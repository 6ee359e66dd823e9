"""A pile of scans in the morning: dropped at once, registered letter after letter without a mouse."""

import pytest
from sqlalchemy import select

from casetrack.database.tables import Case, Document, PileLine
from tests.web.test_a_letter_in_the_browser import RULES, address, open_page  # noqa: F401
from tests.web.test_registration_in_the_browser import GIF, drop, earlier, look  # noqa: F401

pytestmark = pytest.mark.browser

SCANS = [(f"pli {n}.gif", "image/gif", GIF + bytes([n])) for n in range(1, 4)]


def files() -> list[dict]:
    return [{"name": name, "mimeType": kind, "buffer": content} for name, kind, content in SCANS]


def joined(hall) -> list[str]:
    with hall.database.reader() as session:
        query = select(Document.name).join(Case, Case.id == Document.case_id).order_by(Case.id)
        return list(session.scalars(query))


def test_a_pile_is_dropped_in_its_order_and_registered_without_a_mouse(hall, earlier, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/lot")
    drop(page, "h1", *SCANS, ("vide.pdf", "application/pdf", b""))
    page.get_by_role("heading", name="3 plis attendent").wait_for()
    page.get_by_text("« vide.pdf » est vide").wait_for()
    shown = page.locator("#pile .ct-scan .ct-text > a").all_inner_texts()
    assert [name.splitlines()[0] for name in shown] == ["pli 1.gif", "pli 2.gif", "pli 3.gif"]

    page.get_by_role("button", name="Enregistrer le premier pli").press("Enter")
    for n in (1, 2, 3):
        page.get_by_text(f"Pli {n} sur 3").wait_for()
        page.get_by_role("img", name=f"Image du document pli {n}.gif").wait_for()
        page.wait_for_load_state("load")
        page.keyboard.type("petit nad")
        page.get_by_text("a déjà écrit le").wait_for()
        page.get_by_label("Objet").focus()
        page.keyboard.type("Trottoirs dangereux rue des Lilas")
        page.get_by_text("Proposé : Voirie, trottoirs").wait_for()
        page.keyboard.press("Enter")
    page.get_by_text("La pile est terminée").wait_for()

    assert joined(hall) == ["pli 1.gif", "pli 2.gif", "pli 3.gif"]


def test_the_pile_is_counted_document_after_document(hall, open_page):  # noqa: F811
    page, held = open_page("marc", script=True), []
    page.goto("/courriers/lot")
    sent = iter(range(10))
    page.route(
        "**/courriers/lot",
        lambda route: (
            held.append(route) if route.request.method == "POST" and next(sent) == 1 else route.continue_()
        ),
    )
    drop(page, "h1", *SCANS)

    page.get_by_role("heading", name="1 pli attend").wait_for()  # the second is still on its way
    page.get_by_text("Envoi de « pli 2.gif »").wait_for()
    assert page.get_by_text("La pile est vide").count() == 0
    held[0].continue_()
    page.get_by_role("heading", name="3 plis attendent").wait_for()
    page.locator("[data-kept] > li").first.wait_for(state="detached")


def test_without_script_a_pile_is_put_down_and_registered_all_the_same(hall, open_page):  # noqa: F811
    page = open_page("marc")
    page.goto("/courriers/lot")
    page.locator("#document").set_input_files(files()[:2])
    page.get_by_role("button", name="Déposer sur la pile").click()
    page.get_by_text("2 plis ajoutés à la pile").wait_for()
    page.get_by_role("button", name="Retirer pli 1.gif").click()
    page.get_by_role("button", name="Enregistrer le premier pli").click()
    page.get_by_label("Expéditeur inconnu").check()
    page.get_by_label("Objet").fill("Trottoir")
    page.get_by_label("Sujet").select_option(label="Voirie, trottoirs")
    page.get_by_role("button", name="Enregistrer et suivant").last.click()
    page.get_by_text("La pile est terminée").wait_for()

    assert joined(hall) == ["pli 2.gif"]


@pytest.mark.parametrize("screen", ["desk", "telephone"])
def test_the_pile_shuts_nobody_out(hall, open_page, screen, tmp_path):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    page = open_page("marc", script=True, screen=screen)
    complaints, found = [], []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/courriers/lot")
    look(Axe(), page, found)
    long_name = {"name": f"{'numérisation' * 7}.gif", "mimeType": "image/gif", "buffer": GIF}
    page.locator("#document").set_input_files([*files(), long_name])
    page.get_by_role("heading", name="4 plis attendent").wait_for()
    page.get_by_role("button", name="Mettre de côté pli 1.gif").click()
    page.get_by_role("button", name="Retirer pli 2.gif").click()
    page.get_by_role("heading", name="2 plis attendent").wait_for()
    page.wait_for_load_state("load")  # its styles too: what is looked at is the page that people see
    look(Axe(), page, found)
    page.screenshot(path=tmp_path / f"pile-{screen}.png", full_page=True)
    page.get_by_role("button", name=f"Enregistrer {long_name['name']}").click()
    page.get_by_text("Pli 2 sur 3").wait_for()
    page.wait_for_load_state("load")
    look(Axe(), page, found)

    assert found == []
    assert complaints == []
    with hall.database.reader() as session:
        assert len(session.scalars(select(PileLine)).all()) == 4
