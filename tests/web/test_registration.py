"""A letter comes to the counter."""

import threading
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from casetrack.correspondence import citizens, pile
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
    assert "n° 2026-A-000001 : M. Karim Benmoussa , « Nid-de-poule rue des Tanneurs »" in page
    assert (
        "Voirie · réponse promise le dimanche 20 décembre 2026 · accusé : par courrier, au prochain tirage"
        in page
    )
    assert "Imprimer l'accusé" in page
    assert "Ouvrir le dossier" in page


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
        ({"channel": "registered"}, "registered_mail", "recopiez le numéro"),
        ({"registered_mail": "ABC123 bad !"}, "registered_mail", "des lettres sans accent et des chiffres"),
        ({"email": "pas un courriel"}, "email", "ce n'est pas une adresse électronique"),
        ({"received_on": "2026-09-23"}, "received_on", "il y a plus de soixante jours : confirmez-le"),
        ({"sender": "999"}, "sender", "choisissez la personne"),
        ({"family_name": "", "given_name": "", "civility": ""}, "family_name", "au moins un nom"),
        ({"family_name": "x" * 500}, "family_name", "200 caractères au plus"),
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


NOBODY_CHOSEN = dict.fromkeys(
    ("sender", "civility", "given_name", "family_name", "street", "postcode", "town"), ""
)


@pytest.mark.parametrize("rest", [{}, {"title": "", "subject": ""}])
def test_enter_straight_after_a_name_shows_who_was_found_and_blames_nobody(hall, marc, letter, rest):
    answer = marc.post("/courriers/nouveau", **letter | NOBODY_CHOSEN | rest, who="petit", enter="1")

    assert answer.status_code == 200
    assert "Choisissez la personne dans la liste" in words(answer)
    assert f'value="{hall.town.citizen.id}" checked autofocus' in answer.text
    assert answer.text.split("<dialog")[0].count("autofocus") == 1
    assert "à corriger" not in words(answer)
    assert "aria-invalid" not in answer.text
    assert cases(hall) == []


def test_enter_with_a_sender_and_nothing_else_goes_on_to_the_title(hall, marc, letter):
    chosen = letter | NOBODY_CHOSEN | {"sender": str(hall.town.citizen.id), "title": "", "subject": ""}

    answer = marc.post("/courriers/nouveau", **chosen, who="petit", enter="1")

    assert "à corriger" not in words(answer)
    assert 'name="title" value="" maxlength="300" autofocus' in answer.text
    pressed = marc.post("/courriers/nouveau", **chosen, who="petit")  # the button, not Enter
    assert "2 champs sont à corriger" in words(pressed)


def test_a_new_person_begins_with_what_was_typed_to_find_them(hall, marc, letter):
    new = letter | NOBODY_CHOSEN | {"sender": "new"}

    for pressed in ({"search": "1"}, {"enter": "1"}, {}):
        answer = marc.post("/courriers/nouveau", **new, **pressed, who="Awa MARCHAND 06 39 98 01 35")
        assert '<details class="mt-2" id="somebody" open>' in answer.text
        assert 'name="given_name" value="Awa"' in answer.text
        assert 'name="family_name" value="Marchand" autocomplete="off" autofocus' in answer.text
        assert 'name="telephone" type="tel" value="06 39 98 01 35"' in answer.text
        assert answer.text.split("<dialog")[0].count("autofocus") == 1
        assert "à corriger" not in words(answer)
    assert cases(hall) == []


def test_when_more_people_are_found_than_shown_it_is_said(hall, marc, letter):
    with hall.database.session() as session:
        for number in range(8):
            citizens.find_or_create(session, family_name="Petit", email=f"p{number}@exemple.fr")
        session.commit()

    found = marc.post("/courriers/nouveau", **letter | {"sender": ""}, who="petit", search="1")
    fewer = marc.post("/courriers/nouveau", **letter | {"sender": ""}, who="petit exemple p1", search="1")

    assert "Seuls les 8 premiers sont montrés : ajoutez le prénom ou la rue." in words(found)
    assert found.text.count('name="sender"') == 8 + 2
    assert "premiers sont montrés" not in words(fewer)


