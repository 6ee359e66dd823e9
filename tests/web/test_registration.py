"""A letter comes to the counter."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from casetrack.correspondence import pile
from casetrack.correspondence.documents import Kept
from casetrack.database.tables import (
    Absence,
    Case,
    CaseText,
    Citizen,
    Document,
    Event,
    Message,
    PileLine,
    Subject,
)
from tests.town import MONDAY, NINE, PEOPLE
from tests.web.visitors import words

LETTER = {
    "channel": "post",
    "received_on": "2026-11-20",
    "sender": "new",
    "civility": "M.",
    "given_name": "Karim",
    "family_name": "Benmoussa",
    "street": "3 rue des Tanneurs",
    "postcode": "99000",
    "town": "Valmy",
    "title": "Nid-de-poule rue des Tanneurs",
    "nature": "complaint",
    "confidentiality": "0",
}


# Who opens a letter, as its definition says; the rest would type a whole form for nothing.
REGISTER = {"marc", "aline", "anne", "paul", "lea", "jeanne", "eva"}


@pytest.mark.parametrize("login", [login for login, *_ in PEOPLE])
def test_the_form_is_offered_to_those_whom_the_engine_lets_open_a_letter_and_to_nobody_else(
    hall, letter, login
):
    visitor, offered = hall.visitor(login), login in REGISTER

    for path in ("/", "/?vue=triage", "/?vue=all", "/alertes", "/aide"):
        page = visitor.client.get(path, follow_redirects=True).text
        assert ("/courriers/nouveau" in page) is offered, path
    help_page = words(visitor.get("/aide"))
    assert ("Enregistrer un courrier" in help_page) is ("joindre au dossier trouvé" in help_page) is offered
    form = visitor.get("/courriers/nouveau")
    sent = visitor.post("/courriers/nouveau", **letter)
    assert (form.status_code, sent.status_code) == ((200, 302) if offered else (403, 403))
    with hall.database.session() as session:
        assert session.scalar(select(func.count(Case.id))) == int(offered)


def test_whoever_may_not_register_is_told_who_may(hall):
    page = words(hall.visitor("denis").get("/courriers/nouveau"))

    assert "revient à : l'accueil, un agent traitant, l'administrateur." in page


def test_a_replacement_registers_on_behalf_of_whom_they_replace(hall, letter):
    with hall.database.session() as session:
        marc, denis = hall.town.staff["marc"].id, hall.town.staff["denis"].id
        session.add(Absence(staff_id=marc, starts_on=MONDAY, ends_on=MONDAY, replaced_by_id=denis))
        session.commit()
    visitor = hall.visitor("denis")

    assert "/courriers/nouveau" in visitor.get("/").text
    assert visitor.post("/courriers/nouveau", **letter).status_code == 302
    with hall.database.session() as session:
        line = session.scalars(select(Event).where(Event.action == "open")).one()
        assert (line.actor_id, line.on_behalf_of_id) == (denis, marc)


@pytest.fixture
def marc(hall):
    """Marc, at the desk, before an empty form."""
    visitor = hall.visitor("marc")
    visitor.get("/courriers/nouveau")
    return visitor


@pytest.fixture
def letter(hall) -> dict:
    """What one types for an ordinary letter."""
    return {**LETTER, "subject": str(hall.town.subjects["voirie"].id)}


def cases(hall) -> list[Case]:
    with hall.database.reader() as session:
        return list(session.scalars(select(Case).order_by(Case.id)))


def test_a_letter_gets_its_number_its_date_with_the_reason_and_its_receipt(hall, marc, letter):
    saved = marc.post("/courriers/nouveau", **letter)

    assert saved.location == "/courriers/nouveau?apres=2026-A-000001"
    page = words(marc.get(saved.location))
    assert "Enregistré sous le n° 2026-A-000001" in page
    assert "réponse promise le dimanche 20 décembre 2026" in page
    assert "Reçu le vendredi 20 novembre 2026 ; un mois de quantième à quantième" in page
    assert "Accusé à imprimer" in page


def test_the_receipt_can_be_printed_at_once(hall, marc, letter):
    page = marc.get(marc.post("/courriers/nouveau", **letter).location)
    assert 'href="/courriers/2026-A-000001/accuse"' in page.text

    printed = marc.get(marc.get("/courriers/2026-A-000001/accuse").location)

    receipt = words(printed)
    assert "/static/print.js" in printed.text
    assert "M. Karim Benmoussa 3 rue des Tanneurs 99000 Valmy" in receipt
    assert "Adresse à trouver" not in receipt


def test_register_and_next_is_what_enter_does_and_open_goes_to_the_case(hall, marc, letter):
    form = marc.get("/courriers/nouveau").text
    first_button = form[
        form.index('action="/courriers') if 'action="/courriers' in form else form.index("ct-seg") - 900 :
    ]

    assert first_button.index("Enregistrer et suivant") < first_button.index("Chercher")
    assert marc.post("/courriers/nouveau", **letter, open="1").location == "/dossiers/2026-A-000001"


def test_the_channel_is_kept_for_the_next_letter(hall, marc, letter):
    marc.post("/courriers/nouveau", **{**letter, "channel": "telephone"})

    assert 'value="telephone" checked' in marc.get("/courriers/nouveau").text


def test_the_day_of_receipt_is_today_unless_told(hall, marc):
    assert 'name="received_on" value="2026-11-23"' in marc.get("/courriers/nouveau").text


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"received_on": "2026-11-24"}, "received_on", "ne peut pas être reçu à une date à venir"),
        ({"received_on": "2026-02-30"}, "received_on", "cette date n'existe pas"),
        ({"received_on": ""}, "received_on", "cette date n'existe pas"),
        ({"title": "  "}, "title", "à remplir"),
        ({"title": "x" * 301}, "title", "300 caractères au plus"),
        ({"subject": ""}, "subject", "à remplir"),
        ({"subject": "999"}, "subject", "à remplir"),
        ({"channel": "pigeon"}, "channel", "ce canal n'existe pas"),
        ({"sender": ""} | dict.fromkeys(("civility", "given_name", "family_name", "street", "postcode", "town"), ""),
         "sender", "cherchez la personne"),
        ({"sender": "999"}, "sender", "choisissez la personne"),
        ({"family_name": "", "given_name": "", "civility": ""}, "sender", "au moins un nom"),
        ({"family_name": "x" * 500}, "sender", "dépasse 200 caractères"),
        ({"nature": "poem"}, "nature", "à choisir dans la liste"),
        ({"postmark_on": "2026-11-23"}, "postmark_on", "au plus tard le"),  # after the receipt
        ({"confidentiality": "2"}, "readers", "nommez au moins une personne"),
        ({"confidentiality": "7"}, "confidentiality", "0, 1 ou 2"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_at_its_field_and_the_rest_is_kept(
    hall, marc, letter, change, field, sentence
):
    refused = marc.post("/courriers/nouveau", **{**letter, **change})

    assert refused.status_code == 422
    assert f'id="{field}-fault"' in refused.text
    assert sentence in words(refused)
    assert 'value="3 rue des Tanneurs"' in refused.text or "street" in change
    assert cases(hall) == []
    with hall.database.reader() as session:
        assert [citizen.family_name for citizen in session.scalars(select(Citizen))] == ["Petit"]


def test_every_fault_is_said_at_once(hall, marc, letter):
    refused = words(
        marc.post("/courriers/nouveau", **{**letter, "title": "", "received_on": "demain", "nature": "x"})
    )

    assert "3 champs sont à corriger" in refused


def test_a_sender_is_found_by_a_part_of_the_name_and_chosen(hall, marc, letter):
    found = marc.post("/courriers/nouveau", **{**letter, "sender": "", "who": "pétit nadia"}, search="1")
    number = hall.town.citizen.id
    assert "Mme Nadia Petit , 12 rue des Lilas, Valmy" in words(found)
    assert f'name="sender" value="{number}" checked' in found.text  # the only one
    assert 'value="Nid-de-poule rue des Tanneurs"' in found.text
    assert cases(hall) == []

    marc.post("/courriers/nouveau", **{**letter, "sender": str(number), "who": "petit"})

    assert cases(hall)[0].citizen_id == number


def test_enter_in_the_search_field_shows_who_was_found_and_registers_nothing(hall, marc, letter):
    nobody_chosen = {name: text for name, text in letter.items() if name not in
                     ("sender", "civility", "given_name", "family_name", "street", "postcode", "town")}  # fmt: skip

    answer = marc.post("/courriers/nouveau", **nobody_chosen, who="petit")

    assert answer.status_code == 422
    assert "choisissez la personne dans la liste" in words(answer)
    assert "Mme Nadia Petit" in words(answer)
    assert cases(hall) == []


def test_an_unknown_sender_gets_no_receipt(hall, marc, letter):
    marc.post("/courriers/nouveau", **{**letter, "sender": "none"})

    assert cases(hall)[0].citizen_id is None
    with hall.database.reader() as session:
        assert session.scalars(select(Message)).all() == []


def test_a_sealed_letter_is_registered_by_somebody_who_will_not_read_it(hall, marc, letter):
    saved = marc.post(
        "/courriers/nouveau", **letter | {"confidentiality": "2", "readers": str(hall.town.lea.id)}
    )

    page = words(marc.get(saved.location))
    assert "Enregistré sous le n° 2026-A-000001" in page
    assert "ne vous est plus ouvert" in page
    assert "Nid-de-poule" not in page
    assert marc.get("/dossiers/2026-A-000001").status_code == 404
    assert hall.visitor("lea").get("/dossiers/2026-A-000001").status_code == 200


def test_somebody_who_may_not_register_is_told_so(hall, letter):
    simone = hall.visitor("simone")
    simone.get("/")

    refused = simone.post("/courriers/nouveau", **letter)

    assert refused.status_code == 403
    assert "revient à : l'accueil, un agent traitant, l'administrateur." in words(refused)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_the_journal_names_who_registered(hall, marc, letter):
    marc.post("/courriers/nouveau", **letter)

    with hall.database.reader() as session:
        line = session.scalars(select(Event)).one()
    assert (line.action, line.actor_id) == ("open", hall.town.marc.id)


PDF = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"


def send(visitor, content: bytes = PDF, name: str = "lettre.pdf", **typed):
    """Send the form with a document."""
    file = FileStorage(BytesIO(content), name)
    boundary, body = encode_multipart({"csrf_token": visitor.token, "document": file, **typed})
    kind = f"multipart/form-data; boundary={boundary}"
    return visitor.client.post("/courriers/nouveau", data=body, content_type=kind)


def documents(hall) -> list[Document]:
    with hall.database.reader() as session:
        return list(session.scalars(select(Document)))


def test_the_scanned_letter_is_joined_as_the_case_opens(hall, marc, letter):
    send(marc, **letter)

    assert [document.case_id for document in documents(hall)] == [cases(hall)[0].id]
    assert "lettre.pdf" in words(hall.visitor("denis").get("/dossiers/2026-A-000001"))


@pytest.mark.parametrize("change", [{"title": ""}, {"search": "1"}])
def test_a_form_that_comes_back_has_lost_no_document_and_shows_it_beside(hall, marc, letter, change):
    again = send(marc, **letter | change)
    claim = again.text.split('name="claim" value="')[1].split('"')[0]
    assert f'src="/documents/{claim}"' in again.text
    assert cases(hall) == []

    marc.post("/courriers/nouveau", **letter, claim=claim)

    assert [document.name for document in documents(hall)] == ["lettre.pdf"]


def test_a_document_that_cannot_be_kept_stops_the_letter_and_loses_no_text(hall, marc, letter):
    refused = send(marc, b"<html>", **letter)

    assert refused.status_code == 422
    assert "« lettre.pdf » n'est pas d'un type accepté" in words(refused)
    assert 'value="Nid-de-poule rue des Tanneurs"' in refused.text
    assert cases(hall) == []


def keep(visitor, content: bytes, name: str = "lettre.pdf", **typed):
    """Send a document alone, as the small script does when it is dropped."""
    boundary, body = encode_multipart(
        {"csrf_token": visitor.token, "document": FileStorage(BytesIO(content), name), **typed}
    )
    kind = f"multipart/form-data; boundary={boundary}"
    return visitor.client.post("/documents", data=body, content_type=kind)


def test_a_document_dropped_is_kept_at_once_and_joins_the_letter_when_it_is_registered(hall, marc, letter):
    line = keep(marc, PDF, shown="1")
    claim = line.text.split('name="claim" value="')[1].split('"')[0]
    assert line.status_code == 200
    assert f'<iframe class="ct-preview ct-preview-page" src="/documents/{claim}"' in line.text

    marc.post("/courriers/nouveau", **letter, claim=claim)

    assert [document.name for document in documents(hall)] == ["lettre.pdf"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "est vide"),
        (b"<html>", "n'est pas d'un type accepté"),
        (PDF + b"x" * 26_000_000, "dépasse 25 Mo"),
    ],
)
def test_a_document_dropped_that_cannot_be_kept_says_why(marc, content, sentence):
    refused = keep(marc, content)

    assert refused.status_code == 422
    assert f"« lettre.pdf » {sentence}" in words(refused)
    assert 'name="claim"' not in refused.text


def test_a_document_far_too_large_costs_no_word_of_the_letter(hall, marc, letter):
    hall.app = hall.open(largest_document=100_000)
    marc = hall.visitor("marc")
    marc.get("/courriers/nouveau")

    refused = send(marc, PDF + b"x" * 1_500_000, **letter)

    assert refused.status_code == 422
    assert "« lettre.pdf » dépasse 0 Mo" in words(refused)
    assert 'value="Nid-de-poule rue des Tanneurs"' in refused.text


def test_more_than_can_be_read_is_refused_with_what_to_do(hall, letter):
    hall.app = hall.open(largest_document=100_000)
    marc = hall.visitor("marc")
    marc.get("/courriers/nouveau")

    refused = send(marc, PDF + b"x" * 2_500_000, **letter)

    assert refused.status_code == 413
    assert "Revenez en arrière : votre texte y est encore" in words(refused)
    assert "documents trop lourds ou trop nombreux se joignent en plusieurs fois" in words(refused)


def test_the_day_chosen_for_a_pile_is_kept_for_the_next_letter_and_forgotten_tomorrow(hall, letter):
    hall.now += timedelta(hours=12)  # nine in the evening
    marc = hall.visitor("marc")
    marc.get("/courriers/nouveau")
    marc.post("/courriers/nouveau", **letter | {"received_on": "2026-11-19"})
    assert 'name="received_on" value="2026-11-19"' in marc.get("/courriers/nouveau").text

    hall.now += timedelta(hours=4)

    assert 'name="received_on" value="2026-11-24"' in marc.get("/courriers/nouveau").text


def test_a_registered_letter_keeps_its_number_and_its_postmark(hall, marc, letter):
    marc.post("/courriers/nouveau", **letter, registered_mail="1A 234 567 8901 2", postmark_on="2026-11-18")

    assert cases(hall)[0].fields["postmark_on"] == "2026-11-18"
    with hall.database.reader() as session:  # beside the journal: the number leads to a person
        texts = session.execute(select(CaseText.field, CaseText.body)).all()
    assert ("registered_mail", "1A 234 567 8901 2") in texts


def test_what_is_rarely_needed_is_folded_until_it_is_used_or_wrong(marc, letter):
    assert '<details class="ct-rare">' in marc.get("/courriers/nouveau").text

    for change in ({"registered_mail": "1A"}, {"postmark_on": "2026-11-23"}, {"confidentiality": "2"}):
        refused = marc.post("/courriers/nouveau", **letter | {"title": "", "subject": ""} | change)
        assert '<details class="ct-rare" open>' in refused.text, change


def test_an_envelope_that_nobody_opened_needs_no_title_and_no_document(hall, marc, letter):
    sealed = letter | {"confidentiality": "2", "readers": str(hall.town.lea.id), "title": ""}

    page = words(marc.get(marc.post("/courriers/nouveau", **sealed).location))

    assert "Il est confidentiel : son contenu ne vous est plus ouvert." in page
    assert cases(hall)[0].title == "Pli confidentiel, non ouvert"
    assert "vous n'en verrez plus que le numéro" in page
    assert documents(hall) == []


def test_the_desk_sees_that_somebody_already_wrote_and_what_they_may_repeat(hall, marc, letter):
    first = hall.letter(title="Trottoir cassé devant le 12")

    found = marc.post("/courriers/nouveau", **letter | {"sender": "", "who": "petit", "title": "Trottoirs cassés"},
                      search="1")  # fmt: skip

    assert "a déjà écrit le" in words(found)
    assert "1 dossier ouvert" in words(found)
    assert "Doublon ou relance probable" in words(found)
    assert f'href="/dossiers/{first}"' in found.text


def test_the_document_joins_the_case_found_instead_of_opening_another(hall, marc, letter):
    first = hall.letter()

    assert send(marc, **letter, attach=first).location == f"/dossiers/{first}#documents"
    assert marc.post("/courriers/nouveau", **letter, attach=first).status_code == 422  # no document

    assert len(cases(hall)) == len(documents(hall)) == 1


def test_what_one_may_not_read_is_not_told_about_a_sender(hall, marc):
    hall.letter(confidentiality=2, readers=[hall.town.lea.id], title="Signalement sous scellés")
    hall.letter()

    pieces = words(marc.get("/courriers/usagers?q=petit&title=signalement+scellés"))

    assert "Mme Nadia Petit" in pieces
    assert "1 dossier ouvert" in pieces
    assert "scellés" not in pieces


def test_there_is_no_receipt_to_hand_over_to_nobody(hall, marc, letter):
    page = marc.get(marc.post("/courriers/nouveau", **letter | {"sender": "none"}).location)

    assert "Accusé à imprimer" not in words(page)
    assert marc.get("/courriers/2026-A-000001/accuse").status_code == 404


def test_the_receipt_of_a_sealed_letter_is_handed_over_by_nobody_at_the_desk(hall, marc):
    sealed = hall.letter(confidentiality=2, readers=[hall.town.lea.id])

    assert marc.get(f"/courriers/{sealed}/accuse").status_code == 404


@pytest.mark.parametrize("query", ["", "?apres={registered}", "?pli={scan}"])
def test_the_form_asks_the_database_little(hall, marc, letter, counter, query):
    marc.post("/courriers/nouveau", **letter)
    with hall.database.session() as session:
        pile.put(session, Kept("a" * 64, "un.pdf", "application/pdf", 10), by=hall.town.marc, at=NINE)
        scan = session.scalar(select(PileLine.id))
        session.commit()

    with counter() as sent:
        marc.get("/courriers/nouveau" + query.format(registered="2026-A-000001", scan=scan))

    assert len(sent) <= 6, sent


def test_a_subject_is_proposed_with_its_reason_and_never_imposed(hall, marc, letter):
    with hall.database.session() as session:
        session.get(Subject, hall.town.subjects["buvette"].id).keywords = "buvette, débit de boissons"
        session.commit()
    typed = letter | {"title": "Une buvette pour la fête", "subject": ""}

    asked = marc.post("/courriers/nouveau", **typed)
    assert "Proposé : Buvette, parce que l'objet contient « buvette »" in words(asked)
    assert f'value="{hall.town.subjects["buvette"].id}" selected' in asked.text
    assert asked.status_code == 422

    kept = marc.post(
        "/courriers/nouveau", **typed | {"subject": letter["subject"], "title": "Buvette "}, search="1"
    )
    assert f'value="{letter["subject"]}" selected' in kept.text


@pytest.mark.parametrize(
    "query", ["", "q=%00", "q=petit&sender=99999999999999999999&title=x", "sender=²&title=trou"]
)
def test_the_pieces_never_break(marc, query):
    assert marc.get(f"/courriers/usagers?{query}").status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("channel", "internal", "ce canal n'existe pas"),
        ("language", "zz", "en français ou en anglais"),
        ("confidentiality", "9" * 5_000, "0, 1 ou 2"),
        ("confidentiality", "scellé", "0, 1 ou 2"),
        ("sender", "9" * 25, "cherchez la personne"),
    ],
)
def test_what_the_form_does_not_offer_is_refused(hall, marc, letter, name, value, said):
    refused = marc.post("/courriers/nouveau", **{**letter, name: value})

    assert refused.status_code == 422
    assert said in words(refused)
    assert cases(hall) == []


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_sign_that_no_database_holds_is_left_out_of_a_letter(hall, marc, letter):
    names = ("given_name", "family_name", "street", "postcode", "town", "title")

    marc.post("/courriers/nouveau", **{**letter, **{name: letter[name] + "\0" for name in names}})

    with hall.database.reader() as session:
        citizen = session.scalars(select(Citizen).order_by(Citizen.id.desc())).first()
    assert [getattr(citizen, name) for name in names[:-1]] == [letter[name] for name in names[:-1]]
    assert cases(hall)[0].title == letter["title"]


def test_the_desk_is_not_told_who_wrote_a_sealed_letter(hall, marc, letter):
    hall.letter(confidentiality=2, readers=[hall.town.lea.id])

    assert "Petit" not in words(marc.get("/courriers/usagers?q=petit"))
    refused = marc.post("/courriers/nouveau", **{**letter, "sender": str(hall.town.citizen.id)})

    assert refused.status_code == 422
    assert "Petit" not in words(refused)
