"""Models of answers."""

import pytest

from casetrack.database.tables import AnswerModel
from casetrack.engine import open_case
from casetrack.errors import ActionNotAllowed, InvalidFields, InvalidInput, NotFound
from casetrack.organisation import answer_models, changes
from tests.town import MONDAY, NINE

TYPED = {
    "label": "Trottoir, travaux prévus",
    "subject": "voirie",
    "body_fr": "Votre lettre {{ case.reference }} du {{ case.received_on }}, « {{ case.title }} ».\r\n\r\n"
    "{% if officer %}{{ officer.name }} vous tiendra au courant.{% endif %}",
    "body_en": "Your letter {{ case.reference }}.",
    "is_active": "true",
}


@pytest.fixture
def case(session, town):
    """A letter of the road service."""
    return open_case(session, "letter", by=town.marc, at=NINE, title="Trou", received_on=MONDAY,
                     citizen=town.citizen, subject=town.subjects["voirie"], officer=town.staff["anne"])  # fmt: skip


@pytest.fixture
def add(session, town):
    """Let the administrator add a model."""

    def added(**typed) -> AnswerModel:
        return answer_models.add(session, {**TYPED, **typed}, by=town.aline, at=NINE)

    return added


def begun(session, town, case, model) -> str:
    return answer_models.begin(session, case, model.id, "draft_answer", by=town.anne, at=NINE)


def test_its_label_may_be_pasted(add):
    assert add(label="Voirie\u00a0: n°\u202f2, répa\u00adration").label == "Voirie : n° 2, réparation"
    with pytest.raises(InvalidFields):
        add(label="Voi\u202erie")


def test_it_is_filled_with_the_case(session, town, case, add):
    assert begun(session, town, case, add()) == (
        "Votre lettre 2026-A-000001 du lundi 23 novembre 2026, « Trou ».\n\nAnne Arnaud vous tiendra au courant."
    )


def test_a_citizen_who_reads_english_gets_the_english_text_where_there_is_one(session, town, case, add):
    both, french = add(), add(label="Autre", body_en="")
    town.citizen.language = "en"
    session.flush()

    assert begun(session, town, case, both) == "Your letter 2026-A-000001."
    assert begun(session, town, case, french).startswith(
        "Votre lettre 2026-A-000001 du lundi 23 novembre 2026"
    )


def test_a_letter_without_a_sender_can_be_answered_from_a_model_all_the_same(session, town, add):
    letter = open_case(session, "letter", by=town.marc, at=NINE, title="Anonyme", received_on=MONDAY,
                       subject=town.subjects["voirie"])  # fmt: skip

    assert (
        begun(session, town, letter, add(body_fr="{{ citizen.salutation }}{{ citizen.name }},"))
        == "Madame, Monsieur,"
    )


def test_those_of_the_subject_are_offered_before_those_for_all(session, case, add):
    add(label="Pour tous", subject="")
    add(label="Voirie")
    add(label="Buvettes", subject="buvette")
    add(label="Retiré", is_active="")

    assert [model.label for model in answer_models.offered(session, case)] == ["Voirie", "Pour tous"]


def test_one_that_is_not_offered_cannot_be_begun_from(session, town, case, add):
    for model in (add(label="Buvettes", subject="buvette"), add(label="Retiré", is_active="")):
        with pytest.raises(NotFound):
            begun(session, town, case, model)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{{ case.colour }}", "« colour » n'est pas une donnée d'un message"),
        ("{{ colour }}", "« colour » n'est pas une donnée d'un message"),
        ("{% if not case.late %}{{ case.colour }}{% endif %}", "quand presque rien n'est connu"),
        ("{{ officer.name }}", "« name » est demandé à ce qui peut manquer"),
        ("{{ answer }}", "« answer » n'est pas une donnée d'un message"),
        ("{{ case.title", "ligne 1 : une accolade n'est pas refermée"),
        ("{{ 'a' * 1000000000 }}", "ce texte calcule ou répète"),
        ("{{ case.title.upper() }}", ""),
        ("{% include 'answer.fr.txt' %}", ""),
        ("", "ce champ ne peut pas rester vide"),
        ("é" * 20_001, "20000 caractères au plus"),
    ],
)
def test_a_text_that_cannot_be_written_is_refused_at_its_field(session, add, body, problem):
    with pytest.raises(InvalidFields) as refused:
        add(body_fr=body)

    assert list(refused.value.faults) == ["body_fr"]
    assert problem in refused.value.faults["body_fr"].fr.replace("\u00a0", " ")


