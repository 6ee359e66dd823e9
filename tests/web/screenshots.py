"""The six pictures of the README, taken in the demonstration town: `make screenshots`."""

import logging
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from casetrack.database import Database
from casetrack.database.migrate import upgrade
from casetrack.demo import PASSWORD, Parameters, fill
from casetrack.settings import Settings
from tests.conftest import CHROMIUMS, FLAGS
from tests.web.visitors import served
from web import create_app

NOW = datetime(2026, 11, 23, 9, 40, tzinfo=UTC)
"""A Monday, twenty to eleven in Rivemont: the same pictures on every day."""
LETTERS = 600
LETTER = """<body style="margin: 60px; width: 480px; font: 17px/1.5 serif">
<p>{writer}<br>Rivemont</p><p>Madame la Maire,</p><p>Je vous écris au sujet suivant&nbsp;: {title}.</p>
<p>Voilà des semaines que j'attends&nbsp;; je vous prie de faire le nécessaire.</p><p>{writer}</p></body>"""


def take(folder: Path, browser: Browser, *, letters: int = LETTERS) -> None:
    """Make the town of the demonstration, visit it and leave the six pictures in a folder."""
    with tempfile.TemporaryDirectory() as data:
        database = Database(f"sqlite:///{Path(data) / 'demo.db'}", synchronous="OFF")
        upgrade(database.engine)
        fill(database, Parameters(letters=letters), now=NOW)
        settings = Settings(database_url=str(database.url), data_dir=Path(data), given_secret_key="k" * 40)
        with served(create_app(settings, database, now=lambda: NOW)) as address:
            _visit(folder, browser, address)
        database.dispose()


def _visit(folder: Path, browser: Browser, address: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    officer = _entered(browser, address, "a.tenedor")
    _leave(officer, folder / "worklist.png", 1000)
    officer.locator(".ct-row .ct-what > a").first.click()
    officer.get_by_role("heading", name="Documents").wait_for()
    writer = officer.locator(".ct-head a[href='#t-citizen']").inner_text()
    title = officer.get_by_role("heading", level=1).inner_text()
    scan = _scan(browser, writer, title)
    officer.locator("#document").set_input_files(scan)
    officer.get_by_role("button", name="Joindre").click()
    officer.get_by_role("status").wait_for()
    officer.goto(officer.url.partition("#")[0])
    _leave(officer, folder / "case.png", 1300)
    telephone = _entered(browser, address, "a.tenedor", width=375, scheme="dark")
    _leave(telephone, folder / "worklist-375-dark.png", 900)

    desk = _entered(browser, address, "a.rakotoarisoa", "/courriers/nouveau")
    desk.locator("#document").set_input_files(scan)
    desk.get_by_role("img", name="Image du document lettre.png").wait_for()
    desk.get_by_label("Objet").fill(title)
    desk.get_by_label("Expéditeur", exact=True).press_sequentially(writer.split()[-1])
    desk.get_by_text("a déjà écrit le").first.wait_for()
    _leave(desk, folder / "registration.png", 920)

    head = _entered(browser, address, "n.benhaddou-colin", "/service")
    _leave(head, folder / "service.png", 1250)
    mediator = _entered(browser, address, "h.abadie-nkoulou", "/dysfonctionnements")
    _leave(mediator, folder / "dysfunctions.png", 1100)


def _scan(browser: Browser, writer: str, title: str) -> dict:
    """Return a letter as a scanner gives it."""
    page = browser.new_page(viewport={"width": 600, "height": 780})
    page.set_content(LETTER.format(writer=writer, title=title))
    picture = page.screenshot()
    page.close()
    return {"name": "lettre.png", "mimeType": "image/png", "buffer": picture}


def _entered(
    browser: Browser, address: str, login: str, path: str = "/", *, width: int = 1280, scheme: str = "light"
) -> Page:
    """Return the page of somebody who signed in and went to this address."""
    page = browser.new_page(
        base_url=address, viewport={"width": width, "height": 900}, color_scheme=scheme, locale="fr-FR",
        reduced_motion="reduce")  # fmt: skip
    page.goto(f"/connexion?next={path}")
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("load")
    return page


def _leave(page: Page, picture: Path, height: int) -> None:
    page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
    page.screenshot(path=picture)


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    program = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with sync_playwright() as playwright:
        # Its own words (choose a file, a date) are the browser's: in French, as in the town.
        chromium = playwright.chromium.launch(
            executable_path=program,
            args=[*FLAGS, "--lang=fr-FR"],
            env={"LANGUAGE": "fr", "LANG": "fr_FR.UTF-8"},
        )
        take(Path(sys.argv[1]), chromium)
        chromium.close()