def test_faults_stand_in_the_order_of_the_page(marc, letter):
    refused = words(
        marc.post(
            "/courriers/nouveau",
            **letter
            | {"readers": "", "confidentiality": "2", "nature": "x", "subject": "", "email": "non"}
            | {"family_name": "", "given_name": "", "received_on": "demain", "channel": "registered"},
        )
    )

    summary = refused[refused.index("champs sont à corriger") : refused.index("Arrivé par")]
    labels = ["Reçu le", "N° du recommandé", "Courriel", "Sujet", "Nature", "Ouvert à"]
    assert [label for label in labels if label not in summary] == []
    assert sorted(labels, key=summary.index) == labels


def test_an_old_date_is_confirmed_and_said_to_be_past(hall, marc, letter):
    old = letter | {"received_on": "2026-08-01"}
    refused = marc.post("/courriers/nouveau", **old)
    assert 'type="checkbox" name="old_date" value="1">' in refused.text
    assert "Réponse promise le mardi 1er septembre 2026 date déjà passée" in words(refused)

    marc.post("/courriers/nouveau", **old, old_date="1")

    assert [str(case.received_on) for case in cases(hall)] == ["2026-08-01"]
    assert 'name="old_date"' not in marc.post("/courriers/nouveau", **letter | {"title": ""}).text


def test_a_registered_letter_came_by_post_with_its_number(hall, marc, letter):
    marc.post("/courriers/nouveau", **letter | {"channel": "registered"}, registered_mail="1a2345678901 2")

    assert cases(hall)[0].channel == "post"
    with hall.database.reader() as session:
        assert session.scalars(select(CaseText.body)).all() == ["1A 234 567 8901 2"]
    assert 'value="registered" checked' in marc.get("/courriers/nouveau").text


def test_the_banner_is_set_aside_while_the_next_letter_is_corrected(hall, marc, letter):
    page = marc.get(marc.post("/courriers/nouveau", **letter).location)
    assert 'name="apres" value="2026-A-000001"' in page.text

    refused = marc.post("/courriers/nouveau", **letter | {"title": ""}, apres="2026-A-000001")

    assert "Enregistré sous le n°" not in words(refused)
    assert "Dernier : 2026-A-000001 · rouvrir" in words(refused)


# ---- Sent twice ---------------------------------------------------------------------------------


def key_of(page) -> str:
    return page.text.split('name="key" value="')[1].split('"')[0]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_double_click_registers_a_letter_once(hall, marc, letter):
    key, both, answers = key_of(marc.get("/courriers/nouveau")), threading.Barrier(2), []
    first, second = marc, hall.visitor("marc")
    second.client = hall.app.test_client()
    with marc.client.session_transaction() as cookie, second.client.session_transaction() as other:
        other.update(cookie)
    second.token = marc.token

    def press(visitor) -> None:
        both.wait(10)
        answers.append(visitor.post("/courriers/nouveau", **letter, key=key))

    presses = [threading.Thread(target=press, args=(visitor,)) for visitor in (first, second)]
    for one in presses:
        one.start()
    for one in presses:
        one.join(30)

    assert [answer.location for answer in answers] == ["/courriers/nouveau?apres=2026-A-000001"] * 2
    assert len(cases(hall)) == 1
    with hall.database.reader() as session:
        assert len(session.scalars(select(Message)).all()) == 1


def test_gone_back_to_and_changed_the_form_is_another_letter(hall, marc, letter):
    key = key_of(marc.get("/courriers/nouveau"))
    marc.post("/courriers/nouveau", **letter, key=key)

    again = marc.post("/courriers/nouveau", **letter, key=key, open="1")
    other = marc.post("/courriers/nouveau", **letter | {"title": "Arbre"}, key=key)

    assert again.location == "/dossiers/2026-A-000001"
    assert other.location == "/courriers/nouveau?apres=2026-A-000002"


def test_a_refused_form_may_be_sent_again_as_it_is(hall, marc, letter):
    key = key_of(marc.get("/courriers/nouveau"))
    wrong = letter | {"received_on": "2026-11-24"}
    assert marc.post("/courriers/nouveau", **wrong, key=key).status_code == 422

    hall.now += timedelta(days=1)

    assert marc.post("/courriers/nouveau", **wrong, key=key).status_code == 302


