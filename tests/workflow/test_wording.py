"""A town's own words: proved and published beside the version, carried over to the next, never at the cost of a case."""

import pytest

from casetrack.errors import DefinitionError, InvalidInput
from casetrack.workflow import (
    Label,
    by_id,
    check,
    from_text,
    in_force,
    left_behind,
    publish,
    publish_all,
    publish_wording,
    published,
    reading,
    verify_published,
    wording,
)
from tests.town import NINE
from tests.workflow.good import INCIDENT, incident, mail
from tests.workflow.test_reading import write

AGENT = '{% include "agent.fr.txt" %}\n'
OURS = {"receipt.fr.txt": f"Objet : Bien reçu\n\nMerci de votre lettre {{{{ case.reference }}}}.\n{AGENT}"}
SECOND = ("version      = 1", "version      = 2")
REASONS = {
    "reasons": {"anonymous": Label(fr="Anonyme", en="Anonymous"), "abuse": Label(fr="Abus", en="Abuse")}
}


@pytest.fixture
def first(session):
    """The first version, in force."""
    publish_all(session, [mail(), incident()], at=NINE, by=None)
    return published(session, "mail")[0]


def published_wording(session, number, texts=OURS, lists=None):
    worded = wording.reworded(by_id(session, number), texts, lists)
    return publish_wording(session, number, worded, at=NINE, by=None)


def test_the_next_case_begins_with_the_towns_words_and_open_ones_keep_theirs(session, first):
    row = published_wording(session, first)

    assert (row.version, row.wording) == (1, 1)
    assert published(session, "mail")[0] == row.id
    assert "Bien reçu" in by_id(session, row.id).messages["receipt.fr.txt"]
    assert by_id(session, first).messages == mail().messages
    assert not in_force(session, first)


def test_everything_but_the_words_stays_as_the_files_say(session, first):
    before = by_id(session, first)

    after = by_id(session, published_wording(session, first, OURS, REASONS).id)

    words = {"messages", "lists", "source", "sha256", "file"}
    assert after.model_dump(exclude=words) == before.model_dump(exclude=words)
    assert list(after.lists["reasons"]) == ["anonymous", "abuse"]
    assert check(after, {"incident": incident()}) == []


def test_the_same_words_again_publish_nothing(session, first):
    row = published_wording(session, first)

    again = publish_wording(session, row.id, by_id(session, row.id), at=NINE, by=None)

    assert again.id == row.id


def test_a_draft_that_is_only_tried_is_read_as_its_publication_and_kept_nowhere():
    before = dict(reading._read)

    tried = wording.reworded(mail(), {"receipt.fr.txt": OURS["receipt.fr.txt"].replace("\n", "\r\n")})

    assert reading._read.keys() - before.keys() <= {mail().sha256}
    assert tried == from_text(mail().source, {**mail().messages, **OURS}, file=mail().file)


def test_what_is_not_proved_is_not_published(session, first):
    with pytest.raises(DefinitionError) as error:
        published_wording(session, first, {"receipt.fr.txt": f"Objet : A\n\n{{{{ nobody.knows }}}}\n{AGENT}"})

    assert [finding.code for finding in error.value.findings] == ["template_fails"]
    assert in_force(session, first)


def test_a_cause_that_a_clock_gives_cannot_go(session, first):
    number, before = published(session, "incident")
    others = {code: label for code, label in before.lists["causes"].items() if code != "late"}

    with pytest.raises(DefinitionError) as error:
        published_wording(session, number, {}, {"causes": {**others, "new": Label(fr="Neuf", en="New")}})

    assert [finding.code for finding in error.value.findings] == ["unknown_cause"]


def test_of_two_at_once_the_slower_is_told(session, first):
    published_wording(session, first)

    with pytest.raises(InvalidInput) as error:
        published_wording(session, first, {"receipt.fr.txt": f"Objet : Autre\n\n{AGENT}"})

    assert error.value.code == "changed"


def test_a_start_does_not_take_the_towns_words_for_an_edited_file(session, first, tmp_path):
    published_wording(session, first)
    write(tmp_path)
    write(tmp_path, INCIDENT, {})

    assert verify_published(session, tmp_path) == []


def test_the_next_version_comes_with_the_towns_words(session, first):
    published_wording(session, first, OURS, REASONS)

    plain = publish(session, mail(SECOND), at=NINE, by=None)

    number, definition = published(session, "mail")
    assert (plain.version, plain.wording) == (2, 0)
    assert number != plain.id
    assert definition.version == 2
    assert definition.messages["receipt.fr.txt"] == OURS["receipt.fr.txt"]
    assert list(definition.lists["reasons"]) == ["anonymous", "abuse"]
    assert left_behind(session, number) == []


def test_where_the_files_changed_the_same_words_theirs_stand_and_the_towns_are_named(session, first):
    published_wording(session, first, {**OURS, "answer.en.txt": "Subject: Ours\n\n{{ answer }}\n"})

    new = {"receipt.fr.txt": f"Objet : Loi neuve\n\n{AGENT}"}
    publish(session, mail(SECOND, messages=new), at=NINE, by=None)

    number, definition = published(session, "mail")
    assert "Loi neuve" in definition.messages["receipt.fr.txt"]
    assert "Ours" in definition.messages["answer.en.txt"]
    assert left_behind(session, number) == ["receipt.fr.txt"]


def test_a_message_is_made_of_what_it_includes():
    messages = {
        "receipt.fr.txt": 'Objet : A\n\n{% include "body.fr.txt" %}\n',
        "body.fr.txt": 'Bonjour,\n{%- include "closing.fr.txt" -%}\n',
        "closing.fr.txt": "Au revoir.\n",
    }

    definition = mail(messages=messages)

    assert wording.parts(definition, "receipt") == ["receipt", "body", "closing"]
    assert wording.messages_with(definition, "closing") == ["receipt"]
    assert wording.messages_with(definition, "answer") == ["answer"]
