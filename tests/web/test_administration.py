"""The pages of the administrator, and what everybody may change of their own."""

import html
import re
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from casetrack.database.tables import (
    Absence,
    AdministrationEvent,
    Case,
    Message,
    Service,
    Staff,
    StaffRole,
    Subject,
    WorkflowVersion,
)
from casetrack.workflow import published
from tests.town import PEOPLE
from tests.web.visitors import PASSWORD, words

LISTS = ["", "/personnes", "/sujets", "/modeles", "/fermetures", "/circuits", "/modifications"]
NEW = ["/services/nouveau", "/personnes/nouvelle", "/sujets/nouveau", "/modeles/nouveau"]
ONE = ["/services/{VOI}", "/personnes/{anne}", "/sujets/{voirie}", "/circuits/{letter}",
       "/circuits/{letter}/messages/receipt", "/circuits/{letter}/messages/receipt/remedies",
       "/circuits/{letter}/listes/answers"]  # fmt: skip
PERSON = {"given_name": "Zoé", "family_name": "Zeller", "title": "agente", "service": "VOI", "language": "fr"}


FORMS = {
    "/services/nouveau": ("code", "name", "parent", "address", "telephone", "email"),
    "/services/{VOI}": ("name", "parent", "address", "telephone", "email"),
    "/personnes/nouvelle": ("login", "given_name", "family_name", "title", "service", "email", "language", "role",
                            "new_role", "new_role_service"),
    "/personnes/{anne}": ("given_name", "family_name", "title", "service", "role", "new_role", "new_role_service"),
    "/sujets/nouveau": ("code", "label", "label_en", "service", "workflow", "silence_mode", "silence_delay",
                        "answer_delay", "confidentiality", "keywords", "is_active"),
    "/modeles/nouveau": ("label", "subject", "body_fr", "body_en", "is_active", "preview"),
    "/fermetures": ("day", "label"),
    "/circuits/{letter}/messages/receipt/closing": ("fr", "en", "preview"),
    "/circuits/{letter}/listes/answers": ("fr_refusal", "en_refusal", "fr_new1", "en_new1", "gone_information"),
}  # fmt: skip
TYPED = st.one_of(
    st.sampled_from(["", "VOI", "head", "officer:VOI", ":", "letter", "fr", "2 mois", "0", "-1", "9" * 30,
                     "2026-12-24", "0001-01-01", "9999-12-31", "\x00", "é" * 500, "<b>", "{x}", "{{ x", "{{ town.name }}", "%(x)s"]),
    st.text(max_size=20),
)  # fmt: skip


@pytest.fixture
def aline(hall):
    """The administrator, at her desk."""
    return hall.visitor("aline")


def pages(hall) -> list[str]:
    with hall.database.reader() as session:
        letter = session.scalar(select(WorkflowVersion.id).where(WorkflowVersion.key == "letter"))
    numbers = {"VOI": hall.town.services["VOI"].id, "anne": hall.town.staff["anne"].id,
               "voirie": hall.town.subjects["voirie"].id, "letter": letter}  # fmt: skip
    return ["/administration" + path.format(**numbers) for path in (*LISTS, *NEW, *ONE)]


def row(hall, table, **columns):
    with hall.database.reader() as session:
        return session.scalars(select(table).filter_by(**columns)).one_or_none()


@pytest.mark.parametrize("login", [login for login, *_ in PEOPLE])
def test_the_administration_is_for_administrators(hall, login):
    visitor = hall.visitor(login)

    for path in pages(hall):
        assert visitor.get(path).status_code == (200 if login == "aline" else 404), path
    assert ("Administration" in words(visitor.get("/compte"))) is (login == "aline")


