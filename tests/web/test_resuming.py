"""A session that ends in the middle of a form loses no text, and shows it to nobody else."""

import html
import re
from contextlib import nullcontext
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from casetrack.database.tables import Case, Document, Event, KeptForm, Staff
from casetrack.organisation.staff import set_password
from tests.web.test_a_letter_in_the_browser import address, open_page  # noqa: F401
from tests.web.test_registration_in_the_browser import drop
from tests.web.visitors import PASSWORD, words
from web.resuming import SHOWN_AGAIN

GIF = b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
DRAFT = "Madame,\r\n\r\nLe trou sera « rebouché » avant Noël.\r\n" + "Votre rue est large. " * 400
LETTER = {"channel": "post", "received_on": "2026-11-23", "who": "petit", "title": "Lampadaire <cassé>"}


def hidden(page: str, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])


def whose(visitor, path: str) -> str:
    return hidden(visitor.get(path).text, "whose")


def take_up(visitor, answer):
    """Follow the way back as a browser does, and press the button of the kept form."""
    page = visitor.get(answer.location)
    fields = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text.split("data-resume")[1]
    )
    fields += re.findall(r'<textarea name="([^"]+)" hidden>(.*?)</textarea>', page.text, re.S)
    typed = {name: html.unescape(value) for name, value in fields if name not in ("csrf_token", "whose")}
    action = html.unescape(re.search(r'action="([^"]+)"[^>]* data-resume', page.text)[1])
    return action, visitor.post(action, **typed)


def lose_session(hall, visitor, login: str, how: str) -> None:
    if how == "cookie gone":
        visitor.client.delete_cookie("casetrack")
        return
    with hall.database.session() as session:
        set_password(session.get(Staff, hall.town.staff[login].id), PASSWORD, cheap=True)
        session.commit()


