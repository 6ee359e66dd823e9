"""The page of a case in a real browser: its bar, its notes, its forms, as an officer's eyes and keyboard meet them."""

from datetime import timedelta

import pytest

from casetrack.engine import links
from casetrack.organisation import answer_models, notes
from casetrack.oversight import cases
from tests.town import MONDAY, NINE
from tests.web.test_a_letter_in_the_browser import address, open_page  # noqa: F401

pytestmark = pytest.mark.browser

LABELS = """() => [...document.querySelectorAll('.ct-clock-lg text')].map(text => {
  const box = text.getBoundingClientRect();
  return [text.textContent, box.left, box.right, box.top, box.bottom];
})"""


@pytest.fixture
def case(hall) -> str:
    """A letter with something in every part of its page, restricted, a week after the day promised."""
    steps = [
        ("denis", "triage", hall.on("social")),
        ("denis", "assign", {"officer": hall.town.anne.id}),
        ("anne", "take_charge", {}),
        ("anne", "copy_service", {"service": hall.town.services["PRO"].id}),
        ("anne", "ask_opinion", {"service": hall.town.services["JUR"].id, "question": "?", "opinion_by": "2026-12-01"}),
        ("jeanne", "give_opinion", {"opinion": "Favorable."}),
        ("anne", "draft_answer", {"answer": "Bientôt.", "outcome": "favourable"}),
    ]  # fmt: skip
    reference, other = hall.letter(*steps, subject="social", title="Aide " * 16), hall.taken()
    with hall.database.session() as session:
        first, second = (cases.find(session, one, hall.town.anne) for one in (reference, other))
        notes.add(session, first, "Vu sur place. @denis", by=hall.town.anne, at=NINE, on=MONDAY)
        links.link(session, first, second, by=hall.town.anne, at=NINE)
        answer_models.add(session, {"label": "Accord", "body_fr": "Pour {{ case.reference }}.", "is_active": "true"},
                          by=hall.town.aline, at=NINE)  # fmt: skip
        session.commit()
    hall.now = NINE + timedelta(days=37)
    return reference


@pytest.mark.parametrize("screen", ["desk", "telephone"])
def test_no_word_of_the_bar_covers_another(hall, case, open_page, screen):  # noqa: F811
    page = open_page("anne", screen=screen)
    on_time = hall.taken(received_on=MONDAY + timedelta(days=30), at=NINE + timedelta(days=31))
    for reference in (case, on_time):
        page.goto(f"/dossiers/{reference}")

        labels = page.evaluate(LABELS)

        assert len(labels) == 4
        width = page.viewport_size["width"]
        for place, (words, left, right, top, bottom) in enumerate(labels):
            assert left >= 0, words
            assert right <= width, words
            for other, other_left, other_right, other_top, other_bottom in labels[place + 1 :]:
                apart = (
                    right < other_left
                    or other_right < left
                    or bottom <= other_top + 2
                    or other_bottom <= top + 2
                )
                assert apart, (words, other)


def test_an_answer_and_a_message_are_prepared_without_a_script(case, open_page):  # noqa: F811
    anne = open_page("anne")
    anne.goto(f"/dossiers/{case}")
    anne.get_by_role("link", name="Corriger la réponse").first.click()
    anne.get_by_label("Texte de la réponse").fill("Madame,")
    anne.get_by_label("Partir d’un modèle").select_option(label="Accord")
    anne.get_by_role("button", name="Insérer ce modèle").click()

    assert anne.get_by_label("Texte de la réponse").input_value() == f"Madame,\n\nPour {case}."

    anne.goto(f"/dossiers/{case}/actions/ask_citizen")
    anne.get_by_label("Question").fill("Quelle rue ?")
    anne.get_by_role("button", name="Voir le message avant l’envoi").click()
    letter = anne.get_by_role("region", name="Le message, tel qu’il partira")

    assert "Quelle rue ?" in letter.inner_text()
    assert "Rien n’est encore envoyé" in letter.inner_text()
    anne.get_by_role("button", name="Poser une question").click()
    assert "Vous avez posé une question" in anne.get_by_role("status").inner_text()


def test_a_note_that_was_not_added_is_not_left_behind_unseen(case, open_page):  # noqa: F811
    page = open_page("anne", script=True)
    page.goto(f"/dossiers/{case}")
    page.wait_for_load_state("load")
    asked = []

    def stay(dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_label("Note interne").type("Vu avec le chef de chantier.")
    page.get_by_role("link", name="Ma liste").first.click(no_wait_after=True)
    page.wait_for_timeout(500)

    assert asked == ["beforeunload"]
    assert page.get_by_label("Note interne").input_value() == "Vu avec le chef de chantier."
    page.get_by_role("button", name="Ajouter").click()
    page.get_by_text("Vu avec le chef de chantier.").first.wait_for()
    page.get_by_role("link", name="Ma liste").first.click()
    page.get_by_role("heading", level=1, name="Ma liste").wait_for()
    assert asked == ["beforeunload"]
