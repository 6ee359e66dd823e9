"""The letters that citizens receive, as whole texts: `letters/` holds each one as it must read.

After changing a template, write them anew with `python tests/workflow/test_messages_read_well.py`, read what
changed, and commit both: the town's legal service signs what stands there.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from casetrack.deadlines import say_day
from casetrack.settings import shipped_workflows
from casetrack.workflow import MAXIMAL, MINIMAL, Definition, read, render
from casetrack.workflow.messages import SUBJECT

LETTERS = Path(__file__).parent / "letters"
LANGUAGES = ("fr", "en")

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
PROMISED, IMPLICIT = date(2026, 12, 23), date(2027, 1, 23)

TYPED = {  # message: what the officer typed
    "receipt": {"nature": "", "postmark_on": "", "registered_mail": ""},
    "milestone": {
        "done": "Un technicien est venu le 2 décembre.",
        "remaining": "Choisir l'entreprise qui fera les travaux.",
        "why": "Trois devis sont nécessaires.",
        "next_news_on": date(2027, 1, 11),
    },
    "missing_items": {
        "items": "- justificatif de domicile (délibération du 3 juin 2026)\n- plan de situation (code de l'urbanisme, art. R431-7)",
        "items_by": date(2026, 12, 14),
    },
    "question": {"question": "De quel côté de la rue se trouve le trou\u00a0?"},
    "referral": {"authority": "Communauté d'agglomération de Valmorel", "contact": "contact@agglo.example"},
    "duplicate": {"original": "2026-A-000042"},
    "withdrawal_noted": {"withdrawn_on": date(2026, 12, 1)},
    "reopened": {"reason": "L'usager attend toujours."},
    "answer": {"answer": "Votre attestation est jointe à cette lettre.", "outcome": "information"},
}
AS_USUAL = {"late": False, "implicit_born_on": None}
ANSWERED = "Le trottoir sera réparé avant le 15 décembre.\n\nVous serez prévenue du jour des travaux."

# name of the occasion: what is known then, beside or instead of the usual
OCCASIONS: Mapping[str, dict[str, Any]] = {
    "usual": {},
    "bare": {},
    "accepted_by_silence": {"case": {"silence_mode": "acceptance", "channel": "email"}},
    "late": {"case": {"late": True, "implicit_born_on": IMPLICIT}, "outcome": "refusal"},
    "accepted_then_answered": {
        "case": {"late": True, "implicit_born_on": IMPLICIT, "silence_mode": "acceptance"},
        "outcome": "partly_favourable",
    },
}
WRITTEN = {  # workflow and message: occasions beside "usual" and "bare"
    ("letter", "receipt"): ("accepted_by_silence", "late"),
    ("letter", "milestone"): ("late",),
    ("letter", "missing_items"): ("accepted_by_silence",),
    ("letter", "question"): (),
    ("letter", "referral"): (),
    ("letter", "duplicate"): (),
    ("letter", "withdrawal_noted"): (),
    ("letter", "reopened"): (),
    ("letter", "answer"): ("late", "accepted_then_answered"),
    ("light", "answer"): (),
}
ALL = [
    (workflow, message, occasion, language)
    for (workflow, message), more in WRITTEN.items()
    for occasion in ("usual", "bare", *more)
    for language in LANGUAGES
]
FRENCH = [letter for letter in ALL if letter[3] == "fr"]


def definition(key: str) -> Definition:
    return read(shipped_workflows() / key)


def said(value: object, language: str) -> object:
    """Say every date of a data set in the language of the letter."""
    if isinstance(value, Mapping):
        return {name: said(its, language) for name, its in value.items()}
    if isinstance(value, date):
        return say_day(value, language)
    return "" if value is None else value


def known(message: str, occasion: str, language: str) -> dict[str, Any]:
    """Gather what the engine would know on this occasion."""
    base = MINIMAL if occasion == "bare" else MAXIMAL
    special = OCCASIONS[occasion]
    dates = {"received_on": MONDAY, "registered_on": TUESDAY}
    if occasion != "bare":
        dates |= {"due_on": PROMISED, "act_by": PROMISED, "implicit_on": IMPLICIT}
    return {
        **base,
        "case": said({**base["case"], **AS_USUAL, **dates, **special.get("case", {})}, language),
        "citizen": {**base["citizen"], "salutation": "Madame" if language == "fr" else "Dear Madam"},
        "today": say_day(TUESDAY, language),
        "fields": said(TYPED[message], language),
        "answer": ANSWERED,
        "outcome": special.get("outcome", "favourable"),
    }


def letter(workflow: str, message: str, occasion: str, language: str) -> str:
    """Write a letter as the citizen reads it: its subject, then its text."""
    written = render(definition(workflow).messages, message, language, known(message, occasion, language))
    colon = "\u00a0:" if language == "fr" else ":"
    return f"{SUBJECT[language]}{colon} {written.subject}\n\n{written.body}"


def kept(workflow: str, message: str, occasion: str, language: str) -> Path:
    return LETTERS / f"{workflow}.{message}.{occasion}.{language}.txt"


@pytest.mark.parametrize("which", ALL, ids="-".join)
def test_a_letter_reads_as_it_was_agreed(which):
    assert letter(*which) == kept(*which).read_text(encoding="utf-8")


def test_every_message_of_every_workflow_is_held_here_or_shared():
    sent = {
        (key, name.partition(".")[0])
        for key in ("letter", "light", "dysfunction")
        for name in definition(key).messages
        if (shipped_workflows() / key / "messages" / name).is_file()
    }

    assert sent - set(WRITTEN) == {("light", "receipt"), ("light", "milestone"), ("light", "reopened")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message", ["receipt", "milestone", "reopened"])
def test_routine_mail_says_the_same_as_a_letter(message, language):
    assert letter("light", message, "usual", language) == letter("letter", message, "usual", language)


@pytest.mark.parametrize("which", ALL, ids="-".join)
def test_no_letter_shows_a_seam(which):
    text = letter(*which)

    # Jinja prints a method of the data for a field that bears its name: "<built-in method items …>".
    assert not re.search(r"None|Undefined|built-in|\{|\}|<|>", text)
    assert not re.search(r"\n\n\n|[ \t]\n|  | ,|\(\)", text)


PLAIN_SPACE = re.compile(r" [:;?!»]|« |[nN]° ")


@pytest.mark.parametrize("which", FRENCH, ids="-".join)
def test_french_letters_keep_signs_with_their_words(which):
    assert not PLAIN_SPACE.search(letter(*which))


def french_of(part: object) -> Iterator[str]:
    """Find every French label of a definition."""
    if isinstance(part, Mapping):
        if isinstance(part.get("fr"), str):
            yield part["fr"]
        for its in part.values():
            yield from french_of(its)


@pytest.mark.parametrize("key", ["letter", "light", "dysfunction", "question", "recommendation"])
def test_french_labels_keep_signs_with_their_words(key):
    labels = list(french_of(definition(key).model_dump(exclude={"messages"})))

    assert labels
    assert [label for label in labels if PLAIN_SPACE.search(label)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("element", "where"),
    [
        (MONDAY, "1°: the day of receipt"),
        (IMPLICIT, "1°: the day on which silence is a rejection"),
        ("Voirie", "2°: the service in charge"),
        ("4 rue des Ateliers, 00100 Valmorel", "2°: its postal address"),
        ("01 00 00 00 02", "2°: its telephone"),
        ("voirie@valmorel.example", "2°: its e-mail address"),
        ("L231-4", "that silence is a rejection"),
        ("tribunal administratif de Valmorel (2 rue du Palais, 00100 Valmorel", "the remedies"),
        ("M. Paul Martin, technicien de voirie", "CRPA, art. L111-2: who follows the case"),
        (PROMISED, "the town's own promise"),
    ],
)
def test_a_receipt_holds_what_the_law_wants_of_it(element, where, language):
    """CRPA, art. R112-5."""
    text = letter("letter", "receipt", "usual", language)

    assert (say_day(element, language) if isinstance(element, date) else element) in text, where


def test_a_receipt_that_may_become_an_acceptance_offers_the_certificate_and_no_remedy():
    text = letter("letter", "receipt", "accepted_by_silence", "fr")

    assert "L232-3" in text
    assert "recours" not in text


def test_a_message_that_calls_for_no_decision_speaks_of_none():
    text = letter("letter", "receipt", "bare", "fr")

    assert "réputée" not in text
    assert "recours" not in text


@pytest.mark.parametrize(
    ("outcome", "silence_mode", "told"),
    [
        ("refusal", "rejection", True),
        ("refusal", "none", True),  # a refusal is a decision, whatever the subject foresaw
        ("partly_favourable", "acceptance", True),
        ("information", "rejection", True),  # an information that settles a request may be contested
        ("information", "none", False),
        ("favourable", "rejection", False),
        ("", "none", True),  # not known: rather once too often (CJA, art. R421-5)
    ],
)
def test_an_answer_that_may_be_contested_says_how(outcome, silence_mode, told):
    data = known("answer", "usual", "fr")
    data |= {"outcome": outcome, "case": {**data["case"], "silence_mode": silence_mode}}

    body = render(definition("letter").messages, "answer", "fr", data).body

    assert ("Voies et délais de recours" in body) is told


@pytest.mark.parametrize(("occasion", "sorry"), [("usual", False), ("late", True)])
def test_only_a_late_answer_apologises(occasion, sorry):
    text = letter("letter", "answer", occasion, "fr")

    assert ("Nous vous prions d'excuser ce retard" in text) is sorry


def test_no_letter_gives_a_tracking_address():
    assert not any(re.search("suivi\\.|code de suivi|tracking", letter(*which)) for which in ALL)


if __name__ == "__main__":
    LETTERS.mkdir(exist_ok=True)
    for file in LETTERS.glob("*.txt"):
        file.unlink()
    for which in ALL:
        kept(*which).write_text(letter(*which), encoding="utf-8")
