"""Who wrote is corrected from the case: a misspelt address leaves no envelope, an unknown sender gets a name."""

import pytest
from sqlalchemy import select

from casetrack.database.tables import Case, Citizen, Event, Message
from tests.web.visitors import words

RIGHT = {
    "civility": "Mme",
    "given_name": "Nadia",
    "family_name": "Petit",
    "street": "14 rue des Lilas",
    "postcode": "99000",
    "town": "Valmy",
    "language": "fr",
    "prefers_post": "1",
}


def one(hall, query):
    with hall.database.reader() as session:
        return session.scalars(query).one()


def corrected(hall, reference: str, who: str = "anne", **changed):
    visitor = hall.visitor(who)
    form = visitor.get(f"/dossiers/{reference}/expediteur")
    return visitor, form, visitor.post(f"/dossiers/{reference}/expediteur", **RIGHT | changed)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_misspelt_address_is_corrected_also_on_the_letters_that_wait(hall):
    case = hall.letter(("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}), channel="post")

    anne, form, done = corrected(hall, case)

    assert 'value="12 rue des Lilas"' in form.text
    page = words(anne.get(done.location))
    assert "Expéditeur corrigé" in page
    assert "14 rue des Lilas, 99000 Valmy" in page
    assert "Vous avez corrigé l'expéditeur" in page
    assert one(hall, select(Message.recipient)).splitlines()[1] == "14 rue des Lilas"
    line = one(hall, select(Event).where(Event.action == "sender_corrected"))
    assert '"changed":["email","prefers_post","street"]' in line.payload
    assert "Lilas" not in line.payload
    assert case in words(anne.get("/recherche?q=14+rue+lilas&liste=1"))


def test_an_unknown_sender_gets_a_name(hall):
    case = hall.letter(("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}), citizen=None)
    assert "Expéditeur inconnu" in words(hall.visitor("anne").get(f"/dossiers/{case}"))

    anne, form, done = corrected(hall, case, family_name="Marchand", given_name="Awa")

    assert "Dire qui a écrit" in words(form)
    assert "Mme Awa Marchand" in words(anne.get(done.location))
    assert one(hall, select(Citizen.given_name).join(Case, Case.citizen_id == Citizen.id)) == "Awa"


def test_what_cannot_be_kept_is_said_at_its_field_and_nothing_changes(hall):
    case = hall.taken()

    _anne, _form, refused = corrected(hall, case, email="xx", family_name="P" * 300)

    assert refused.status_code == 422
    assert 'id="email-fault"' in refused.text
    assert 'id="family_name-fault"' in refused.text
    assert 'value="14 rue des Lilas"' in refused.text
    assert one(hall, select(Citizen.street)) == "12 rue des Lilas"


def test_nothing_is_written_where_nothing_changed(hall):
    case = hall.taken()
    known = one(hall, select(Citizen))
    same = {name: getattr(known, name) or "" for name in RIGHT if name != "prefers_post"}

    hall.visitor("anne").get(f"/dossiers/{case}/expediteur")
    visitor = hall.visitor("anne")
    visitor.get(f"/dossiers/{case}/expediteur")
    visitor.post(f"/dossiers/{case}/expediteur", **same, email=known.email, telephone=known.telephone,
                 organisation=known.organisation)  # fmt: skip

    with hall.database.reader() as session:
        assert session.scalars(select(Event).where(Event.action == "sender_corrected")).all() == []


@pytest.mark.parametrize("login", ["mila", "eva", "aline", "lea"])
def test_whoever_only_reads_or_does_not_corrects_nothing(hall, login):
    case = hall.taken()
    visitor = hall.visitor(login)
    visitor.get("/")

    assert visitor.get(f"/dossiers/{case}/expediteur").status_code == 404
    assert visitor.post(f"/dossiers/{case}/expediteur", **RIGHT).status_code == 404
    assert one(hall, select(Citizen.street)) == "12 rue des Lilas"


def test_a_question_has_no_sender(hall):
    case = hall.taken()
    mila = hall.visitor("mila")
    mila.get(f"/dossiers/{case}")
    asked = mila.post(f"/dossiers/{case}/ouvrir/question", title="Pourquoi ?", question="Pourquoi ?",
                      answer_by="2026-12-20", service=str(hall.town.services["VOI"].id), officer="")  # fmt: skip

    assert hall.visitor("denis").get(f"{asked.location}/expediteur").status_code == 404
