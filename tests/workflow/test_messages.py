"""Messages: written from a template that shows what it is given, and can do nothing else."""

import re

import pytest
from jinja2 import TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SecurityError

from casetrack.errors import InvalidInput
from casetrack.workflow import MAXIMAL, MINIMAL, check, render
from casetrack.workflow.messages import fill, sample
from tests.workflow.good import MESSAGES, mail


def written(text: str, **data: object) -> str:
    return render({"note.fr.txt": f"Objet : Note\n\n{text}"}, "note", "fr", {**MAXIMAL, **data}).body


def test_a_receipt_says_its_number_and_who_follows_it():
    receipt = render(MESSAGES, "receipt", "fr", MAXIMAL)

    assert receipt.subject == "Votre courrier 2026-A-000123"
    assert receipt.body == "Madame Petit,\n\nAgent : M. Paul Martin\n"


def test_a_receipt_can_be_written_when_nobody_follows_it_yet():
    assert render(MESSAGES, "receipt", "fr", MINIMAL).body == "Madame, Monsieur,\n\nAccueil\n"


def test_the_same_message_exists_in_english():
    assert render(MESSAGES, "receipt", "en", MAXIMAL).subject == "Your letter 2026-A-000123"


@pytest.mark.parametrize(
    "subject", ["Objet : Votre courrier", "Objet\u00a0: Votre courrier", "Objet: Votre courrier"]
)
def test_the_colon_of_the_subject_may_be_typed_as_people_do(subject):
    assert render({"a.fr.txt": f"{subject}\n\nTexte"}, "a", "fr", {}).subject == "Votre courrier"


@pytest.mark.parametrize("first", ["Votre courrier", "Subject: Your letter", "Objet :", ""])
def test_a_message_without_its_subject_is_refused(first):
    with pytest.raises(InvalidInput) as error:
        render({"a.fr.txt": f"{first}\n\nTexte"}, "a", "fr", {})

    assert error.value.code == "template_without_subject"


def test_what_a_citizen_writes_is_shown_and_never_read_as_a_template():
    case = {**MAXIMAL["case"], "title": "{{ town.name }} <b>&"}

    assert written("{{ case.title }}", case=case) == "{{ town.name }} <b>&\n"


def test_a_title_on_two_lines_cannot_add_a_line_to_the_subject():
    message = render(
        {"a.fr.txt": "Objet : {{ case.title }}\n\nTexte"},
        "a",
        "fr",
        {"case": {"title": "Rue\nBcc: x@y.example"}},
    )

    assert message.subject == "Rue"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{{ ''.__class__ }}", SecurityError),
        ("{{ ''.__class__.__mro__ }}", SecurityError),
        ("{{ case['__class__'] }}", SecurityError),
        ("{{ cycler.__init__.__globals__ }}", SecurityError),
        ("{{ self.__init__.__globals__ }}", SecurityError),
        ("{{ lipsum() }}", SecurityError),
        ("{{ range(10) }}", SecurityError),
        ("{{ case.title.format(1) }}", SecurityError),
        ("{{ 'x'.center(1000000000) }}", SecurityError),
        ("{{ 'x' * 1000000000 }}", SecurityError),
        ("{{ 9 ** 99999999 }}", SecurityError),
        ("{{ '%1000000000d' % 1 }}", SecurityError),
        ("{{ case.update(late=false) }}", SecurityError),
        ("{% macro m() %}{% endmacro %}{{ m() }}", SecurityError),
        ("{{ case | attr('__class__') }}", TemplateSyntaxError),
        ("{{ case | pprint }}", TemplateSyntaxError),
        ("{{ 'x' | center(1000000000) }}", TemplateSyntaxError),
        ("{% include '/etc/passwd' %}", TemplateNotFound),
        ("{% include '../letter/messages/answer.fr.txt' %}", TemplateNotFound),
        ("{{ case.titel }}", UndefinedError),
        ("{{ unheard_of }}", UndefinedError),
        ("{% for n in case %}{{ n }}{% endfor %}", SecurityError),
        ("{% set a = case.title %}{{ a }}", SecurityError),
        ("{{ case.title ~ case.title ~ case.title ~ case.title ~ case.title }}", SecurityError),
        ("{{ (case.title ~ case.title) ~ (case.title ~ case.title) }}", SecurityError),
        ("{{ case.title ~ (case.title ~ case.title if case.late else '') }}", SecurityError),
        ("{{ case.title + case.title }}", SecurityError),
        ("{{ -1 }}", SecurityError),
        ("{{ case.title[:2] }}", SecurityError),
        ("{{ case[case.title] }}", SecurityError),
        ("{{ [case.title, case.title] }}", SecurityError),
        ("{{ {'a': 1} }}", SecurityError),
        ("{% block a %}{% endblock %}", SecurityError),
        ("{% extends 'a.fr.txt' %}", SecurityError),
        ("{% with a = 1 %}{{ a }}{% endwith %}", SecurityError),
        ("{% filter upper %}a{% endfilter %}", SecurityError),
        ("{% include case.title %}", SecurityError),
        ("{{ case.title | replace('', case.title) }}", TemplateSyntaxError),
        ("{{ case.title | join(case.title) }}", TemplateSyntaxError),
        ("{{ '" + "a" * 100_000 + "' }}", InvalidInput),
    ],
)
def test_a_template_that_reaches_for_more_than_it_is_given_is_refused(text, error):
    with pytest.raises(error):
        written(text)


def test_a_template_shows_and_chooses():
    text = "{% if case.late and not case.due_on == 'x' or false %}{{ case['title'] | upper }}{% elif 1 < 2 %}a{% else %}{{ 'b' if case.late else 'c' }}{% endif %}"

    assert written(text) == MAXIMAL["case"]["title"].upper() + "\n"


def test_a_message_cannot_grow_without_end():
    doubling = {f"b{n}.fr.txt": f'{{% include "b{n + 1}.fr.txt" %}}' * 2 for n in range(40)}
    blocks = {"a.fr.txt": 'Objet : A\n\n{% include "b0.fr.txt" %}', **doubling, "b40.fr.txt": ""}

    with pytest.raises(InvalidInput):
        render(blocks, "a", "fr", {})
    with pytest.raises(InvalidInput):
        fill("{{ answer }}" * 100, {"answer": "a" * 100_000})


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in case %}{% endfor %}",
        "{{ ''.__class__ }}",
        "{{ 'x' * 1000000000 }}",
        "{{ case.update(late=false) }}",
    ],
)
def test_the_check_says_that_a_template_may_not_do_that(text):
    found = check(mail(messages={"answer.fr.txt": f"Objet : R\n\n{text}\n"}))

    assert [(f.code, f.file, f.line) for f in found] == [
        ("template_forbidden", "mail/messages/answer.fr.txt", 3)
    ]


def test_much_and_little_have_the_same_shape():
    def shape(value: object) -> object:
        return {name: shape(item) for name, item in value.items()} if isinstance(value, dict) else None

    little = {**MINIMAL, "officer": MAXIMAL["officer"], "signatory": MAXIMAL["signatory"]}

    assert shape(little) == shape(dict(MAXIMAL))


def test_the_english_sample_says_its_days_in_english():
    for data in (MAXIMAL, MINIMAL):
        said = repr(sample(data, "en"))

        assert not re.search(
            r"(?i)\b(lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|madame|monsieur)\b", said
        )
        assert sample(data, "fr") is data
        assert sample(data, "en").keys() == data.keys()
