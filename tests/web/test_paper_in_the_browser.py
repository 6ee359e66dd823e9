"""What one prints, and screens between a telephone and a desk: nothing squeezed, nothing to press on paper."""

import pytest

from tests.web.test_a_letter_in_the_browser import address, open_page  # noqa: F401

pytestmark = pytest.mark.browser

NARROWEST_TITLE = 150
"""CSS pixels: a title cut into less is read letter by letter."""
A4 = 794
"""CSS pixels of a sheet of A4."""
PRESSED = "button:visible, input:not([type=hidden]):visible, textarea:visible, select:visible"


@pytest.fixture
def page(hall, open_page):  # noqa: F811
    """Anne before her list: a letter to answer and one to take charge of."""
    hall.letter(("marc", "triage", hall.on("voirie")), ("denis", "assign", {"officer": hall.town.anne.id}))
    hall.taken()
    return open_page("anne", script=True)


@pytest.mark.parametrize("width", [768, A4, 900, 1024, 1199, 1280])
@pytest.mark.parametrize("media", ["screen", "print"])
def test_a_title_has_room_at_every_width(page, width, media):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media=media)

    widths = page.eval_on_selector_all(".ct-row .ct-what", "found => found.map(it => it.clientWidth)")

    assert len(widths) == 2
    assert min(widths) >= NARROWEST_TITLE


def test_a_printed_case_holds_what_one_reads_and_nothing_to_press(hall, page):
    page.goto(f"/dossiers/{hall.taken(title='Banc cassé')}")
    assert page.locator(PRESSED).count() > 5
    page.emulate_media(media="print", color_scheme="dark")

    assert page.locator(PRESSED).all() == []
    assert page.get_by_role("heading", level=1, name="Banc cassé").is_visible()
    assert page.get_by_text("Échanges et journal").is_visible()
    white = "getComputedStyle(document.querySelector('.ct-sheet')).backgroundColor"
    assert page.evaluate(white) == "rgb(255, 255, 255)"