def count(hall, table) -> int:
    with hall.database.reader() as session:
        return session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("how", ["cookie gone", "password changed"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_letter_being_registered_is_found_again_after_signing_in(hall, how):
    marc = hall.visitor("marc")
    mark = whose(marc, "/courriers/nouveau")
    lose_session(hall, marc, "marc", how)

    sent = marc.post("/courriers/nouveau", whose=mark, **LETTER, open="1")
    door = marc.get(sent.location)
    assert "votre texte est gardé" in words(marc.get(door.location))
    way = marc.post("/connexion", login="marc", password=PASSWORD, next=sent.location)
    _path, form = take_up(marc, way)

    assert 'value="Lampadaire &lt;cassé&gt;"' in form.text
    assert "Nadia Petit" in form.text
    assert "rien n'a été envoyé, et rien n'est perdu" in words(form)
    assert count(hall, Case) == count(hall, KeptForm) == 0


@pytest.mark.parametrize("how", ["cookie gone", "password changed"])
def test_a_draft_is_found_again_word_for_word_and_sent_once(hall, how):
    reference = hall.taken()
    path = f"/dossiers/{reference}/actions/draft_answer"
    anne = hall.visitor("anne")
    page = anne.get(path).text
    typed = {
        "whose": hidden(page, "whose"),
        "version": hidden(page, "version"),
        "answer": DRAFT,
        "outcome": "refusal",
    }
    before = count(hall, Event)
    lose_session(hall, anne, "anne", how)

    sent = anne.post(path, **typed)
    way = anne.sign_in("anne", next=sent.location)
    action, form = take_up(anne, way)

    assert action == path
    assert html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", form.text, re.S)[1]) == DRAFT
    assert count(hall, Event) == before
    assert anne.get(way.location).status_code == 404  # found once: it cannot be sent from two windows
    assert '<option value="refusal" selected>' in form.text
    done = anne.post(path, version=hidden(form.text, "version"), answer=DRAFT, outcome="refusal")
    assert done.location == f"/dossiers/{reference}"


def test_a_colleague_who_was_quicker_meanwhile_is_named(hall):
    reference = hall.taken()
    path = f"/dossiers/{reference}/actions/draft_answer"
    anne, denis = hall.visitor("anne"), hall.visitor("denis")
    page = anne.get(path).text
    anne.client.delete_cookie("casetrack")
    denis.do(reference, "reassign", officer=hall.town.staff["anne"].id, reason="elle connaît la rue")

    sent = anne.post(path, whose=hidden(page, "whose"), version=hidden(page, "version"), answer=DRAFT)
    _path, form = take_up(anne, anne.sign_in("anne", next=sent.location))

    assert "Ce dossier a changé pendant que vous écriviez" in words(form)
    assert "Denis Delmas" in words(form)
    assert "rebouché" in words(form)


def test_nobody_else_is_shown_what_was_typed(hall):
    reference = hall.taken()
    path = f"/dossiers/{reference}/actions/draft_answer"
    anne = hall.visitor("anne")
    page = anne.get(path).text
    anne.client.delete_cookie("casetrack")

    sent = anne.post(path, whose=hidden(page, "whose"), version=hidden(page, "version"), answer=DRAFT)
    other = anne.sign_in("paul", next=sent.location)
    seen = anne.get(other.location)

    assert seen.status_code == 404
    assert "Noël" not in seen.text
    later = hall.visitor("anne")
    assert "Noël" in later.get(sent.location).text


def test_a_form_open_under_another_name_is_not_sent_under_mine(hall):
    reference = hall.taken()
    path = f"/dossiers/{reference}/actions/draft_answer"
    page = hall.visitor("anne").get(path).text
    paul = hall.visitor("paul")
    paul.get("/")
    paul.token = hidden(page, "csrf_token")

    sent = paul.post(path, whose=hidden(page, "whose"), version=hidden(page, "version"), answer=DRAFT)

    assert sent.location.startswith("/reprendre/")
    assert "Noël" not in paul.get(sent.location).text


def test_the_same_person_signed_in_again_in_another_window_goes_straight_to_the_form(hall):
    anne = hall.visitor("anne")
    mark = whose(anne, "/courriers/nouveau")
    anne.token = "of a session that is gone"

    sent = anne.post("/courriers/nouveau", whose=mark, **LETTER)

    assert "Lampadaire" in take_up(anne, sent)[1].text


def test_the_document_chosen_is_kept_with_the_form(hall):
    marc = hall.visitor("marc")
    mark = whose(marc, "/courriers/nouveau")
    lose_session(hall, marc, "marc", "password changed")
    heavy = GIF + b"\0" * 3_000_000  # more than a form without a document may weigh

    fields = {
        "csrf_token": marc.token,
        "whose": mark,
        **LETTER,
        "document": FileStorage(BytesIO(heavy), "lettre.gif"),
    }
    boundary, body = encode_multipart(fields)
    kind = f"multipart/form-data; boundary={boundary}"
    sent = marc.client.post("/courriers/nouveau", data=body, content_type=kind)
    _path, form = take_up(marc, marc.sign_in("marc", next=sent.location))

    assert "lettre.gif" in words(form)
    claim = hidden(form.text, "claim")
    with marc.client.get(f"/documents/{claim}", buffered=True) as served:
        assert served.data == heavy
    assert hall.visitor("paul").get(f"/documents/{claim}").status_code == 404


def test_a_stranger_fills_nothing(hall):
    stranger = hall.visitor()

    for forged in ("", "1", "MQ.x", "9" * 400):
        stranger.get("/connexion")
        answer = stranger.post("/courriers/nouveau", whose=forged, **LETTER)
        assert answer.location.startswith("/connexion")
    assert count(hall, KeptForm) == 0


def test_no_password_is_ever_kept(hall):
    anne = hall.visitor("anne")
    mark = whose(anne, "/compte")
    anne.client.delete_cookie("casetrack")

    anne.post(
        "/compte/mot-de-passe",
        whose=mark,
        old=PASSWORD,
        new="une nouvelle phrase",
        again="une nouvelle phrase",
    )

    assert count(hall, KeptForm) == 0


def test_what_no_page_shows_again_is_there_to_be_copied(hall):
    anne = hall.visitor("anne")
    mark = whose(anne, "/courriers/nouveau")
    anne.client.delete_cookie("casetrack")

    sent = anne.post("/recherche", whose=mark, name="Mes trous du mois", q="trou")
    page = hall.visitor("anne").get(sent.location)

    assert "Mes trous du mois" in page.text
    assert "data-resume" not in page.text


def test_a_button_pressed_after_the_session_ended_leads_back_to_its_page(hall):
    anne = hall.visitor("anne")
    mark = whose(anne, "/courriers/nouveau")
    anne.client.delete_cookie("casetrack")

    sent = anne.client.post(
        "/alertes", data={"whose": mark}, headers={"Referer": "http://localhost/alertes?x=1"}
    )
    elsewhere = anne.client.post(
        "/alertes", data={"whose": mark}, headers={"Referer": "http://ailleurs.example/"}
    )

    assert sent.location == "/alertes?x=1"
    assert elsewhere.location == "/"
    assert count(hall, KeptForm) == 0


def test_a_form_is_forgotten_after_a_day(hall):
    anne = hall.visitor("anne")
    mark = whose(anne, "/courriers/nouveau")
    anne.client.delete_cookie("casetrack")
    sent = anne.post("/courriers/nouveau", whose=mark, **LETTER)

    hall.now += timedelta(hours=25)

    assert hall.visitor("anne").get(sent.location).status_code == 404


def test_ten_forms_are_kept_for_one_person_and_no_more(hall):
    anne = hall.visitor("anne")
    mark = whose(anne, "/courriers/nouveau")
    anne.client.delete_cookie("casetrack")

    ways = []
    for number in range(12):
        hall.now += timedelta(minutes=1)
        ways.append(
            anne.post("/courriers/nouveau", whose=mark, **{**LETTER, "title": f"Lettre n {number}"}).location
        )

    again = hall.visitor("anne")
    assert [again.get(way).status_code for way in ways] == [404] * 2 + [200] * 10


def test_every_form_said_to_be_shown_again_is_a_page_of_ours(hall):
    assert {rule.endpoint for rule in hall.app.url_map.iter_rules()} >= SHOWN_AGAIN


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/absences", {"starts_on": "2026-12-21", "ends_on": "2026-12-24", "staff": "2"}),
        ("/administration/fermetures?annee=2027", {"day": "2027-05-07", "label": "Pont de l'Ascension"}),
        ("/administration/services/nouveau", {"code": "EVE", "name": "Espaces verts"}),
        (
            "/administration/personnes/nouvelle",
            {"login": "z.z", "given_name": "Zoé", "family_name": "De Zan"},
        ),
        ("/administration/sujets/nouveau", {"code": "bruit", "label": "Bruit de nuit"}),
    ],
)
def test_a_form_of_the_administration_is_shown_again_and_changes_nothing(hall, path, typed):
    aline = hall.visitor("aline")
    mark = whose(aline, path)
    aline.client.delete_cookie("casetrack")

    sent = aline.post(path, whose=mark, **typed)
    action, form = take_up(aline, aline.sign_in("aline", next=sent.location))

    assert action == path
    assert "rien n'a été envoyé" in words(form)
    assert "Ce n'est pas possible" not in words(form)
    assert all(
        f'value="{html.escape(value)}"' in form.text.replace("&#39;", "&#x27;") for value in typed.values()
    )


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_in_a_browser_the_text_comes_back_with_and_without_script(hall, open_page, script):  # noqa: F811
    reference = hall.taken()
    page = open_page("anne", script=script)
    page.goto(f"/dossiers/{reference}/actions/draft_answer")
    page.locator("textarea[name=answer]").fill(DRAFT)
    page.locator("select[name=outcome]").select_option("refusal")
    lose_cookie_in_browser(page)
    page.locator("main form button.btn-primary").click()

    page.get_by_role("heading", name="votre texte est gardé").wait_for()
    page.get_by_label("Identifiant").fill("anne")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    if not script:
        page.get_by_role("button", name="Retrouver mon formulaire").click()
    page.get_by_text("rien n’est perdu").wait_for()
    assert page.locator("textarea[name=answer]").input_value() == DRAFT.replace("\r\n", "\n")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(f"**/dossiers/{reference}")

    with hall.database.reader() as session:
        drafted = session.scalars(select(Event.action).where(Event.action == "draft_answer")).all()
    assert len(drafted) == 1


