"""What is pasted from a word processor, and what no word processor pastes."""

import pytest

from casetrack.spelling import fold, plain, visible, words

PASTED = [
    ("Voirie\u00a0: nord", "Voirie : nord"),  # before a colon, as French is typed
    ("n°\u202f12", "n° 12"),  # narrow
    ("Pôle\u2009\u3000eau", "Pôle eau"),
    ("\tVoirie\u00a0", "Voirie"),  # a cell of a table
    ("répa\u00adration", "réparation"),  # where a line may be cut
    ("\ufeffVoirie\u200b et\u2060 eau", "Voirie et eau"),
    ("Jean\u2011Pierre", "Jean-Pierre"),  # a hyphen where a line may not be cut
    ("Zoe\u0301", "Zoé"),  # accents apart, as macOS writes the names of files
    ("Rue de l’Église", "Rue de l’Église"),
]
HIDDEN = ["\u202egpj.exe", "Voi\u200erie", "Voi\u2066rie", "Voi\x07rie", "Voi\x00rie"]


@pytest.mark.parametrize(("pasted", "meant"), PASTED)
def test_what_is_pasted_is_written_as_it_would_be_typed(pasted, meant):
    assert plain(pasted) == visible(pasted) == meant
    assert plain(pasted).isprintable()


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_mark_that_turns_a_line_round_is_left_to_be_refused_or_taken_out(hidden):
    assert not plain(hidden).isprintable()
    assert visible(hidden).isprintable()


def test_a_paragraph_keeps_its_lines_and_a_line_has_none():
    assert plain("Rue\u00a0A\nRue B") == "Rue A\nRue B"
    assert visible("Rue\u00a0A\nRue B") == "Rue A Rue B"


def test_a_word_that_may_be_cut_is_found_as_the_same_word():
    assert fold("répa\u00adration") == fold("Réparation")
    assert words("répa\u00adration\u00a0nord") == ["reparation", "nord"]
