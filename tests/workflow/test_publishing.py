"""Publishing: a text goes in once, never changes, and every case finds its own again."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, select, text

from casetrack.database import triggers
from casetrack.database.tables import WorkflowVersion
from casetrack.errors import DefinitionError, InvalidInput, NotFound, PublishedTextChanged
from casetrack.workflow import by_id, publish, publish_all, published, publishing, reading, verify_published
from tests.workflow.good import INCIDENT, incident, mail
from tests.workflow.test_reading import write

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
RENAMED = ('{ fr = "Reçu", en = "Received" }', '{ fr = "Bien reçu", en = "Received" }')
SECOND = ("version      = 1", "version      = 2")


@pytest.fixture(autouse=True)
def forgotten():
    """Each test begins as a process that has read nothing yet."""
    for kept in (publishing._definitions, publishing._proved, reading._read):
        kept.clear()


def test_a_published_definition_is_found_again_whole(session):
    row = publish(session, mail(), at=AT, by=None)

    workflow_id, definition = published(session, "mail")

    assert workflow_id == row.id
    assert row.published_at == AT
    assert definition.model_dump(exclude={"file"}) == mail().model_dump(exclude={"file"})


def test_the_same_text_twice_is_published_once(session):
    rows = {publish(session, mail(), at=AT, by=None).id for _ in range(2)}

    assert len(rows) == len(session.scalars(select(WorkflowVersion)).all()) == 1


def test_a_case_keeps_the_version_that_it_began_with(session):
    first = publish(session, mail(), at=AT, by=None)
    second = publish(session, mail(SECOND, RENAMED), at=AT, by=None)

    assert by_id(session, first.id).states["registered"].public.fr == "Reçu"
    assert by_id(session, second.id).states["registered"].public.fr == "Bien reçu"
    assert published(session, "mail")[0] == second.id


def test_a_changed_text_under_a_published_version_is_refused_and_says_what_to_do(session):
    publish(session, mail(), at=AT, by=None)

    with pytest.raises(PublishedTextChanged) as error:
        publish(
            session, mail(RENAMED, messages={"answer.en.txt": "Subject: A\n\n{{ answer }}\n"}), at=AT, by=None
        )

    assert "(states.registered, answer.en.txt)" in error.value.sentence.fr
    assert (
        "remettez le texte publié, ou écrivez «\u00a0version = 2\u00a0» dans mail/workflow.toml"
        in error.value.sentence.fr
    )
    assert "write “version = 2”" in error.value.sentence.en


def test_versions_only_rise(session):
    publish(session, mail(("version      = 1", "version      = 3")), at=AT, by=None)

    with pytest.raises(InvalidInput) as error:
        publish(session, mail(SECOND), at=AT, by=None)

    assert error.value.code == "version_too_low"
    assert "version = 4" in error.value.sentence.fr


def test_what_is_not_proved_is_not_published(session):
    with pytest.raises(DefinitionError) as error:
        publish(session, mail(('outcome = "answered"\n', "")), at=AT, by=None)

    assert [finding.code for finding in error.value.findings] == ["end_without_outcome"]
    assert session.scalars(select(WorkflowVersion)).all() == []


def test_definitions_that_open_one_another_are_published_together_or_not_at_all(session):
    with pytest.raises(DefinitionError) as error:
        publish_all(session, [mail()], at=AT, by=None)

    assert [finding.code for finding in error.value.findings] == ["unknown_workflow"]
    assert session.scalars(select(WorkflowVersion)).all() == []
    assert [row.key for row in publish_all(session, [mail(), incident()], at=AT, by=None)] == [
        "mail",
        "incident",
    ]
    assert [row.version for row in publish_all(session, [mail(SECOND)], at=AT, by=None)] == [2]


def test_a_workflow_that_was_never_published_is_not_found(session):
    with pytest.raises(NotFound) as error:
        published(session, "mail")

    assert "casetrack workflow publish" in error.value.sentence.fr


def test_a_town_does_not_start_on_an_edited_text(session, tmp_path):
    folder = write(tmp_path)
    write(tmp_path, INCIDENT, {})
    publish_all(session, reading.read_folder(tmp_path), at=AT, by=None)
    assert verify_published(session, tmp_path) == []
    receipt = folder / "messages" / "receipt.fr.txt"

    receipt.write_text("Objet : Merci\n\nBonjour\n", encoding="utf-8")

    with pytest.raises(PublishedTextChanged) as error:
        verify_published(session, tmp_path)
    assert "receipt.fr.txt" in error.value.sentence.fr


def test_a_new_version_waits_to_be_published(session, tmp_path):
    write(tmp_path)
    publish(session, reading.read(tmp_path / "mail"), at=AT, by=None)
    file = tmp_path / "mail" / "workflow.toml"

    file.write_text(file.read_text(encoding="utf-8").replace(*SECOND), encoding="utf-8")

    assert [(d.key, d.version) for d in verify_published(session, tmp_path)] == [("mail", 2)]


def test_a_text_altered_in_the_database_is_not_used(session):
    row = publish(session, mail(), at=AT, by=None)
    session.commit()
    triggers.drop(session.connection())

    session.execute(
        text("UPDATE workflow_version SET source = replace(source, 'decides = true', 'decides = false')")
    )
    session.commit()
    session.expire_all()

    with pytest.raises(PublishedTextChanged) as error:
        by_id(session, row.id)
    assert "altéré dans la base de données" in error.value.sentence.fr


def test_a_rolled_back_publication_leaves_nothing_behind(session):
    first = publish(session, mail(), at=AT, by=None).id
    assert by_id(session, first).states["registered"].public.fr == "Reçu"
    session.rollback()

    again = publish(session, mail(RENAMED), at=AT, by=None).id

    assert by_id(session, again).states["registered"].public.fr == "Bien reçu"


def test_a_hundred_cases_of_one_session_ask_the_database_once(database):
    with database.session() as session:
        workflow_id = publish(session, mail(), at=AT, by=None).id
        session.commit()
    asked: list[str] = []

    def listen(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", listen)
    for _ in range(2):
        asked.clear()
        with database.session() as session:
            definitions = {id(by_id(session, workflow_id)) for _ in range(100)}
    event.remove(database.engine, "before_cursor_execute", listen)

    assert len(definitions) == 1
    assert [statement for statement in asked if "source" in statement] == []
    assert len([statement for statement in asked if "workflow_version" in statement]) == 1
