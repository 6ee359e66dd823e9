"""Letters as keys, in a real browser: they move, open and act, never while one writes, and can be switched off."""

import pytest

from tests.web.test_a_letter_in_the_browser import address, open_page  # noqa: F401

pytestmark = pytest.mark.browser


@pytest.fixture
def anne(hall, open_page):  # noqa: F811
    """Anne before her list: one letter to take charge of, one to answer."""
    hall.letter(
        ("marc", "triage", hall.on("voirie")),
        ("denis", "assign", {"officer": hall.town.anne.id}),
        title="À prendre",
    )
    hall.taken(title="À répondre")
    page = open_page("anne", script=True)
    page.wait_for_load_state("networkidle")
    return page


def focused(page) -> str:
    return page.evaluate("document.activeElement.textContent.trim()")


def test_j_and_k_walk_through_the_list_and_enter_opens(anne):
    anne.keyboard.press("j")
    first = focused(anne)
    anne.keyboard.press("j")
    second = focused(anne)
    anne.keyboard.press("k")

    assert {first, second} == {"À prendre", "À répondre"}
    assert focused(anne) == first
    anne.keyboard.press("Enter")
    anne.get_by_role("heading", level=1, name=first).wait_for()


def test_a_acts_on_the_row_that_has_the_focus_and_on_no_other(anne):
    anne.keyboard.press("a")  # nothing has the focus yet: the first row takes it, nothing is done
    assert focused(anne) in ("À prendre", "À répondre")

    anne.get_by_role("link", name="À prendre", exact=True).focus()
    anne.keyboard.press("a")

    anne.get_by_text("Vous avez pris le dossier en charge").wait_for()
    assert anne.get_by_role("heading", level=1).inner_text() == "Ma liste"


def test_a_letter_typed_in_a_field_is_a_letter(anne):
    anne.keyboard.press("/")
    anne.keyboard.type("jakr?")

    assert anne.get_by_label("Chercher un dossier").input_value() == "jakr?"
    assert anne.get_by_role("heading", level=1).inner_text() == "Ma liste"


def test_the_keys_of_a_case_lead_to_the_answer_the_milestone_and_the_note(anne):
    anne.get_by_role("link", name="À répondre", exact=True).click()
    anne.get_by_role("heading", level=1, name="À répondre").wait_for()
    anne.wait_for_load_state("load")  # the keys come with a script of their own

    anne.keyboard.press("n")
    assert anne.evaluate("document.activeElement.id") == "note"
    anne.get_by_role("heading", level=1).click()
    anne.evaluate("document.activeElement.blur()")
    anne.keyboard.press("p")
    anne.get_by_role("heading", name="Envoyer un point d’étape").wait_for()


def test_the_question_mark_shows_the_keys_and_escape_puts_them_away(anne):
    anne.keyboard.press("?")
    assert anne.get_by_role("dialog", name="Raccourcis clavier").is_visible()
    anne.keyboard.press("j")  # what is under the list of keys does not move
    anne.keyboard.press("Escape")

    assert not anne.get_by_role("dialog", name="Raccourcis clavier").is_visible()


def test_switched_off_a_letter_does_nothing(anne):
    anne.goto("/aide#affichage")
    anne.get_by_label("désactivées").check()
    anne.get_by_role("button", name="Enregistrer l’affichage").click()
    anne.goto("/")

    anne.keyboard.press("j")

    assert focused(anne) not in ("À prendre", "À répondre")