def test_a_model_that_a_case_shows_to_be_wrong_is_refused_in_words(session, town, case, add):
    model = add()
    model.body_fr = "{% if case.channel == 'post' %}{{ case.colour }}{% endif %}"
    session.flush()

    with pytest.raises(InvalidInput) as refused:
        begun(session, town, case, model)

    assert refused.value.sentence.fr.startswith("Ce modèle ne convient pas à ce dossier")


def test_every_fault_is_said_at_once(session, add):
    add()

    with pytest.raises(InvalidFields) as refused:
        add(subject="nulle-part", body_fr="", body_en="{{ x }}")

    assert set(refused.value.faults) == {"label", "subject", "body_fr", "body_en"}


def test_every_change_is_in_the_journal_without_its_pages(session, town, add):
    model = add()
    answer_models.change(
        session, model, {**TYPED, "subject": "", "body_fr": "Bonjour"}, by=town.aline, at=NINE
    )
    answer_models.change(
        session, model, {**TYPED, "subject": "", "body_fr": "Bonjour"}, by=town.aline, at=NINE
    )

    changed, added = changes.newest(session)

    assert (changed.what.fr, added.what.fr) == ("modèle de réponse modifié", "modèle de réponse créé")
    assert {detail.fr.replace("\u00a0", " ") for detail in changed.details} == {
        "texte français : modifié", "sujet : Voirie, trottoirs → rien"
    }  # fmt: skip


def test_only_an_administrator_keeps_them(session, town, add):
    model = add()

    with pytest.raises(ActionNotAllowed):
        answer_models.add(session, {**TYPED, "label": "Autre"}, by=town.denis, at=NINE)
    with pytest.raises(ActionNotAllowed):
        answer_models.change(session, model, TYPED, by=town.denis, at=NINE)


def test_a_model_is_tried_on_much_and_on_little():
    tried = answer_models.previews({"body_fr": "De {{ officer.name }}", "body_en": ""})

    assert [(one.language, one.body) for one in tried] == [("fr", "De M. Paul Martin"), ("fr", "")]
    assert "entourez-le" in tried[1].fault.fr


def test_an_english_text_is_tried_with_english_days():
    tried = answer_models.previews(
        {"body_en": "Your letter of {{ case.received_on }}, {{ citizen.salutation }}"}
    )

    assert tried[0].body == "Your letter of Monday 23 November 2026, Dear Madam"
    assert tried[1].body == "Your letter of Monday 23 November 2026, Dear Sir or Madam"


def test_what_is_wrong_on_every_case_is_said_once_and_without_a_word_of_english(add):
    (tried,) = answer_models.previews({"body_fr": "Un\n{{ case.title"})
    with pytest.raises(InvalidFields) as refused:
        add(body_fr="Un\n{{ case.title")

    assert tried.fault == refused.value.faults["body_fr"]
    assert tried.fault.fr.startswith("ligne 2\u00a0: une accolade n'est pas refermée")
    assert "end of" not in tried.fault.fr


def test_the_list_of_merge_fields_holds_nothing_that_a_model_may_not_name(add):
    text = " ".join(
        f"{{{{ {name} }}}}" for name, _ in answer_models.merge_fields() if not name.startswith("officer.")
    )

    assert add(body_fr=text)
