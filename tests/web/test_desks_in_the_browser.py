"""The pages of heads, mediator and evaluation as axe sees them, on a desk's screen and on a telephone."""

import os
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from casetrack.engine import sweep
from tests.town import NINE
from tests.web.visitors import PASSWORD

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = {"desk": (1280, 900), "telephone": (375, 800)}
LONG = "La Rochefoucauld-Montmorency-Laval-d'Argenson-de-Saint-Germain-en-Laye-et-autres"
PICTURES = os.environ.get("CASETRACK_TEST_PICTURES")
"""A folder for the pictures of the pages; none are kept without it."""


@pytest.fixture
def address(hall):
    """The address of the town hall, served to a real browser."""
    server = make_server("127.0.0.1", 0, hall.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def busy(hall) -> dict[str, list[str]]:
    """A service with letters of every urgency, one with a very long name; who looks at what."""
    with hall.database.session() as session:
        hall.town.citizen.family_name = LONG
        session.merge(hall.town.citizen)
        session.commit()
    taken = [
        hall.taken(received_on=date(2026, 11, day), title=f"Éclairage du {day} novembre")
        for day in (2, 9, 18)
    ]
    hall.letter(("marc", "triage", hall.on("voirie")), title=LONG)
    for number in range(3):
        hall.letter(("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}),
                    ("anne", "draft_answer", {"answer": "Bientôt.\n\nÀ vous.", "outcome": "refusal"}),
                    ("anne", "submit_for_endorsement", {}), title=f"Projet {number}")  # fmt: skip
    hall.now = NINE + timedelta(days=24)
    sweep(hall.database.session, at=hall.now)
    check = f"/service/reaffectation/apercu?vers={hall.town.paul.id}" + "".join(
        f"&dossier={one}" for one in taken
    )
    return {
        "denis": ["/service", "/parapheur", "/service/reaffectation", check, f"{check}&dossier=2026-A-999999",
                  "/service/reaffectation/apercu?vers="],
        "diane": ["/service"],
        "simone": ["/parapheur"],
        "eva": ["/dysfonctionnements", "/dysfonctionnements?cause=answer_late"],
    }  # fmt: skip


@pytest.mark.parametrize(("screen", "language"), [("desk", "fr"), ("telephone", "fr"), ("desk", "en")])
def test_no_desk_shuts_anybody_out(hall, busy, browser, address, screen, language):
    from axe_playwright_python.sync_playwright import Axe

    found = []
    width, height = SCREENS[screen]
    for login, paths in busy.items():
        context = browser.new_context(viewport={"width": width, "height": height}, base_url=address)
        page = context.new_page()
        page.goto("/connexion")
        page.get_by_label("Identifiant").fill(login)
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.get_by_role("heading", level=1).wait_for()
        if language == "en":
            page.get_by_role("button", name="English").click()
        for number, path in enumerate(paths):
            page.goto(path, wait_until="load")
            for broken in Axe().run(page, options={"runOnly": RULES}).response["violations"]:
                found.append((path, broken["id"], broken["nodes"][0]["html"][:200]))
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append((path, "slides sideways", ""))
            if PICTURES:
                page.screenshot(
                    path=Path(PICTURES) / f"{login}-{number}-{screen}-{language}.png", full_page=True
                )
        context.close()

    assert found == []
