"""What the printer gives: a page a letter, its address in the window of the envelope, nothing of the screen."""

import pypdfium2
import pytest
from sqlalchemy import update

from casetrack.database.tables import Message
from tests.web.test_a_letter_in_the_browser import address, open_page  # noqa: F401

pytestmark = pytest.mark.browser

MILLIMETRE = 72 / 25.4
SEEN = (44, 91)
"""Millimetres from the top that a window may show, however the sheet slips."""
ALWAYS_SEEN = (45, 79)
"""In a window of 45 mm; that of 35 mm begins ten lower, and shows five lines of an address."""


@pytest.fixture
def letter(hall) -> str:
    """A letter whose receipt leaves by post, to an address of six lines."""
    with hall.database.session() as session:
        citizen = session.merge(hall.town.citizen)
        citizen.prefers_post = True
        session.commit()
    reference = hall.letter()
    lines = "Mme Nadia Petit\nChez M. Karim Benmoussa\nEntrée B, appartement 12\n12 rue des Lilas\nBP 40\n99000 Valmy"
    with hall.database.session() as session:
        session.execute(update(Message).values(recipient=lines, channel="post", status="to_print"))
        session.commit()
    return reference


def boxes(page, text: str) -> list[tuple[float, float, float, float]]:
    """Return where a text stands: left, top, right, bottom, in millimetres from the corner of the sheet."""
    words, height = page.get_textpage(), page.get_height()
    found = words.search(text).get_next()
    assert found, text
    rectangles = [words.get_charbox(number) for number in range(found[0], found[0] + found[1])]
    return [
        (left / MILLIMETRE, (height - top) / MILLIMETRE, right / MILLIMETRE, (height - bottom) / MILLIMETRE)
        for left, bottom, right, top in rectangles
    ]


def test_the_address_alone_stands_in_the_window_of_the_envelope(hall, letter, open_page, tmp_path):  # noqa: F811
    page = open_page("marc")
    page.goto("/tirage/imprimer")
    page.pdf(path=tmp_path / "tirage.pdf", prefer_css_page_size=True)

    with pypdfium2.PdfDocument(tmp_path / "tirage.pdf") as printed:
        sheet = printed[0]
        for line in ("Mme Nadia Petit", "12 rue des Lilas", "BP 40"):
            for left, top, right, bottom in boxes(sheet, line):
                assert 100 < left <= right < 190, line
                assert ALWAYS_SEEN[0] <= top <= bottom <= ALWAYS_SEEN[1], (line, top, bottom)
        assert min(box[1] for box in boxes(sheet, "lundi 23 novembre 2026")) > SEEN[1]
        whole = sheet.get_textpage().get_text_range()
    assert "Imprimez cette page" not in whole
    assert "Revenir" not in whole
    assert whole.count(letter) >= 1
    assert f"[{letter}]" not in whole


def test_the_page_of_the_receipt_prints_by_itself_and_the_form_hears_one_key(hall, letter, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.context.add_init_script("window.print = () => { document.title = 'imprimé'; }")
    page.goto(f"/courriers/nouveau?apres={letter}")
    page.wait_for_load_state("load")

    with page.context.expect_page() as opened:
        page.keyboard.press("F8")

    from playwright.sync_api import expect

    expect(opened.value).to_have_title("imprimé")
    assert "Mme Nadia Petit" in opened.value.get_by_role("article").inner_text()
