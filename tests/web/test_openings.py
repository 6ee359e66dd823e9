"""Opening a case about another from its page: who may, what is asked, what is refused, what is shown to whom."""

import re
from datetime import timedelta

import pytest

from tests.town import MONDAY, PEOPLE
from tests.web.visitors import words

ASKERS = {"mila", "eva"}
REPORTERS = {"marc", "anne", "denis", "diane", "gilles", "mila", "eva"}
"""Those who may report a dysfunction, of those who may read a letter of Voirie."""
EVERYBODY = [login for login, *_ in PEOPLE]
KINDS = ("question", "recommendation")


def asked(hall, about: str, who: str = "mila", **changed):
    """Fill in the form of a question about a case and send it."""
    visitor = hall.visitor(who)
    visitor.get(f"/dossiers/{about}")
    typed = {
        "title": "Fermeture de la rue",
        "question": "Qui a décidé de fermer la rue ?",
        "answer_by": (MONDAY + timedelta(days=14)).isoformat(),
        "service": str(hall.town.services["VOI"].id),
        "officer": "",
    }
    answer = visitor.post(f"/dossiers/{about}/ouvrir/question", **(typed | changed))
    return visitor, answer


def question_about(hall, about: str, who: str = "mila", **changed) -> str:
    """Put a question and return its number."""
    _visitor, answer = asked(hall, about, who, **changed)
    assert answer.status_code == 302, words(answer)
    return answer.location.rpartition("/")[2]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_the_mediator_puts_a_question_and_the_service_answers_it(hall):
    letter = hall.taken()
    mila, answer = asked(hall, letter)
    page = mila.get(answer.location)

    assert "Vous avez ouvert : Question au service ( 2026-Q-00001 )." in words(page)
    assert "Qui a décidé de fermer la rue ?" in words(page)
    assert letter in page.text
    seen = hall.visitor("denis").get("/?vue=service")
    assert "Fermeture de la rue" in words(seen)
    assert "Question au service" in words(seen)
    assert "Répondre" in words(seen)
    answered = hall.visitor("anne").do("2026-Q-00001", "answer", answer="Le préfet.")
    assert answered.status_code == 302
    assert "Clore la question" in words(mila.get("/dossiers/2026-Q-00001"))
    assert "Le préfet." in words(mila.get("/dossiers/2026-Q-00001"))


def test_the_question_stands_beside_its_answer(hall):
    question = question_about(hall, hall.taken())
    denis = hall.visitor("denis")

    assert "Question Qui a décidé de fermer la rue ?" in words(
        denis.get(f"/dossiers/{question}/actions/answer")
    )
    assert "Une réponse est demandée à votre service" in words(denis.get("/alertes"))


def test_a_double_click_puts_one_question(hall):
    letter = hall.taken()
    form = hall.visitor("mila").get(f"/dossiers/{letter}/ouvrir/question")
    key = re.search(r'name="key" value="([^"]+)"', form.text)[1]

    _mila, first = asked(hall, letter, key=key)
    _mila, second = asked(hall, letter, key=key)

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.location == second.location == "/dossiers/2026-Q-00001"
    assert hall.visitor("mila").get("/dossiers/2026-Q-00002").status_code == 404


def test_the_letter_says_that_a_question_was_put_and_leads_those_to_it_who_may_read_it(hall):
    letter = hall.taken()
    number = question_about(hall, letter, service=str(hall.town.services["PRO"].id))

    of_propriety = hall.visitor("anne").get(f"/dossiers/{letter}")
    assert "Mila Maurin a ouvert à ce sujet : Question au service" in words(of_propriety)
    assert number not in of_propriety.text  # it was put to another service than hers
    assert number in hall.visitor("diane").get(f"/dossiers/{letter}").text


@pytest.mark.parametrize("kind", [*KINDS, "letter", "dysfunction", "nonsense"])
def test_the_form_is_open_to_those_who_may_ask_and_exists_for_nobody_else(hall, kind):
    letter = hall.taken()

    for login in EVERYBODY:
        visitor = hall.visitor(login)
        is_open = kind in KINDS and login in ASKERS or kind == "dysfunction" and login in {*REPORTERS, "paul"}
        assert visitor.get(f"/dossiers/{letter}/ouvrir/{kind}").status_code == (200 if is_open else 404), (
            login
        )
        visitor.get("/compte")
        refused = visitor.post(f"/dossiers/{letter}/ouvrir/{kind}", title="?")
        assert refused.status_code == (422 if is_open else 404), login
    assert hall.visitor("mila").get("/dossiers/2026-Q-00001").status_code == 404


def test_a_case_offers_it_only_to_those_who_may(hall):
    letter = hall.taken()

    for login in EVERYBODY:
        page = hall.visitor(login).get(f"/dossiers/{letter}")
        assert ("Poser une question au service" in words(page)) == (login in ASKERS), login
        assert ("Signaler un dysfonctionnement" in words(page)) == (login in {*REPORTERS, "paul"}), login