def lose_cookie_in_browser(page) -> None:
    page.wait_for_load_state("networkidle")  # a style sheet on its way would bring the cookie back
    page.context.clear_cookies()


LONG = "Le trottoir est cassé devant le 12. " * 60


@pytest.mark.browser
@pytest.mark.parametrize(
    ("login", "path", "button", "label"),
    [
        ("anne", "/dossiers/{}", "Ajouter", "Note interne"),
        ("anne", "/dossiers/{}/actions/send_milestone", "Envoyer un point d’étape", "Pourquoi ce délai"),
        ("mila", "/dossiers/{}/ouvrir/question", "Poser une question au service", "Question"),
        ("aline", "/administration/modeles/nouveau", "Enregistrer", "Texte français"),
        ("aline", "/administration/sujets/nouveau", "Enregistrer", "Mots-clés"),
    ],
)
def test_in_a_browser_no_long_form_loses_its_text(hall, open_page, login, path, button, label):  # noqa: F811
    page = open_page(login, script=True)
    page.goto(path.format(hall.taken()))
    named = re.compile(rf"^\s*{label}(\s*\(facultatif\))?\s*$")
    field = page.get_by_role("main").get_by_label(named)
    text = LONG.strip() if field.evaluate("it => it.tagName") == "TEXTAREA" else LONG[:150].strip()
    # What is written again while one types would bring the cookie back.
    previews = page.locator("form[data-preview]").count()
    with page.expect_response(lambda answer: answer.request.method == "POST") if previews else nullcontext():
        field.fill(text)
    lose_cookie_in_browser(page)
    page.get_by_role("main").get_by_role("button", name=re.compile(rf"^{button}( n)?$")).click()

    page.get_by_role("heading", name="votre texte est gardé").wait_for()
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_text("rien n’est perdu").wait_for()

    assert page.get_by_role("main").get_by_label(named).input_value() == text


