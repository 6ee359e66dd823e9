"""A head gives many cases to somebody else: checked first, then one act and one journal line each."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from casetrack.database.tables import Case, Event, Service, Staff, StaffRole
from casetrack.engine import act
from casetrack.organisation import absences
from tests.web.visitors import words


def lines(hall, reference: str) -> list[str]:
    with hall.database.session() as session:
        return list(
            session.scalars(
                select(Event.action)
                .join(Case, Case.id == Event.case_id)
                .where(Case.reference == reference)
                .order_by(Event.seq)
            )
        )


def checked(visitor, references: list[str], officer_id: int):
    """Open the page that says what will change, and return it with what its form holds."""
    page = visitor.get(
        "/service/reaffectation/apercu", query_string={"dossier": references, "vers": officer_id}
    )
    kept = re.findall(r'name="(dossier|version)" value="([^"]*)"', page.text)
    form = {name: [value for key, value in kept if key == name] for name in ("dossier", "version")}
    return page, {**form, "vers": officer_id}


def test_each_case_given_has_its_own_journal_line(hall):
    first, second, kept = hall.taken(), hall.taken(), hall.taken()
    denis, paul = hall.visitor("denis"), hall.town.paul.id

    assert "Anne Arnaud" in words(denis.get(f"/service/reaffectation?de={hall.town.anne.id}"))
    page, form = checked(denis, [first, second], paul)
    assert "2 dossiers pour Paul Perrin" in words(page)
    assert lines(hall, first)[-1] == "take_charge"
    answer = denis.post("/service/reaffectation", **form)

    assert "2 dossiers donnés" in words(answer)
    assert [lines(hall, one)[-1] for one in (first, second, kept)] == ["reassign", "reassign", "take_charge"]


def test_what_is_left_out_says_why(hall):
    mine = hall.taken()
    own = hall.letter(("marc", "triage", hall.on("voirie")), ("paul", "take_charge", {}))
    sealed = hall.letter(confidentiality=2, readers=[hall.town.lea.id])

    page = words(checked(hall.visitor("denis"), [mine, own, sealed, "2026-A-999999"], hall.town.paul.id)[0])

    assert "1 dossier pour Paul Perrin" in page
    assert "Déjà suivi par cette personne." in page
    assert (
        page.count("Aucun dossier ouvert ne porte ce numéro") == 2
    )  # the sealed one is one that does not exist


def test_another_service_gets_the_case_and_chooses_its_own_officer(hall):
    begun, waiting = hall.taken(), hall.letter(("marc", "triage", hall.on("voirie")))
    diane = hall.visitor("diane")

    page, form = checked(diane, [begun, waiting], hall.town.lea.id)
    assert "service « Propreté », qui choisira son agent" in words(page)
    without = diane.post("/service/reaffectation", **form)
    assert "1 dossier donné, 1 refusé" in words(without)

    page, form = checked(diane, [begun], hall.town.lea.id)
    assert "1 dossier donné" in words(diane.post("/service/reaffectation", **form, motif="Tas de feuilles"))
    assert (lines(hall, begun)[-1], lines(hall, waiting)[-1]) == ("transfer", "assign")


def test_a_case_that_changed_meanwhile_is_refused_and_the_others_are_done(hall):
    changed, other = hall.taken(), hall.taken()
    denis = hall.visitor("denis")
    _page, form = checked(denis, [changed, other], hall.town.paul.id)
    with hall.database.session() as session:
        case = session.scalar(select(Case).where(Case.reference == changed))
        act(session, case, "draft_answer", by=hall.town.anne, at=hall.now, answer="Oui", outcome="refusal")
        session.commit()

    answer = words(denis.post("/service/reaffectation", **form))

    assert "1 dossier donné, 1 refusé" in answer
    assert "Anne Arnaud a " in answer
    assert (lines(hall, changed)[-1], lines(hall, other)[-1]) == ("draft_answer", "reassign")


def test_nothing_chosen_is_said_and_what_was_ticked_is_kept(hall):
    case = hall.taken()

    answer = hall.visitor("denis").get(f"/service/reaffectation/apercu?dossier={case}")

    assert answer.status_code == 422
    assert "Il manque un choix" in words(answer)
    assert f'value="{case}" checked' in answer.text


@pytest.mark.parametrize("login", ["anne", "marc", "mila", "aline"])
def test_only_heads_give_cases(hall, login):
    case = hall.taken()
    visitor = hall.visitor(login)
    visitor.get("/")

    assert visitor.get("/service/reaffectation").status_code == 404
    assert checked(visitor, [case], hall.town.paul.id)[0].status_code == 404
    visitor.get("/")
    form = {"dossier": [case], "version": ["3"], "vers": hall.town.paul.id}
    assert visitor.post("/service/reaffectation", **form).status_code == 404
    assert lines(hall, case)[-1] == "take_charge"


def test_numbers_that_mean_nothing_are_no_accident(hall):
    denis = hall.visitor("denis")
    for path in (
        f"/service/reaffectation?de={'9' * 40}&apres=2026-01-01.{'9' * 40}",
        f"/service/reaffectation/apercu?dossier=x&vers={'9' * 40}",
        f"/service?service={'9' * 40}",
        f"/parapheur?apres=2026-01-01.{'9' * 40}",
    ):
        assert denis.get(path).status_code in (200, 404, 422), path


def test_what_was_answered_and_nobody_closed_is_given_too(hall):
    answered = hall.taken()
    with hall.database.session() as session:
        session.scalar(select(Case).where(Case.reference == answered)).answered_on = hall.now.date()
        session.commit()
    denis = hall.visitor("denis")

    assert answered in denis.get(f"/service/reaffectation?de={hall.town.anne.id}").text
    page, _form = checked(denis, [answered], hall.town.paul.id)
    assert "1 dossier pour Paul Perrin" in words(page)


def test_nothing_is_given_into_a_service_that_is_closed(hall):
    mine = hall.taken()
    with hall.database.session() as session:
        old = Service(code="ANC", name="Ancien service", is_active=False)
        newcomer = Staff(login="nina", given_name="Nina", family_name="Nouvelle", title="Agente")
        session.add_all((old, newcomer))
        session.flush()
        for service_id in (old.id, hall.town.services["PRO"].id):  # the closed one first
            session.add(StaffRole(staff_id=newcomer.id, role="officer", service_id=service_id))
            session.flush()
        session.commit()

    page, _form = checked(hall.visitor("denis"), [mine], newcomer.id)

    assert "1 dossier pour Nina Nouvelle" in words(page)
    assert "Ancien service" not in words(page)


def test_whoever_is_away_is_said_to_be_before_anything_is_given(hall):
    mine = hall.taken()
    with hall.database.session() as session:
        paul, lea = (session.get(Staff, hall.town.staff[login].id) for login in ("paul", "lea"))
        absences.add(
            session,
            paul,
            starts_on=hall.now.date(),
            ends_on=hall.now.date() + timedelta(days=9),
            replaced_by=lea,
        )
        session.commit()

    page, _form = checked(hall.visitor("denis"), [mine], hall.town.paul.id)

    assert "Absence jusqu'au mer. 2 décembre, remplacement par Léa Lambert." in words(page)