def test_a_reminder_is_noted_once(hall, marc, letter):
    first = hall.letter()
    key = key_of(marc.get("/courriers/nouveau"))

    answers = [marc.post("/courriers/nouveau", **letter, key=key, attach=first) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    with hall.database.reader() as session:
        assert [event.action for event in session.scalars(select(Event))] == ["open", "note_added"]


# ---- What is promised is said before ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "Service proposé Voirie D'après le sujet choisi."),
        ({"subject": "", "title": "Le trottoir"}, "Service proposé Voirie D'après « trottoir »."),
        ({"subject": "", "title": "?"}, "Service proposé Proposé dès que l'objet ou le sujet est connu."),
        ({}, "Accusé Par courrier, au prochain tirage."),
        ({}, "Réponse promise le dimanche 20 décembre 2026 · date légale le mercredi 20 janvier 2027 : le silence"
             " vaudrait refus"),
        ({"subject": "buvette"}, "le silence vaudrait accord"),
        ({"subject": "merci"}, "aucune date légale"),
        ({"street": ""}, "Accusé À imprimer et à remettre : l'adresse postale est incomplète."),
        ({"street": "", "email": "k@exemple.fr"}, "Accusé Par courriel, à l'adresse saisie."),
        ({"channel": "email", "email": "k@exemple.fr"}, "Accusé Par courriel, à l'adresse saisie."),
        ({"channel": "email", "email": "k@exemple.fr", "prefers_post": "on"}, "Accusé Par courrier"),
        ({"sender": "none"}, "Accusé Aucun : l'expéditeur est inconnu."),
        ({"sender": "petit"}, "Accusé Par courrier, au prochain tirage."),
        ({"sender": "petit", "channel": "email"}, "Accusé Par courriel à nadia.petit@exemple.fr."),
        (NOBODY_CHOSEN, "Accusé Selon l'expéditeur choisi."),
    ],
)  # fmt: skip
def test_before_it_is_saved_the_desk_knows_whose_it_is_and_what_is_promised(hall, marc, letter, change, said):
    with hall.database.session() as session:
        session.get(Subject, hall.town.subjects["voirie"].id).keywords = "trottoir, trou"
        session.commit()
    typed = letter | change
    if typed["subject"] in hall.town.subjects:
        typed["subject"] = str(hall.town.subjects[typed["subject"]].id)
    if typed["sender"] == "petit":
        typed |= {"sender": str(hall.town.citizen.id)}

    page = words(marc.post("/courriers/nouveau", **typed, search="1"))
    asked = {name: value for name, value in typed.items() if value}
    pieces = words(marc.get("/courriers/usagers", query_string=asked))

    assert said in page
    assert said in pieces


def test_the_pieces_ask_the_database_little(hall, marc, letter, counter):
    hall.letter(title="Trottoir cassé")
    with hall.database.session() as session:
        other = citizens.find_or_create(session, family_name="Zola", email="z@exemple.fr")
        session.commit()
    for sender in (hall.town.citizen.id, other.id):
        asked = {"q": "petit", "title": "Trottoir", "sender": sender, "subject": letter["subject"]}
        with counter() as sent:
            marc.get("/courriers/usagers", query_string=asked)
        assert len(sent) <= 6, sent[-1][:300] + sent[-1][sent[-1].find("FROM") :]


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
    posted, sealed = '<details class="ct-rare" id="posted"', '<details class="ct-rare" id="sealed"'
    assert f"{posted}>" in (page := marc.get("/courriers/nouveau").text)
    assert f"{sealed}>" in page

    for change, opened in (
        ({"registered_mail": "1A"}, posted),
        ({"postmark_on": "2026-11-23"}, posted),
        ({"channel": "registered"}, posted),
        ({"confidentiality": "2"}, sealed),
    ):
        refused = marc.post("/courriers/nouveau", **letter | {"title": "", "subject": ""} | change)
        assert f"{opened} open>" in refused.text, change


@pytest.mark.parametrize("level", ["1", "2"])
def test_whoever_may_not_open_what_they_registered_is_told_its_number(hall, marc, letter, level):
    sealed = letter | {"confidentiality": level, "readers": str(hall.town.lea.id), "open": "1"}

    saved = marc.post("/courriers/nouveau", **sealed)

    assert saved.location == "/courriers/nouveau?apres=2026-A-000001"
    page = words(marc.get(saved.location))
    assert "Enregistré sous le n° 2026-A-000001 . Il est confidentiel" in page
    assert marc.post("/courriers/nouveau", **letter, open="1").location == "/dossiers/2026-A-000002"


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

    assert len(cases(hall)) == len(documents(hall)) == 1


