"""French as people write it and as people type it, brought to the same words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrack.oversight.analyser import AS_IS, LARGEST_LETTER, asked, indexed, reference_in


def holds(written: str, question: str) -> bool:
    """Tell whether a text is found by a question."""
    words = set(" ".join(indexed([written], [])).split())
    return all(words & set(forms) for forms in asked(question))


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("Réclamation", "reclamation"),  # accents
        ("Réclamations répétées", "réclamation"),  # plurals
        ("Trottoirs dégradés", "trottoir dégradé"),
        ("L’éclairage de l'école", "éclairage école"),  # elisions, both apostrophes
        ("Éclairage public", "l'éclairage"),
        ("Œuvre d'art", "oeuvres"),  # ligatures
        ("Cœur de ville", "CŒUR"),
        ("Habitation non habitée", "habitee"),
        ("Permis de démolir", "démolir le permis"),  # order, empty words
        ("Appeler le 01 99 00 10 00", "0199001000"),  # telephone numbers, however grouped
        ("Appeler le 0199001000", "+33 1 99 00 10 00"),
        ("Appeler le 01.99.00.10.00", "01-99-00-10-00"),
        ("Suite à 2026-A-000123", "2026-A-123"),  # references, with zeros or without
        ("Suite à 2026-A-123", "2026/a/000123"),
        ("Suite à 2026-A-000123", "A123"),
        ("Suite à 2026-A-000123", "n° 2026 A 123"),
        ("Recommandé 0045", "45"),
        ("Привет мэрия", "мэрия"),  # other alphabets
    ],
)
def test_what_people_mean_is_found(written, question):
    assert holds(written, question)


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("Trottoir", "trottinette"),
        ("Suite à 2026-A-000123", "2026-A-12"),
        ("Suite à 2026-A-000123", "2025-A-123"),
        ("Appeler le 01 99 00 10 00", "01 99 00 10 01"),
    ],
)
def test_what_is_near_is_not_found(written, question):
    assert not holds(written, question)


def test_a_name_is_never_taken_for_its_plural():
    words = indexed([], ["Petit Nadia"]).exact.split()

    assert words == ["=petit", "=nadia"]
    assert not set(words) & set(asked("petite")[0])


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("2026-A-000123", ("2026", "A", "123")),
        (" n° 2026-a-123 ", ("2026", "A", "123")),
        ("A123", ("", "A", "123")),
        ("2026-A-123 trottoir", None),
        ("trottoir", None),
        ("", None),
    ],
)
def test_a_question_may_be_a_number_and_nothing_else(question, found):
    assert reference_in(question) == found


def test_a_very_long_letter_keeps_what_a_database_can_hold():
    words = indexed([" ".join(f"mot{number}x" for number in range(60_000))], [])

    assert 100_000 < len(words.exact) <= LARGEST_LETTER


@given(st.text(max_size=300))
def test_words_hold_nothing_that_a_database_would_read_as_an_order(text):
    words = [form for forms in asked(text) for form in forms]
    words += " ".join(indexed([text], [text])).split()

    assert [word for word in words if not word.removeprefix(AS_IS).isalnum()] == []
