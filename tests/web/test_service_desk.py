"""The morning of a head: who carries what, what comes, what was escalated."""

from datetime import date, timedelta

import pytest

from casetrack.engine import open_case, sweep
from casetrack.organisation import absences
from tests.town import NINE
from tests.web.visitors import words

DRAFTED = ("anne", "draft_answer", {"answer": "Oui.", "outcome": "favourable"})


def test_the_sentence_is_the_dashboard(hall):
    hall.taken()
    hall.letter(("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}), DRAFTED)
    hall.letter(("marc", "triage", hall.on("voirie")))
    hall.now = NINE + timedelta(days=24)  # Thursday 17 December: all three are promised for the 23rd

    page = words(hall.visitor("denis").get("/service"))

    assert "3 dossiers ouverts. 3 échéances d'ici au jeu. 31 décembre, dont 2 sans projet de réponse." in page
    assert "mer. 23 décembre 3 échéances 2 sans projet" in page
    assert "Anne Arnaud 2 0 2 0 0 0" in page
    assert "Paul Perrin 0 0 0 0 0 0" in page
    assert "Sans agent 1 0 1 0 0 0" in page


def test_only_working_days_are_shown_and_the_day_before_a_closure_carries_its_answers(hall):
    hall.taken(
        at=NINE + timedelta(days=2), received_on=date(2026, 11, 25)
    )  # promised for Christmas: to be sent on the 24th
    hall.now = NINE + timedelta(days=24)

    page = words(hall.visitor("denis").get("/service"))

    assert "jeu. 24 décembre 1 échéance" in page
    assert "ven. 25 décembre" not in page


def test_each_of_ten_days_is_cut_after_its_weekday_to_stand_in_its_column(hall):
    hall.now = NINE + timedelta(days=24)

    assert (
        '<time datetime="2026-12-24">jeu. 24\u00a0décembre</time>'
        in hall.visitor("denis").get("/service").text
    )


def test_a_director_sees_the_services_below_as_rows(hall):
    hall.taken()

    page = words(hall.visitor("diane").get("/service"))

    assert "Charge par service" in page
    assert "Voirie 1 0 0 1 0 0" in page
    assert "Propreté 0 0 0 0 0 0" in page
    voirie = hall.town.services["VOI"].id
    assert "Anne Arnaud 1" in words(hall.visitor("diane").get(f"/service?service={voirie}"))


def test_what_the_clock_escalated_stays_until_it_is_answered(hall):
    late = hall.taken()
    hall.now = NINE + timedelta(days=31)
    assert "Remontés jusqu'à vous" not in words(hall.visitor("denis").get("/service"))

    sweep(hall.database.session, at=hall.now)

    page = hall.visitor("denis").get("/service")
    assert "Remontés jusqu'à vous 1" in words(page)
    assert late in page.text


def test_who_is_away_is_said_with_who_stands_in(hall):
    hall.taken()
    with hall.database.session() as session:
        absences.add(
            session,
            hall.town.staff["anne"],
            starts_on=date(2026, 11, 20),
            ends_on=date(2026, 11, 27),
            replaced_by=hall.town.staff["paul"],
        )
        session.commit()

    assert "absence jusqu'au ven. 27 novembre, remplacement par Paul Perrin" in words(
        hall.visitor("denis").get("/service")
    )


@pytest.mark.parametrize("login", ["anne", "marc", "simone", "mila", "eva"])
def test_the_page_is_for_heads_and_says_nothing_to_others(hall, login):
    assert hall.visitor(login).get("/service").status_code == 404
    assert "Mon service </a>" not in hall.visitor(login).get("/alertes").text


def test_a_head_sees_no_other_service(hall):
    other = hall.town.services["PRO"].id

    refused, nonsense = (hall.visitor("denis").get(f"/service?service={key}") for key in (other, 999_999))

    assert refused.status_code == nonsense.status_code == 404
    assert words(refused) == words(nonsense)


def test_a_sealed_case_is_in_no_figure(hall):
    hall.letter(confidentiality=2, readers=[hall.town.lea.id], title="Sous scellés")

    page = words(hall.visitor("denis").get("/service"))

    assert "0 dossier ouvert." in page
    assert "scellés" not in page
    assert "Chaque dossier à répondre a son agent." in page


@pytest.mark.slow
def test_three_thousand_cases_take_no_more_queries_than_one(hall, counter):
    hall.taken()
    denis = hall.visitor("denis")
    with counter() as few:
        denis.get("/service")
    with hall.database.session() as session:
        for number in range(3_000):
            open_case(session, "letter", by=hall.town.marc, at=NINE, title=f"Courrier {number}", silent=True,
                      received_on=date(2026, 9, 1) + timedelta(days=number % 80), citizen=hall.town.citizen,
                      subject=hall.town.subjects["voirie"])  # fmt: skip
        session.commit()

    with counter() as many:
        page = words(denis.get("/service"))

    assert len(many) == len(few)
    assert "3001 dossiers ouverts" in page
    assert "Sans agent 10+" in page