@pytest.mark.parametrize(
    "path",
    ["/services/999", "/personnes/999", "/sujets/999", "/circuits/999", "/circuits/1/messages/nothing",
     "/services/99999999999999999999999"],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(aline, path):
    assert aline.get(f"/administration{path}").status_code == 404


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_no_page_asks_more_than_six_questions(hall, aline, counter):
    with counter() as frame:
        aline.get("/nulle-part")

    for path in [*pages(hall), "/compte", "/absences"]:
        with counter() as sent:
            assert aline.get(path).status_code == 200
        assert len(sent) - len(frame) <= 6, (path, sent)


def test_a_service_is_added_moved_and_closed(hall, aline):
    aline.get("/administration/services/nouveau")
    done = aline.post("/administration/services/nouveau", code="EVE", name="Parcs", parent="CDV")
    assert "Service créé." in words(aline.get(done.location))
    number = row(hall, Service, code="EVE").id

    aline.post(f"/administration/services/{number}", name="Espaces verts", parent="DGS")
    aline.post(f"/administration/services/{number}/ouverture", close="1")

    parks = row(hall, Service, code="EVE")
    assert (parks.name, parks.is_active) == ("Espaces verts", False)
    history = words(aline.get("/administration/modifications"))
    assert "Aline Aubert : service fermé, Espaces verts" in history
    assert "Nom : Parcs → Espaces verts" in history


def test_an_address_that_is_none_is_refused_where_letters_would_carry_it(hall, aline):
    aline.get("/administration/services/nouveau")
    refused = aline.post("/administration/services/nouveau", code="EVE", name="Parcs", email="xx")

    assert refused.status_code == 422
    assert re.search(r'id="email-fault".*nom@domaine\.fr', refused.text)
    assert row(hall, Service, code="EVE") is None


def test_what_hangs_from_a_closed_service_stays_there_when_it_is_renamed(hall, aline):
    with hall.database.session() as session:
        old = Service(code="ANC", name="Ancien", is_active=False)
        session.add(old)
        session.flush()
        below = Service(code="SOU", name="Dessous", parent_id=old.id, is_active=False)
        session.add(below)
        session.commit()
    page = aline.get(f"/administration/services/{below.id}")

    assert '<option value="ANC" selected>Ancien (fermé)</option>' in page.text
    seen = re.search(r'name="seen" value="([^"]*)"', page.text)[1]
    done = aline.post(f"/administration/services/{below.id}", name="Renommé", parent="ANC", seen=seen)

    assert done.status_code == 302
    renamed = row(hall, Service, code="SOU")
    assert (renamed.name, renamed.parent_id) == ("Renommé", old.id)
    assert 'value="ANC"' not in aline.get("/administration/services/nouveau").text


def test_every_fault_is_said_at_its_field_and_what_was_typed_is_kept(hall, aline):
    aline.get("/administration/sujets/nouveau")

    refused = aline.post("/administration/sujets/nouveau", code="bruit", label="Bruit", silence_mode="rejection",
                         silence_delay="deux mois", workflow="letter", confidentiality="0")  # fmt: skip

    assert refused.status_code == 422
    assert 'value="deux mois"' in refused.text
    assert re.search(r'id="silence_delay-fault".*2 mois francs', refused.text)
    assert 'id="label_en-fault"' in refused.text
    assert "2 champs sont à corriger" in words(refused)
    assert row(hall, AdministrationEvent) is None


def test_a_service_in_use_stays_open_and_the_page_says_why(hall, aline):
    number = hall.town.services["CDV"].id
    aline.get(f"/administration/services/{number}")

    refused = aline.post(f"/administration/services/{number}/ouverture", close="1")

    assert refused.status_code == 422
    assert "« Cadre de vie » ne peut pas fermer : des services en dépendent" in words(refused)
    assert 'value="Cadre de vie"' in refused.text


def test_what_keeps_a_service_open_is_named_each_with_the_way_to_its_page(hall, aline):
    shown, hidden = (
        hall.taken(title="Trou à boucher"),
        hall.letter(title="Affaire discrète", confidentiality=1),
    )
    number = hall.town.services["VOI"].id
    aline.get(f"/administration/services/{number}")

    page = aline.post(f"/administration/services/{number}/ouverture", close="1").text

    for path in (f"/dossiers/{shown}", f"/administration/personnes/{hall.town.staff['anne'].id}",
                 f"/administration/sujets/{row(hall, Subject, code='voirie').id}"):  # fmt: skip
        assert f'href="{path}"' in page
        assert aline.get(path).status_code == 200
    assert hidden not in page
    assert "discrète" not in page
    above = hall.town.services["CDV"].id
    page = aline.post(f"/administration/services/{above}/ouverture", close="1").text
    assert f'href="/administration/services/{number}"' in page


def test_a_service_kept_open_by_a_confidential_case_alone_says_so_and_names_none(hall, aline):
    with hall.database.session() as session:
        service = Service(code="TMP", name="Mission", parent_id=hall.town.services["DGS"].id)
        session.add(service)
        session.commit()
        number = service.id
    hidden = hall.letter(service=number, confidentiality=1, readers=[hall.town.lea.id])
    aline.get("/administration")

    page = aline.post(f"/administration/services/{number}/ouverture", close="1")

    assert "des dossiers y sont en cours" in words(page)
    assert "les dossiers confidentiels ne sont pas montrés" in words(page)
    assert hidden not in page.text


def test_who_still_replaces_somebody_is_led_to_that_absence(hall, aline):
    with hall.database.session() as session:
        paul, anne = hall.town.staff["paul"].id, hall.town.staff["anne"].id
        days = {"starts_on": date(2027, 2, 1), "ends_on": date(2027, 2, 5)}
        session.add(Absence(staff_id=anne, replaced_by_id=paul, **days))
        session.commit()
    aline.get(f"/administration/personnes/{paul}")

    page = aline.post(f"/administration/personnes/{paul}/ouverture", close="1")

    assert page.status_code == 422
    assert 'href="/absences?mois=2027-02#t-month">Anne Arnaud' in page.text
    assert "Anne Arnaud" in words(aline.get("/absences?mois=2027-02"))


def test_a_person_is_added_signs_in_once_and_chooses_a_password(hall, aline):
    aline.get("/administration/personnes/nouvelle")
    shown = aline.post("/administration/personnes/nouvelle", login="z.zeller", new_role="officer",
                       new_role_service="VOI", **PERSON)  # fmt: skip
    given = re.search(r"<code[^>]*>([^<]+)</code>", shown.text)[1]
    zoe = hall.visitor()
    zoe.sign_in("z.zeller", given)

    assert zoe.get("/").location == "/compte"
    assert "Choisissez votre mot de passe" in words(zoe.get("/compte"))
    zoe.post("/compte/mot-de-passe", old=given, new="ma propre phrase", again="ma propre phrase")

    assert zoe.get("/?vue=mine").status_code == 200
    assert given not in aline.get(f"/administration/personnes/{row(hall, Staff, login='z.zeller').id}").text


def test_an_account_with_open_cases_stays_open_and_the_page_says_who_must_act(hall, aline):
    reference = hall.taken()
    number = hall.town.staff["anne"].id
    page = words(aline.get(f"/administration/personnes/{number}"))
    assert reference in page
    assert "Denis Delmas" in page

    refused = aline.post(f"/administration/personnes/{number}/ouverture", close="1")

    assert "Anne Arnaud a encore des dossiers en cours" in words(refused)
    assert row(hall, Staff, login="anne").is_active


def test_a_closed_account_signs_in_no_more(hall, aline):
    paul = hall.visitor("paul")
    number = hall.town.staff["paul"].id
    aline.get(f"/administration/personnes/{number}")
    aline.post(f"/administration/personnes/{number}/ouverture", close="1")

    assert paul.get("/").location.startswith("/connexion")
    assert hall.visitor().sign_in("paul").status_code == 401


def test_roles_left_ticked_stay_and_the_others_go(hall, aline):
    number = hall.town.staff["eva"].id
    aline.get(f"/administration/personnes/{number}")

    aline.post(f"/administration/personnes/{number}", **{**PERSON, "service": "PEV"}, role="officer:PEV",
               new_role="desk")  # fmt: skip

    page = aline.get(f"/administration/personnes/{number}").text
    assert set(re.findall(r'name="role" value="([^"]+)"', page)) == {"officer:PEV", "desk:"}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_typed_is_taken_or_refused_in_words(hall, aline, form, data):
    ids = {"VOI": hall.town.services["VOI"].id, "anne": hall.town.staff["anne"].id,
           "letter": circuit_of(hall).rpartition("/")[2]}  # fmt: skip
    path = "/administration" + form.format(**ids)
    aline.get("/administration")
    typed = data.draw(st.fixed_dictionaries(dict.fromkeys(FORMS[form], TYPED)))

    answer = aline.post(path, **typed)

    assert answer.status_code in (200, 302, 422), typed
    if answer.status_code == 422:
        assert 'role="alert"' in answer.text


def test_the_cases_of_a_person_are_moved_together_by_who_heads_the_service(hall, aline):
    hall.taken()
    anne = hall.town.staff["anne"].id
    together = f"/service/reaffectation?de={anne}"
    assert together not in aline.get(f"/administration/personnes/{anne}").text

    with hall.database.session() as session:
        heads = StaffRole(staff_id=hall.town.aline.id, role="head", service_id=hall.town.services["VOI"].id)
        session.add(heads)
        session.commit()

    page = aline.get(f"/administration/personnes/{anne}")
    assert together in page.text
    assert aline.get(together).status_code == 200
    assert "Agent traitant · Voirie" in words(page)


def test_people_are_searched(aline):
    assert "Léa Lambert" in words(aline.get("/administration/personnes?q=lea"))
    assert "Personne ne correspond à « zzz »" in words(aline.get("/administration/personnes?q=zzz"))


def test_a_closure_is_added_and_taken_out(hall, aline):
    aline.get("/administration/fermetures")
    done = aline.post("/administration/fermetures", day="2026-12-24", label="Pont")
    assert "Jeudi 24 décembre 2026 · Pont" in words(aline.get(done.location))

    aline.post("/administration/fermetures/2026-12-24/retirer")

    assert "Aucune fermeture" in words(aline.get("/administration/fermetures?annee=2026"))
    refused = aline.post("/administration/fermetures", day="2026-02-31", label="Pont")
    assert 'id="day-fault"' in refused.text
    assert "Jour : à remplir." in words(aline.post("/administration/fermetures", day="", label="Pont"))
    for mistyped in ("0026-12-24", "2206-12-24"):
        refused = aline.post("/administration/fermetures", day=mistyped, label="Pont")
        assert "vérifiez l'année" in words(refused)


def test_a_message_is_shown_with_much_and_with_little(hall, aline):
    with hall.database.reader() as session:
        number = session.scalar(select(WorkflowVersion.id).where(WorkflowVersion.key == "letter"))
    page = words(aline.get(f"/administration/circuits/{number}/messages/receipt"))

    assert page.count("Quand tout est connu") == page.count("Quand presque rien n'est connu") == 2
    circuit = words(aline.get(f"/administration/circuits/{number}"))
    assert "stateDiagram-v2" in circuit
    assert "tous atteints" in circuit
    assert "Motif, pour « Clôturer sans réponse »" in circuit
    assert "Expéditeur anonyme, sans coordonnées" in circuit


def circuit_of(hall) -> str:
    with hall.database.reader() as session:
        return f"/administration/circuits/{published(session, 'letter')[0]}"


def test_the_town_writes_its_own_words_and_the_next_citizen_reads_them(hall, aline):
    before = hall.letter()
    page = aline.get(f"{circuit_of(hall)}/messages/receipt/closing")
    fr, en = (
        html.unescape(re.search(rf'name="{name}"[^>]*>([^<]*)<', page.text)[1]) for name in ("fr", "en")
    )

    shown = aline.post(
        f"{circuit_of(hall)}/messages/receipt/closing", fr=f"Bien à vous.\n{fr}", en=en, preview="1"
    )
    assert words(shown).count("Bien à vous.") == 3  # the form, and both French letters
    kept = aline.post(f"{circuit_of(hall)}/messages/receipt/closing", fr=f"Bien à vous.\n{fr}", en=en)
    after = hall.letter()

    assert "Texte publié" in words(aline.get(kept.location))
    with hall.database.reader() as session:
        bodies = {row.reference: row.body for row in session.execute(
            select(Case.reference, Message.body).join(Message, Message.case_id == Case.id))}  # fmt: skip
    assert ["Bien à vous." in bodies[reference] for reference in (before, after)] == [False, True]
    assert "Textes de la Ville, n° 1" in words(aline.get(circuit_of(hall)))
    assert "textes d'un circuit publiés" in words(aline.get("/administration/modifications"))


def test_a_text_that_cannot_be_written_is_refused_at_its_field_and_kept(hall, aline):
    aline.get(f"{circuit_of(hall)}/messages/receipt/closing")
    refused = aline.post(f"{circuit_of(hall)}/messages/receipt/closing", fr="Bonjour {{ nobody }}", en="")

    assert refused.status_code == 422
    assert 'id="en-fault"' in refused.text
    assert "Bonjour {{ nobody }}" in html.unescape(refused.text)


def test_a_text_keeps_the_blocks_that_the_law_asks(hall, aline):
    aline.get(f"{circuit_of(hall)}/messages/receipt/receipt_body")
    refused = aline.post(f"{circuit_of(hall)}/messages/receipt/receipt_body", fr="Merci.", en="Thank you.")

    assert refused.status_code == 422
    assert 'gardez la ligne « {% include "implicit_decision.fr.txt" %} »' in words(refused)


def test_a_version_that_is_no_longer_in_force_is_read_and_no_more(hall, aline):
    old = circuit_of(hall)
    aline.get(f"{old}/listes/answers")
    aline.post(f"{old}/listes/answers", fr_new1="Réponse d'attente", en_new1="Holding answer")

    late = aline.post(f"{old}/listes/answers", fr_new1="Autre", en_new1="Other")

    assert late.status_code == 422
    assert "Une autre version est entrée en vigueur" in words(late)
    assert 'value="Autre"' in late.text
    assert "Publier" not in words(aline.get(f"{old}/messages/receipt/closing"))


def test_reasons_are_added_said_otherwise_and_taken_away(hall, aline):
    path = f"{circuit_of(hall)}/listes/reasons_without_answer"
    aline.get(path)

    sent = aline.post(path, fr_new1="Demande déjà satisfaite", en_new1="Already settled", gone_abusive="1",
                      fr_anonymous="Lettre anonyme")  # fmt: skip

    assert sent.status_code == 302
    with hall.database.reader() as session:
        reasons = published(session, "letter")[1].lists["reasons_without_answer"]
    assert {code: label.fr for code, label in reasons.items()} == {
        "no_answer_expected": "Pour information, sans réponse attendue",
        "anonymous": "Lettre anonyme",
        "registered_by_mistake": "Enregistré par erreur",
        "already_settled": "Demande déjà satisfaite",
    }


@pytest.mark.parametrize("login", ["marc", "denis", "aline"])
def test_everybody_notes_their_own_absence_and_cancels_it(hall, login):
    visitor = hall.visitor(login)
    visitor.get("/absences")
    visitor.post("/absences", staff=hall.town.staff[login].id, starts_on="2026-12-21", ends_on="2026-12-24",
                 replaced_by=hall.town.staff["paul"].id)  # fmt: skip
    page = visitor.get("/absences")
    assert "remplacement : Paul Perrin" in words(page)

    visitor.post(re.search(r'action="(/absences/\d+/annuler)"', page.text)[1])

    assert "Aucune absence" in words(visitor.get("/absences"))


def test_an_absence_is_refused_at_the_faulty_field(hall):
    marc = hall.visitor("marc")
    marc.get("/absences")
    number = hall.town.staff["marc"].id

    wrong = marc.post("/absences", staff=number, starts_on="2026-12-24", ends_on="2026-12-21")
    nobody = marc.post("/absences", staff="x", starts_on="", ends_on="2026-12-21", replaced_by="999")
    other = marc.post(
        "/absences", staff=hall.town.staff["anne"].id, starts_on="2026-12-24", ends_on="2026-12-24"
    )

    assert 'id="ends_on-fault"' in wrong.text
    mistyped = marc.post("/absences", staff=number, starts_on="0026-12-21", ends_on="2026-12-24")
    assert re.search(r'id="starts_on-fault".*vérifiez l’année', mistyped.text)
    assert all(f'id="{name}-fault"' in nobody.text for name in ("staff", "starts_on", "replaced_by"))
    assert other.status_code == 403


def test_people_change_their_own_password_and_language(hall):
    anne = hall.visitor()
    anne.sign_in("anne")
    elsewhere = hall.visitor("anne")
    anne.get("/compte")
    refused = anne.post("/compte/mot-de-passe", old="faux", new="court", again="")
    assert refused.status_code == 422
    assert 'id="old-fault"' in refused.text
    assert 'id="new-fault"' in refused.text

    anne.post("/compte/mot-de-passe", old=PASSWORD, new="une autre phrase", again="une autre phrase")
    anne.post("/compte/langue", language="en")

    assert "My account" in words(anne.get("/compte"))
    assert elsewhere.get("/").location.startswith("/connexion")
    with hall.database.reader() as session:
        assert session.scalar(select(func.count()).select_from(AdministrationEvent)) == 2


def test_the_month_of_a_team_is_a_table_and_says_who_is_missing(hall):
    hall.taken()
    denis = hall.visitor("denis")
    denis.get("/absences")
    denis.post("/absences", staff=hall.town.staff["anne"].id, starts_on="2026-12-21", ends_on="2026-12-24")

    page = denis.get("/absences?mois=2026-12")

    assert (
        "Personne ne remplace Anne Arnaud du lun. 21 décembre au jeu. 24 décembre : 1 dossier arrive à"
        in words(page)
    )
    assert re.search(r'<th scope="row">Anne Arnaud</th>', page.text)
    assert 'colspan="4"' in page.text
    assert "sans remplaçant" in words(page)
    for nonsense in ("2026-13", "x", "9999-99", "0000-01", "9999-12", "0001-01"):
        assert denis.get(f"/absences?mois={nonsense}").status_code == 200


def test_a_head_names_who_stands_in_where_nobody_did(hall):
    denis = hall.visitor("denis")
    denis.get("/absences")
    for who, start, end in (("anne", "2026-12-21", "2026-12-24"), ("simone", "2026-12-23", "2026-12-23")):
        hall.visitor("aline")
        person = hall.visitor(who)
        person.get("/absences")
        person.post("/absences", staff=hall.town.staff[who].id, starts_on=start, ends_on=end)
    page = denis.get("/absences")
    path = re.search(r'action="(/absences/\d+/remplacer)"', page.text)[1]

    for wrong in ("", "x", "999", hall.town.staff["anne"].id, hall.town.staff["simone"].id):
        refused = denis.post(path, stand_in=wrong)
        assert refused.status_code == 422
        assert 'id="stand_in-fault"' in refused.text
    assert hall.visitor("lea").post(path).status_code == 400
    lea = hall.visitor("lea")
    lea.get("/absences")
    assert lea.post(path, stand_in=hall.town.staff["paul"].id).status_code == 403
    done = denis.post(path, stand_in=hall.town.staff["paul"].id)

    assert "remplacement : Paul Perrin" in words(denis.get(done.location))
    history = words(hall.visitor("aline").get("/administration/modifications"))
    assert "Denis Delmas : remplacement choisi, Anne Arnaud" in history