def test_without_a_document_a_reminder_is_noted_on_the_case_found(hall, marc, letter):
    first = hall.letter()

    answer = marc.post("/courriers/nouveau", **letter | {"channel": "telephone"}, attach=first)

    assert answer.location == f"/dossiers/{first}#journal"
    page = words(marc.get(answer.location))
    assert "le rappel est noté au dossier" in page
    assert "Rappel par téléphone : Nid-de-poule rue des Tanneurs" in page
    assert len(cases(hall)) == 1


def test_a_reminder_that_cannot_be_noted_says_why_and_loses_no_word(hall, marc, letter):
    first = hall.letter()

    refused = marc.post("/courriers/nouveau", **letter | {"title": "Dire à @personne"}, attach=first)

    assert refused.status_code == 422
    assert "personne ici ne s'appelle « personne »" in words(refused)
    assert 'tabindex="-1" autofocus' in refused.text
    assert 'value="Dire à @personne"' in refused.text


def test_a_document_refused_is_not_taken_for_a_reminder(hall, marc, letter):
    first = hall.letter()

    refused = send(marc, b"<html>", **letter, attach=first)

    assert refused.status_code == 422
    assert "n'est pas d'un type accepté" in words(refused)
    with hall.database.reader() as session:
        assert [event.action for event in session.scalars(select(Event))] == ["open"]


def test_what_is_something_else_is_said_once_for_this_sender(hall, marc, letter):
    hall.letter(title="Trottoir cassé")
    typed = (
        letter | NOBODY_CHOSEN | {"sender": str(hall.town.citizen.id), "title": "Trottoirs", "who": "petit"}
    )
    assert "Doublon ou relance" in words(marc.post("/courriers/nouveau", **typed, search="1"))

    aside = marc.post("/courriers/nouveau", **typed, distinct_now="1")
    assert "Doublon ou relance" not in words(aside)
    assert f'name="distinct" value="{hall.town.citizen.id}"' in aside.text

    again = marc.post("/courriers/nouveau", **typed, distinct=str(hall.town.citizen.id), search="1")
    assert "Doublon ou relance" not in words(again)
    other = marc.post("/courriers/nouveau", **typed, distinct="999", search="1")
    assert "Doublon ou relance" in words(other)


def test_what_one_may_not_read_is_not_told_about_a_sender(hall, marc):
    hall.letter(confidentiality=2, readers=[hall.town.lea.id], title="Signalement sous scellés")
    hall.letter()

    pieces = words(marc.get("/courriers/usagers?q=petit&title=signalement+scellés"))

    assert "Mme Nadia Petit" in pieces
    assert "1 dossier ouvert" in pieces
    assert "scellés" not in pieces


def test_there_is_no_receipt_to_hand_over_to_nobody(hall, marc, letter):
    page = marc.get(marc.post("/courriers/nouveau", **letter | {"sender": "none"}).location)

    assert "Imprimer l'accusé" not in words(page)
    assert "accusé : aucun" in words(page)
    assert marc.get("/courriers/2026-A-000001/accuse").status_code == 404


def test_the_receipt_of_a_sealed_letter_is_handed_over_by_nobody_at_the_desk(hall, marc):
    sealed = hall.letter(confidentiality=2, readers=[hall.town.lea.id])

    assert marc.get(f"/courriers/{sealed}/accuse").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?apres={registered}", "?pli={scan}", "?apres={registered}&pli={scan}"]
)
def test_the_form_asks_the_database_little(hall, marc, letter, counter, query):
    marc.post("/courriers/nouveau", **letter)
    with hall.database.session() as session:
        pile.put(session, Kept("a" * 64, "un.pdf", "application/pdf", 10), by=hall.town.marc, at=NINE)
        scan = session.scalar(select(PileLine.id))
        session.commit()

    with counter() as sent:
        marc.get("/courriers/nouveau" + query.format(registered="2026-A-000001", scan=scan))

    assert len(sent) <= 6, sent[-1][:300] + sent[-1][sent[-1].find("FROM") :]


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
