"""One sentence in two languages."""

from casetrack.language import Text


def test_a_sentence_is_filled_with_each_word_in_its_own_language():
    sentence = Text("{who}\u00a0: {what}", "{who}: {what}")

    assert sentence.filled(who="Anne", what=Text("visé", "endorsed")) == Text(
        "Anne\u00a0: visé", "Anne: endorsed"
    )
