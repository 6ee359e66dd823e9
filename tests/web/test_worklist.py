"""The worklist, as a page."""

import re
from datetime import date, timedelta

import pytest

from casetrack.engine import open_case, sweep
from tests.town import NINE
from tests.web.visitors import words


def test_the_list_says_who_what_when_and_the_next_thing_to_do(hall):
    case = hall.taken()

    page = words(hall.visitor("anne").get("/"))

    assert "1 dossier ouvert." in page
    assert "Trou dans la chaussée Mme Nadia Petit · courrier · " + case in page
    assert "dans 30 jours mer. 23 décembre" in page
    assert "Rédiger la réponse : Trou dans la chaussée En instruction" in page


def test_the_sentence_under_the_title_counts_what_is_late(hall):
    hall.taken()
    hall.taken()
    hall.now = NINE + timedelta(days=31)
    hall.taken(at=hall.now, received_on=date(2026, 11, 25))

    assert "3 dossiers ouverts, dont 2 en retard et 1 à échéance cette semaine." in words(
        hall.visitor("anne").get("/")
    )


def test_a_step_that_needs_no_word_is_done_without_leaving_the_list(hall):
    case = hall.letter(("marc", "triage", hall.on("voirie")))
    anne = hall.visitor("anne")
    page = anne.get("/?vue=service").text
    form = re.search(r'<form method="post" action="(/dossiers/[^"]+/take_charge)">.*?</form>', page, re.S)

    answer = anne.post(form[1], **dict(re.findall(r'name="(version|vue)" value="([^"]*)"', form[0])))

    assert answer.location == "/?vue=service"
    assert "Vous avez pris le dossier en charge ( 2026-A-" in words(anne.get(answer.location))
    assert f'href="/dossiers/{case}/actions/draft_answer"' in anne.get("/").text


def test_a_step_that_asks_for_words_or_writes_to_the_citizen_is_never_one_press(hall):
    hall.taken()
    page = hall.visitor("anne").get("/").text

    assert "/draft_answer" in page
    assert not re.search(r'<form[^>]+action="/dossiers', page)


def test_two_officers_press_the_same_button_and_the_second_is_told_who_was_quicker(hall):
    hall.letter(("marc", "triage", hall.on("voirie")))
    anne, paul = hall.visitor("anne"), hall.visitor("paul")
    form = re.search(r'<form method="post" action="(/dossiers/[^"]+/take_charge)">.*?</form>',
                     anne.get("/?vue=service").text, re.S)  # fmt: skip
    typed = dict(re.findall(r'name="(version|vue)" value="([^"]*)"', form[0]))
    paul.get("/")

    anne.post(form[1], **typed)
    late = paul.post(form[1], **typed)

    assert late.status_code == 409
    assert "Anne" in words(late)


@pytest.mark.parametrize(
    ("login", "view", "sentence"),
    [
        ("anne", "mine", "Aucun dossier ne vous est affecté."),
        ("marc", "triage", "Tout le courrier est qualifié."),
        ("simone", "sign", "Aucune réponse ne vous attend."),
        ("mila", "all", "Aucun dossier ouvert."),
    ],
)
def test_an_empty_list_says_what_to_do(hall, login, view, sentence):
    assert sentence in words(hall.visitor(login).get(f"/?vue={view}", follow_redirects=True))


def test_a_list_that_is_not_ones_own_leads_back_to_ones_own(hall):
    assert hall.visitor("anne").get("/?vue=sign").location == "/"
    assert hall.visitor("anne").get("/?vue=nothing").location == "/"


def test_a_name_of_eighty_characters_stays_whole(hall):
    hall.town.citizen.family_name = name = (
        "La Rochefoucauld-Montmorency-Laval-d'Argenson-de-Saint-Germain-en-Laye-et-autres"
    )
    with hall.database.session() as session:
        session.merge(hall.town.citizen)
        session.commit()
    hall.taken()

    assert name in words(hall.visitor("anne").get("/"))


@pytest.fixture
def three_thousand(hall) -> None:
    """A service with three thousand letters."""
    with hall.database.session() as session:
        for number in range(3_000):
            open_case(session, "letter", by=hall.town.marc, at=NINE, title=f"Courrier {number}", silent=True,
                      received_on=date(2026, 9, 1) + timedelta(days=number % 80), citizen=hall.town.citizen,
                      subject=hall.town.subjects["voirie"])  # fmt: skip
        session.commit()


@pytest.mark.slow
def test_three_thousand_letters_are_read_page_by_page(hall, three_thousand, counter):
    denis = hall.visitor("denis")
    path, seen, pages = "/?vue=service", set(), 0

    while path:
        with counter() as sent:
            page = denis.get(path).text
        assert len(sent) <= 6
        pages += 1
        seen |= {re.split('["/]', part)[0] for part in page.split('href="/dossiers/')[1:]}
        following = [part for part in page.split('href="') if part.startswith("/?vue=service&amp;apres=")]
        path = following[0].split('"')[0].replace("&amp;", "&") if following else None

    assert (pages, len(seen)) == (60, 3_000)
    assert "Les 50 dossiers les plus urgents." in words(denis.get("/?vue=service"))


def test_notifications_are_counted_shown_and_put_away(hall):

    hall.taken()
    hall.now = NINE + timedelta(days=31)
    sweep(hall.database.session, at=hall.now)
    anne = hall.visitor("anne")

    page = anne.get("/alertes")
    count = page.text.count("ct-notice")
    assert f"Alertes {count}" in words(page)
    assert "Réponse écrite : en retard de" in words(page)
    numbers = [part.split('"')[0] for part in page.text.split('name="notice" value="')[1:]]
    anne.post("/alertes", notice=numbers)

    assert "Aucune alerte à lire." in words(anne.get("/alertes"))
