"""The print run, on the page of the desk."""

import re

import pytest
from sqlalchemy import select, update

from casetrack.database.tables import Message
from tests.town import PEOPLE
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


def test_printing_carries_no_token_in_its_address(marc):
    form = re.search(
        r'<form class="ct-sheet" method="get" action="/tirage/imprimer">.*?</form>',
        marc.get("/tirage").text,
        re.S,
    )[0]

    assert 'type="hidden" name="csrf_token"' not in form
    assert re.search(r'formmethod="post" formaction="/tirage/postes" name="csrf_token" value="[^"]+"', form)


def test_a_mistake_is_taken_back(hall, marc):
    marc.get("/tirage")
    page = marc.get(marc.post("/tirage/postes", message=numbers(hall)).location)
    assert "Vous pouvez revenir en arrière" in words(page)

    marc.post("/tirage/annuler", message=numbers(hall))

    assert statuses(hall) == ["to_print", "to_print"]


def test_the_letters_chosen_are_printed_one_to_a_page(hall, marc):
    page = marc.get("/tirage/imprimer")
    both = page.text
    one = marc.get(f"/tirage/imprimer?message={numbers(hall)[0]}").text

    assert (both.count("<article"), one.count("<article")) == (2, 1)
    assert "Ville de Valmy" in both
    assert "mercredi 23 décembre 2026" in words(page)


def test_nothing_is_marked_when_nothing_is_chosen(hall, marc):
    first = marc.post("/tirage/postes", message=numbers(hall)[:1]) if marc.get("/tirage") else None
    after = marc.get(first.location)
    action = after.text.split('formaction="/tirage/postes')[1].split('"')[0]

    for nothing in ({}, {"message": ["x", "-1"]}):
        refused = marc.post(f"/tirage/postes{action}", **nothing)
        assert refused.status_code == 422
        assert "Cochez d'abord une lettre" in words(refused)
        assert "Vous pouvez revenir en arrière" in words(refused)  # what was posted before
        assert " checked>" not in refused.text
    assert marc.get("/tirage/imprimer?choix=1").status_code == 422

    assert statuses(hall) == ["posted", "to_print"]


def test_all_are_ticked_or_none(hall, marc):
    assert (
        marc.get("/tirage").text.count('type="checkbox"') == marc.get("/tirage").text.count(" checked>") == 2
    )
    assert " checked>" not in marc.get("/tirage?cocher=rien").text


def test_a_number_is_written_once_and_never_cut(hall, marc):
    line = words(marc.get("/tirage"))
    assert line.count("2026-A-000001") == 1

    printed = marc.get("/tirage/imprimer").text
    assert 'n°\u00a0<span class="whole">2026-A-000001</span>' in printed
    assert "Valmy, le lundi 23 novembre 2026" in printed
    assert "<h2>Notre engagement</h2>" in printed
    assert "&#39;" not in printed.split("<article")[1]


def test_what_one_may_not_read_is_neither_printed_nor_marked(hall, marc):
    lea = hall.visitor("lea")
    assert "Aucune lettre à imprimer." in words(lea.get("/tirage"))

    lea.post("/tirage/postes", message=numbers(hall))

    assert statuses(hall) == ["to_print", "to_print"]


@pytest.mark.parametrize(
    ("login", "posts"),
    [(login, login in {"marc", "aline", "anne", "paul", "denis", "diane", "gilles"}) for login, *_ in PEOPLE],
)
def test_only_those_who_may_send_a_letter_say_that_it_was_posted(hall, login, posts):
    """Not a copied service (Léa, Rose), nor who signs it, nor who watches: they read, and have no envelope in hand."""
    hall.letter(("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}),
                ("anne", "copy_service", {"service": hall.town.services["PRO"].id}))  # fmt: skip
    visitor = hall.visitor(login)
    page = visitor.get("/tirage")

    visitor.post("/tirage/postes", message=numbers(hall))

    assert ("1 lettre attend" in words(page)) is posts
    assert statuses(hall) == ["posted" if posts else "to_print"]


@pytest.mark.parametrize(
    ("login", "posts"), [("lea", True), ("mila", False), ("marc", False), ("denis", False)]
)
def test_the_letter_of_a_sealed_case_is_posted_by_the_reader_it_names(hall, login, posts):
    hall.letter(confidentiality=2, readers=[hall.town.lea.id])
    visitor = hall.visitor(login)
    visitor.get("/tirage")

    visitor.post("/tirage/postes", message=numbers(hall))

    assert statuses(hall) == ["posted" if posts else "to_print"]


@pytest.mark.parametrize("login", ["mila", "eva", "simone"])
def test_who_sends_nothing_decides_nothing_of_a_message_in_doubt(hall, marc, login):
    with hall.database.session() as session:
        session.execute(update(Message).values(status="in_doubt", channel="email"))
        session.commit()
    visitor = hall.visitor(login)

    assert "Envoi incertain" not in words(visitor.get("/tirage"))
    assert visitor.post(f"/tirage/doutes/{numbers(hall)[0]}", sent="yes").status_code == 404
    assert statuses(hall) == ["in_doubt", "in_doubt"]


@pytest.mark.parametrize(("login", "offered"), [("marc", True), ("anne", True), ("denis", True), ("mila", False),
                                                ("simone", False)])  # fmt: skip
def test_the_print_run_is_offered_to_those_who_send(hall, login, offered):
    assert ("Tirage" in words(hall.visitor(login).get("/alertes"))) is offered


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


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_more_letters_than_any_town_has_are_no_fault(hall, marc):
    marc.get("/tirage")
    many = [*map(str, numbers(hall)), *map(str, range(1_000, 71_000))]

    done = marc.post("/tirage/postes", message=many)

    assert statuses(hall) == ["posted", "posted"]
    assert len(done.location) < 2_000
    assert marc.post("/alertes", notice=many).status_code == 302