def test_a_refused_question_says_every_fault_at_its_field_and_keeps_the_text(hall):
    letter = hall.taken()

    _mila, answer = asked(
        hall, letter, title="", question="Une longue question écrite avec soin.", answer_by="2026-02-30",
        service="x", officer="9" * 30,
    )  # fmt: skip

    assert answer.status_code == 422
    assert "Une longue question écrite avec soin." in words(answer)
    for name in ("title", "answer_by", "service", "officer"):
        assert f'id="{name}-fault"' in answer.text, name
    assert hall.visitor("mila").get("/dossiers/2026-Q-00001").status_code == 404


@pytest.mark.parametrize("missing", ["service", "question", "answer_by", "title"])
def test_what_is_asked_must_be_filled_in(hall, missing):
    letter = hall.taken()

    _mila, answer = asked(hall, letter, **{missing: "  "})

    assert answer.status_code == 422
    assert f'id="{missing}-fault"' in answer.text


def test_an_officer_reports_a_dysfunction_about_a_letter(hall):
    letter = hall.taken()
    anne = hall.visitor("anne")
    anne.get(f"/dossiers/{letter}/ouvrir/dysfunction")

    answer = anne.post(f"/dossiers/{letter}/ouvrir/dysfunction", title="Pièce égarée", cause="lost_item", source="staff",
                       facts="Le plan remis au guichet n'est pas arrivé.", service="", officer="")  # fmt: skip

    assert answer.status_code == 302
    number = answer.location.rpartition("/")[2]
    assert "Pièce égarée" in words(hall.visitor("eva").get("/dysfonctionnements"))
    assert letter in hall.visitor("eva").get(f"/dysfonctionnements/{number}").text
    assert "Anne Arnaud a ouvert à ce sujet : Dysfonctionnement" in words(
        hall.visitor("eva").get(f"/dossiers/{letter}")
    )


def test_a_question_about_a_question_is_asked_in_the_question_itself(hall):
    number = question_about(hall, hall.taken())

    page = hall.visitor("mila").get(f"/dossiers/{number}")

    assert "Poser une question au service" not in words(page)
    assert "Émettre une recommandation" in words(page)


# ---- Confidential cases --------------------------------------------------------------------------


@pytest.fixture
def sealed(hall) -> str:
    """A letter that only the mediator and Léa, who is named, may read."""
    hall.letter()  # pages give the first number of the year as an example
    return hall.letter(confidentiality=2, readers=[hall.town.lea.id], title="Signalement sous scellés")


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_asks_about_a_case_that_they_may_not_read(hall, sealed, kind):
    for login in EVERYBODY:
        if login == "mila":
            continue
        visitor = hall.visitor(login)
        closed, nonsense = (
            visitor.get(f"/dossiers/{one}/ouvrir/{kind}") for one in (sealed, "2026-A-999999")
        )
        assert (closed.status_code, words(closed)) == (404, words(nonsense)), login
        visitor.get("/compte")
        assert visitor.post(f"/dossiers/{sealed}/ouvrir/{kind}", title="?").status_code == 404, login


def test_a_sealed_case_shows_nothing_of_itself_in_its_question(hall, sealed):
    mila = hall.visitor("mila")
    form = mila.get(f"/dossiers/{sealed}/ouvrir/question")
    assert "confidentiel" in words(form)
    assert "scellés" not in words(form)
    _mila, refused = asked(hall, sealed)
    assert "personne d'autre ne pourrait le lire" in words(refused)

    number = question_about(hall, sealed, officer=str(hall.town.paul.id))

    page = hall.visitor("paul").get(f"/dossiers/{number}")
    assert "Qui a décidé de fermer la rue ?" in words(page)
    assert "Répondre" in words(page)
    for said in (sealed, "scellés"):
        assert said not in page.text
        assert said not in hall.visitor("paul").get("/?vue=all").text
    for login in EVERYBODY:
        may_read = login in ("mila", "paul")
        assert hall.visitor(login).get(f"/dossiers/{number}").status_code == (200 if may_read else 404), login
        found = hall.visitor(login).get("/recherche?q=fermeture").text
        assert (number in found) == may_read, login


def test_the_sealed_case_says_that_it_was_asked_about_to_its_readers_alone(hall, sealed):
    number = question_about(hall, sealed, officer=str(hall.town.paul.id))

    seen = hall.visitor("lea").get(f"/dossiers/{sealed}")

    assert "Question au service" in words(seen)
    assert number not in seen.text
    assert number in hall.visitor("mila").get(f"/dossiers/{sealed}").text


def test_the_page_is_a_few_queries(hall, counter):
    letter = hall.taken()
    mila = hall.visitor("mila")
    mila.get(f"/dossiers/{letter}/ouvrir/question")

    with counter() as sent:
        mila.get(f"/dossiers/{letter}/ouvrir/question")

    assert len(sent) <= 6, "\n".join(re.sub(r"\s+", " ", one)[:150] for one in sent)