@pytest.mark.browser
def test_in_a_browser_the_documents_dropped_come_back_with_the_letter(hall, open_page):  # noqa: F811
    page = open_page("marc", script=True)
    page.goto("/courriers/nouveau")
    drop(page, "h1", ("l.gif", "image/gif", GIF))
    page.get_by_role("img", name="Image du document l.gif").wait_for()
    page.get_by_label("Objet").fill("Trottoir")
    page.get_by_label("Expéditeur inconnu").check()
    subject = f"subject={hall.town.subjects['voirie'].id}"
    with page.expect_response(lambda answer: subject in answer.url):  # it would bring the cookie back
        page.get_by_label("Sujet").select_option(label="Voirie, trottoirs")
    lose_cookie_in_browser(page)
    page.get_by_role("button", name="Enregistrer et ouvrir").click()

    page.get_by_role("heading", name="votre texte est gardé").wait_for()
    page.get_by_label("Identifiant").fill("marc")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_text("rien n’est perdu").wait_for()
    assert page.get_by_label("Objet").input_value() == "Trottoir"
    page.get_by_role("img", name="Image du document l.gif").wait_for()
    page.get_by_role("button", name="Enregistrer et ouvrir").click()
    page.get_by_role("heading", name="Documents").wait_for()

    with hall.database.reader() as session:
        assert [document.name for document in session.scalars(select(Document))] == ["l.gif"]


def test_a_page_that_somebody_saved_is_no_key_for_ever(hall):
    mark = whose(hall.visitor("marc"), "/courriers/nouveau")
    hall.now += timedelta(days=5)
    hall.app.config["WTF_CSRF_ENABLED"] = False

    answer = hall.visitor().post("/courriers/nouveau", whose=mark, **LETTER)

    assert answer.location.startswith("/connexion")
    assert count(hall, KeptForm) == 0


@pytest.mark.parametrize("before", ["http://[", "//[", "http://localhost/\x7f"])
def test_an_expired_form_comes_back_whatever_its_browser_says_of_the_page_before(hall, before):
    mark = whose(hall.visitor("marc"), "/courriers/nouveau")

    answer = hall.app.test_client().post("/alertes", data={"whose": mark}, headers={"Referer": before})

    assert (answer.status_code, answer.location) == (303, "/")
