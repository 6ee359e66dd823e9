"""The print run, on the page of the desk."""

import pytest
from sqlalchemy import select, update

from casetrack.database.tables import Message
from tests.web.visitors import words


@pytest.fixture
def marc(hall):
    """Marc, at the desk, with two letters to post."""
    hall.letter(title="Premier")
    hall.letter(title="Second")
    return hall.visitor("marc")


def statuses(hall) -> list[str]:
    with hall.database.reader() as session:
        return list(session.scalars(select(Message.status).order_by(Message.id)))


def numbers(hall) -> list[int]:
    with hall.database.reader() as session:
        return list(session.scalars(select(Message.id).order_by(Message.id)))


def test_letters_wait_until_somebody_says_that_they_were_posted(hall, marc):
    page = words(marc.get("/tirage"))
    assert "2 lettres attendent" in page
    assert "Mme Nadia Petit , 12 rue des Lilas, 99000 Valmy" in page

    done = marc.post("/tirage/postes", message=numbers(hall)[:1])

    assert statuses(hall) == ["posted", "to_print"]
    assert "1 lettre marquée comme postée." in words(marc.get(done.location))


def test_a_mistake_is_taken_back(hall, marc):
    marc.get("/tirage")
    page = marc.get(marc.post("/tirage/postes", message=numbers(hall)).location)
    assert "Vous pouvez revenir en arrière" in words(page)

    marc.post("/tirage/annuler", message=numbers(hall))

    assert statuses(hall) == ["to_print", "to_print"]


def test_the_letters_chosen_are_printed_one_to_a_page(hall, marc):
    both = marc.get("/tirage/imprimer").text
    one = marc.get(f"/tirage/imprimer?message={numbers(hall)[0]}").text

    assert (both.count("<article"), one.count("<article")) == (2, 1)
    assert "Ville de Valmy" in both
    assert "mercredi 23 décembre 2026" in both


def test_nothing_is_marked_when_nothing_is_chosen(hall, marc):
    marc.get("/tirage")
    marc.post("/tirage/postes")
    marc.post("/tirage/postes", message=["x", "-1"])

    assert statuses(hall) == ["to_print", "to_print"]


def test_what_one_may_not_read_is_neither_printed_nor_marked(hall, marc):
    lea = hall.visitor("lea")
    assert "Aucune lettre à imprimer." in words(lea.get("/tirage"))

    lea.post("/tirage/postes", message=numbers(hall))

    assert statuses(hall) == ["to_print", "to_print"]


@pytest.mark.parametrize(("answer", "status"), [("yes", "sent"), ("no", "waiting")])
def test_a_message_in_doubt_waits_for_a_person(hall, marc, answer, status):
    with hall.database.session() as session:
        session.execute(
            update(Message).where(Message.id == numbers(hall)[0]).values(status="in_doubt", channel="email")
        )
        session.commit()
    assert "Envoi incertain" in words(marc.get("/tirage"))

    marc.post(f"/tirage/doutes/{numbers(hall)[0]}", sent=answer)

    assert statuses(hall)[0] == status
    assert marc.post(f"/tirage/doutes/{numbers(hall)[0]}", sent=answer).status_code == 404  # settled already
