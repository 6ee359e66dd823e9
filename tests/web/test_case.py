"""The page of a case, and what one does there."""

import io
import re
from datetime import date, timedelta
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from casetrack.database.tables import Absence, Case, CaseCopy, CaseText, Message, Reading
from casetrack.engine import act, links, sweep
from casetrack.organisation import notes
from casetrack.oversight import cases
from casetrack.oversight.clock_bar import clock_bar
from tests.town import MONDAY, NINE
from tests.web.visitors import words


def test_a_letter_goes_from_the_counter_to_closure_without_a_mouse_or_a_script(hall):
    case = hall.letter()
    marc, anne, denis, simone = (hall.visitor(login) for login in ("marc", "anne", "denis", "simone"))

    assert marc.do(case, "triage", **hall.on("voirie")).status_code == 302
    assert anne.do(case, "take_charge").status_code == 302
    assert (
        anne.do(case, "draft_answer", answer="Le trou sera rebouché.", outcome="favourable").status_code
        == 302
    )
    assert anne.do(case, "submit_for_endorsement").status_code == 302
    assert denis.do(case, "endorse").status_code == 302
    assert simone.do(case, "sign").status_code == 302
    assert marc.do(case, "send_answer").status_code == 302
    assert anne.do(case, "close", outcome="favourable").status_code == 302

    page = words(anne.get(f"/dossiers/{case}"))
    assert "Clôturé" in page
    assert "Le trou sera rebouché." in page
    assert "Simone Sabatier a signé la réponse" in page


def test_each_date_says_why(hall):
    page = words(hall.visitor("anne").get(f"/dossiers/{hall.taken()}"))

    assert "Dans 30 jours · mer. 23 décembre Réponse promise à l'usager" in page
    assert "Reçu le lundi 23 novembre 2026 ; un mois de quantième à quantième" in page
    assert "CRPA, art. L231-1" in page


def test_a_late_letter_says_so_with_the_worker_stopped(hall):
    case = hall.taken()
    hall.now = NINE + timedelta(days=33)

    assert "En retard de 3 jours · mer. 23 décembre" in words(hall.visitor("anne").get(f"/dossiers/{case}"))


def test_the_history_says_what_the_clock_did(hall):
    case = hall.taken()
    hall.now = NINE + timedelta(days=40)
    sweep(hall.database.session, at=hall.now)

    page = words(hall.visitor("anne").get(f"/dossiers/{case}"))

    assert "Réponse écrite : échéance dépassée" in page
    assert "Réponse écrite : rappel, dix jours ouvrés avant l'échéance" in page
    assert "Dossier ouvert à ce sujet · 2027-D-" in page


def test_what_the_clock_says_several_times_in_a_row_takes_one_line(hall):
    case = hall.taken()
    hall.now = NINE + timedelta(days=40)
    sweep(hall.database.session, at=hall.now)
    anne = hall.visitor("anne")
    anne.get(f"/dossiers/{case}")
    anne.post(f"/dossiers/{case}/notes", note="Je m'en occupe")

    history = anne.get(f"/dossiers/{case}").text.split('id="journal"')[1]

    assert len(re.findall(r"<li><i", history)) == 5  # note, clock, take charge, triage, registration
    assert "signaux de l" in history


def test_a_refused_field_keeps_what_was_typed(hall):
    case = hall.taken()

    refused = hall.visitor("anne").do(case, "draft_answer", answer="Une longue réponse <b>", outcome="")

    assert refused.status_code == 422
    assert 'id="outcome-fault"' in refused.text
    assert "Une longue réponse &lt;b&gt;</textarea>" in refused.text
    assert "Un champ est à corriger" in words(refused)


def test_the_second_officer_is_told_who_changed_what_and_keeps_their_text(hall):
    case = hall.taken()
    anne, denis = hall.visitor("anne"), hall.visitor("denis")
    form = anne.get(f"/dossiers/{case}/actions/draft_answer").text
    version = form.split('name="version" value="')[1].split('"')[0]
    denis.do(case, "copy_service", service=hall.town.services["PRO"].id)

    told = anne.post(
        f"/dossiers/{case}/actions/draft_answer", version=version, answer="Mon texte", outcome="refusal"
    )

    assert told.status_code == 409
    page = words(told)
    assert "Denis Delmas a mis un service en copie le 23/11/2026 à 09 h 00." in page
    assert "Mon texte" in page
    again = told.text.split('name="version" value="')[1].split('"')[0]
    assert anne.post(f"/dossiers/{case}/actions/draft_answer", version=again, answer="Mon texte", outcome="refusal").status_code == 302  # fmt: skip


def test_who_is_slower_is_told_who_moved_the_case_and_keeps_their_text(hall):
    case = hall.taken()
    anne, denis = hall.visitor("anne"), hall.visitor("denis")
    version = (
        anne.get(f"/dossiers/{case}/actions/ask_citizen")
        .text.split('name="version" value="')[1]
        .split('"')[0]
    )
    denis.do(case, "refer_out", authority="Agglomération", contact="1 place")

    told = anne.post(f"/dossiers/{case}/actions/ask_citizen", version=version, question="Quelle rue ?")

    assert told.status_code == 409
    page = words(told)
    assert "Denis Delmas a transmis le courrier à l'autorité compétente" in page
    assert "Quelle rue ?" in page
    assert '<button class="btn btn-primary" type="submit">' not in told.text  # nothing to send any more


def test_an_action_for_somebody_else_says_for_whom_and_keeps_the_text(hall):
    case = hall.taken()
    paul = hall.visitor("paul")
    paul.get("/")

    refused = paul.post(
        f"/dossiers/{case}/actions/draft_answer", version="3", answer="Mon avis", outcome="refusal"
    )

    assert refused.status_code == 403
    assert "revient à" in words(refused)
    assert "Mon avis" in words(refused)


def test_an_action_that_does_not_exist_is_a_page_that_does_not_exist(hall):
    anne = hall.visitor("anne")
    case = hall.taken()
    anne.get("/")

    assert anne.post(f"/dossiers/{case}/actions/destroy", version="3").status_code == 404


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999"])
def test_a_form_without_its_version_changes_nothing(hall, version):
    case = hall.taken()
    anne = hall.visitor("anne")
    anne.get("/")

    answer = anne.post(
        f"/dossiers/{case}/actions/draft_answer", version=version, answer="Texte", outcome="refusal"
    )

    assert answer.status_code == 409


def test_a_forged_form_on_a_case_that_nobody_has_touched_is_refused_in_words(hall):
    hall.taken()
    hall.now = NINE + timedelta(days=40)
    sweep(hall.database.session, at=hall.now)
    with hall.database.reader() as session:
        dysfunction = session.scalars(select(Case.reference).where(Case.workflow == "dysfunction")).first()
    anne = hall.visitor("anne")
    anne.get("/")

    answer = anne.post(f"/dossiers/{dysfunction}/actions/qualify", version="0", severity="major")

    assert answer.status_code in (403, 404)


def test_what_was_typed_is_shown_as_text_never_as_a_page(hall):
    case = hall.taken(title='<script>alert("1")</script>')
    anne = hall.visitor("anne")
    anne.do(case, "draft_answer", answer="<img src=x onerror=alert(1)>", outcome="refusal")

    for path in (f"/dossiers/{case}", "/", f"/dossiers/{case}/actions/draft_answer", "/tirage/imprimer"):
        page = anne.get(path).text
        assert "<script>" not in page
        assert "<img" not in page


def test_a_message_is_seen_before_it_leaves_and_leaves_as_it_was_seen(hall):
    case = hall.taken(channel="email")
    anne = hall.visitor("anne")
    typed = {"done": "Visite faite.", "remaining": "Devis à signer.", "why": "Trois entreprises.",
             "next_news_on": "2026-12-10"}  # fmt: skip

    with hall.database.reader() as session:
        before = session.scalars(select(Case)).one().version, len(session.scalars(select(Message)).all())
    seen = anne.do(case, "send_milestone", **typed, preview="1")
    with hall.database.reader() as session:
        after = session.scalars(select(Case)).one().version, len(session.scalars(select(Message)).all())

    assert (seen.status_code, after) == (200, before)
    page = words(seen)
    assert "Par courriel, à nadia.petit@exemple.fr. Rien n'est encore envoyé." in page
    assert "Visite faite." in page.split("tel qu'il partira")[1]
    assert "jeudi 10 décembre 2026" in page
    assert ">Devis à signer.</textarea>" in seen.text
    anne.do(case, "send_milestone", **typed)
    with hall.database.reader() as session:
        sent = session.scalars(select(Message).order_by(Message.id.desc())).first()
    shown = re.search(r'<div class="ct-msg ct-out ct-text"[^>]*>(.*?)</div>', seen.text, re.S)[1]
    assert unescape(re.sub(r"<[^>]+>|\s", "", shown)) == re.sub(r"\s", "", sent.subject + sent.body)


def test_a_letter_on_paper_says_where_it_will_be_posted(hall):
    page = words(
        hall.visitor("anne").do(hall.taken(), "refer_out", authority="Région", contact="1 place", preview="1")
    )

    assert "Par courrier, dans le prochain tirage, à Mme Nadia Petit, 12 rue des Lilas, 99000 Valmy" in page


def test_a_preview_says_what_is_wrong_as_sending_would(hall):
    refused = hall.visitor("anne").do(hall.taken(), "ask_citizen", question="", preview="1")

    assert refused.status_code == 422
    assert "tel qu'il partira" not in words(refused)


def test_an_action_that_sends_nothing_has_nothing_to_preview(hall):
    case = hall.taken()
    anne = hall.visitor("anne")

    assert "avant l'envoi" not in words(anne.get(f"/dossiers/{case}/actions/draft_answer"))
    answer = anne.do(case, "draft_answer", answer="Bientôt.", outcome="refusal", preview="1")
    assert answer.status_code == 200
    assert "Réponse en préparation" not in words(anne.get(f"/dossiers/{case}"))


def test_an_answer_begins_from_a_model_and_loses_nothing_typed(hall):
    aline, anne, case = hall.visitor("aline"), hall.visitor("anne"), hall.taken()
    aline.get("/administration/modeles/nouveau")
    aline.post(
        "/administration/modeles/nouveau",
        label="Travaux",
        body_fr="Pour {{ case.reference }} & vous.",
        is_active="true",
    )
    path = f"/dossiers/{case}/actions/draft_answer"
    form = anne.get(path).text
    version = form.split('name="version" value="')[1].split('"')[0]
    model = re.search(r'<option value="(\d+)">Travaux</option>', form)[1]

    empty = anne.post(path, version=version, model=model, begin="1", answer="", outcome="refusal")
    typed = anne.post(path, version=version, model=model, begin="1", answer="Madame,", outcome="")
    nothing = anne.post(path, version=version, model="", begin="1", answer="Madame,")

    assert f">Pour {case} &amp; vous.</textarea>" in empty.text
    assert '<option value="refusal" selected>' in empty.text
    assert f">Madame,\n\nPour {case} &amp; vous.</textarea>" in typed.text
    assert "à la suite du vôtre" in words(typed)
    assert nothing.status_code == 422
    assert "Choisissez un modèle de la liste" in words(nothing)
    assert ">Madame,</textarea>" in nothing.text
    assert "Lire le projet" not in words(anne.get(f"/dossiers/{case}"))  # nothing was kept


def test_a_form_that_drafts_nothing_offers_no_model(hall):
    assert "Partir d'un modèle" not in words(
        hall.visitor("anne").get(f"/dossiers/{hall.taken()}/actions/ask_citizen")
    )


def test_a_model_is_tried_before_it_is_kept(hall):
    aline = hall.visitor("aline")
    aline.get("/administration/modeles/nouveau")

    tried = aline.post(
        "/administration/modeles/nouveau", label="Essai", body_fr="De {{ officer.name }}", preview="1"
    )
    refused = aline.post("/administration/modeles/nouveau", label="Essai", body_fr="De {{ officer.name }}")

    assert (tried.status_code, refused.status_code) == (200, 422)
    for page in (words(tried), words(refused)):
        assert "De M. Paul Martin" in page
        assert "est demandé à ce qui peut manquer" in page
    assert 'id="body_fr-fault"' in refused.text
    assert "Aucun modèle." in words(aline.get("/administration/modeles"))


def test_a_draft_is_gone_on_with(hall):
    case = hall.taken()
    anne = hall.visitor("anne")
    anne.do(case, "draft_answer", answer="Premier jet", outcome="refusal")

    form = anne.get(f"/dossiers/{case}/actions/draft_answer").text

    assert ">Premier jet</textarea>" in form
    assert '<option value="refusal" selected>' in form


def test_what_is_refused_says_the_way_out(hall):
    case = hall.letter(citizen=None)

    page = words(hall.visitor("marc").get(f"/dossiers/{case}"))

    assert "Transmettre à l'autorité compétente : pas encore possible" in page
    assert "l'expéditeur est inconnu. Le responsable du service peut clôturer sans réponse" in page


def test_reading_a_confidential_case_leaves_a_trace_and_an_ordinary_one_does_not(hall):
    restricted, ordinary = hall.letter(subject="social"), hall.letter()
    denis = hall.visitor("denis")

    assert "Votre lecture est notée" in words(denis.get(f"/dossiers/{restricted}"))
    denis.get(f"/dossiers/{ordinary}")

    with hall.database.reader() as session:
        traces = session.execute(
            select(Reading.staff_id, Case.reference).join(Case, Case.id == Reading.case_id)
        ).all()
    assert traces == [(hall.town.denis.id, restricted)]


def test_who_read_a_confidential_case_is_known_to_its_head_and_to_nobody_else(hall):
    case = hall.letter(("denis", "assign", {"officer": hall.town.anne.id}), subject="social")
    denis, anne = hall.visitor("denis"), hall.visitor("anne")
    anne.get(f"/dossiers/{case}")
    hall.now = NINE + timedelta(hours=2)
    anne.get(f"/dossiers/{case}")
    denis.get(f"/dossiers/{case}")

    page = words(denis.get(f"/dossiers/{case}/lectures"))

    assert "Anne Arnaud agent · Voirie lun. 23 novembre, 9 h 00 lun. 23 novembre, 11 h 00" in page
    assert "Denis Delmas agent · Voirie lun. 23 novembre, 11 h 00 lun. 23 novembre, 11 h 00" in page
    assert "Qui a lu ce dossier" in words(denis.get(f"/dossiers/{case}"))
    assert "Qui a lu ce dossier" not in words(anne.get(f"/dossiers/{case}"))
    for login, path in (("anne", case), ("paul", case), ("denis", hall.letter())):
        assert hall.visitor(login).get(f"/dossiers/{path}/lectures").status_code == 404


def test_a_note_is_read_by_colleagues_and_told_to_whom_it_names(hall):
    case = hall.taken()
    anne, denis = hall.visitor("anne"), hall.visitor("denis")
    anne.get(f"/dossiers/{case}")

    added = anne.post(f"/dossiers/{case}/notes", note="Créneau en semaine 4 ?\n@Denis, qu'en penses-tu <b>")

    assert added.location == f"/dossiers/{case}#journal"
    page = denis.get(f"/dossiers/{case}").text
    assert "qu&#39;en penses-tu &lt;b&gt;" in page
    assert "Anne Arnaud · note interne" in words(denis.get(f"/dossiers/{case}"))
    assert "Une note interne vous est adressée" in words(denis.get("/alertes"))
    assert "Une note interne vous est adressée" not in words(anne.get("/alertes"))


def test_a_note_that_is_refused_stays_in_its_field(hall):
    case = hall.taken()
    anne = hall.visitor("anne")
    anne.get(f"/dossiers/{case}")

    for typed, reason in (("Vu avec @léa", "Léa Lambert ne peut pas lire ce dossier"),
                          ("Vu avec @zoé", "Personne ici ne s'appelle « zoé »"),
                          ("  ", "Écrivez d'abord la note")):  # fmt: skip
        refused = anne.post(f"/dossiers/{case}/notes", note=typed)
        assert refused.status_code == 422
        assert reason in words(refused)
        assert f">{typed}</textarea>" in refused.text
    assert "Aucune note" in words(anne.get(f"/dossiers/{case}?montrer=notes"))


def test_the_history_is_narrowed_by_a_link(hall):
    case = hall.taken()
    anne = hall.visitor("anne")
    anne.get(f"/dossiers/{case}")
    anne.post(f"/dossiers/{case}/notes", note="Vu sur place")

    history = anne.get(f"/dossiers/{case}?montrer=notes").text.split('id="journal"')[1]
    messages = anne.get(f"/dossiers/{case}?montrer=messages").text.split('id="journal"')[1]

    assert "Vu sur place" in history
    assert "Prendre en charge" not in history
    assert "enregistré le courrier" in messages
    assert "Vu sur place" not in messages
    assert "Vu sur place" in anne.get(f"/dossiers/{case}?montrer=n'importe").text


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_typed_on_the_page_is_taken_or_refused_in_words(hall, data):
    if not hasattr(hall, "typed_on"):
        hall.typed_on = hall.taken()
    case, anne = hall.typed_on, hall.visitor("anne")
    form = anne.get(f"/dossiers/{case}/actions/ask_citizen").text
    version = re.search(r'name="version" value="(\d+)"', form)[1]
    path, name, more = data.draw(
        st.sampled_from(
            [
                ("notes", "note", {}),
                ("liens", "other", {}),
                ("liens", "other", {"remove": "1"}),
                ("actions/draft_answer", "model", {"begin": "1", "answer": "Madame,"}),
                ("actions/ask_citizen", "question", {"preview": "1", "version": version}),
            ]
        )
    )
    odd = ["", "@", "@denis @x", "\x00", "9" * 40, case, "é" * 12_000, "<b>", "{{ x }}"]
    typed = data.draw(st.sampled_from(odd) | st.text(max_size=30))

    answer = anne.post(f"/dossiers/{case}/{path}", **{name: typed}, **more)

    assert answer.status_code in (200, 302, 404, 422)


def test_two_cases_are_linked_and_parted_from_either_page(hall):
    here, there = hall.taken(), hall.taken(title="Trottoir affaissé")
    anne = hall.visitor("anne")
    anne.get(f"/dossiers/{here}")

    assert anne.post(f"/dossiers/{here}/liens", other=f" {there.lower()} ").status_code == 302
    assert f"Trottoir affaissé Lié à · {there}" in words(anne.get(f"/dossiers/{here}"))
    assert f"Vous avez lié un dossier · lun. 23 novembre, 9 h 00 Dossier : {here}" in words(
        anne.get(f"/dossiers/{there}")
    )
    for typed, reason in ((there, "déjà liés"), (here, "ce dossier-ci"), ("2026-A-999999", "Aucun dossier")):
        refused = anne.post(f"/dossiers/{here}/liens", other=typed)
        assert refused.status_code == 422
        assert reason in words(refused)
        assert f'value="{typed}"' in refused.text
    assert anne.post(f"/dossiers/{there}/liens", other=here, remove="1").status_code == 302
    assert "Lié à" not in words(anne.get(f"/dossiers/{here}"))
    assert anne.post(f"/dossiers/{there}/liens", other=here, remove="1").status_code == 404


def test_who_may_not_read_a_linked_case_is_not_told_of_the_link(hall):
    here, secret = hall.taken(), hall.taken(title="Secret")
    with hall.database.session() as session:
        first, second = (cases.find(session, one, hall.town.anne) for one in (here, secret))
        links.link(session, first, second, by=hall.town.anne, at=NINE)
        second.confidentiality = 2
        session.commit()

    assert f"Vous avez lié un dossier · lun. 23 novembre, 9 h 00 Dossier : {secret}" in words(hall.visitor("anne").get(f"/dossiers/{here}"))  # fmt: skip
    told = words(hall.visitor("denis").get(f"/dossiers/{here}"))
    for word in (secret, "Secret", "lié un dossier", "Lié à"):
        assert word not in told


def test_a_note_typed_before_the_session_ended_is_shown_again_and_not_added(hall):
    case = hall.taken()
    anne = hall.visitor("anne")
    anne.get(f"/dossiers/{case}")

    shown = anne.post(f"/dossiers/{case}/notes", note="À ne pas perdre", resumed="k")

    assert shown.status_code == 422
    assert ">À ne pas perdre</textarea>" in shown.text
    assert "Aucune note" in words(anne.get(f"/dossiers/{case}?montrer=notes"))


def test_the_bar_of_a_row_is_small_and_has_no_words(hall):
    bar = clock_bar(MONDAY, MONDAY + timedelta(days=30), today=MONDAY + timedelta(days=40),
                    pauses=[(MONDAY, MONDAY + timedelta(days=3))])  # fmt: skip

    with hall.app.test_request_context():
        drawn = str(hall.app.jinja_env.get_template("clock.html").module.clock(bar, mini=True))

    assert 'height="14"' in drawn
    assert "k-late" in drawn
    assert "k-wait" in drawn
    assert "<text" not in drawn
    assert "style=" not in drawn


def test_a_linked_case_that_one_may_not_read_is_not_named(hall):
    hidden, seen = hall.taken(title="Secret"), hall.taken()
    with hall.database.session() as session:
        case = session.scalars(select(Case).where(Case.reference == seen)).one()
        original = session.scalars(select(Case).where(Case.reference == hidden)).one()
        act(session, case, "attach_duplicate", by=hall.town.anne, at=NINE, original=original.id)
        original.confidentiality = 2
        session.commit()

    page = hall.visitor("denis").get(f"/dossiers/{seen}")

    assert page.status_code == 200
    assert f'href="/dossiers/{hidden}"' not in page.text
    assert "Secret" not in page.text


def test_a_case_is_found_by_its_number_at_the_top_of_every_page(hall):
    case = hall.taken()

    assert hall.visitor("anne").get(f"/recherche?q={case.lower()}").location == f"/dossiers/{case}"


def test_who_gives_a_case_away_goes_back_to_their_list(hall):
    case = hall.letter(subject="social")  # restricted: the head may read it, the desk no longer

    answer = hall.visitor("denis").do(
        case, "triage", subject=hall.town.subjects["social"].id, service=hall.town.services["JUR"].id
    )

    assert answer.location == "/"


def test_a_replacement_sees_the_list_and_acts_in_the_name_of_the_absent(hall):
    case = hall.taken()
    with hall.database.session() as session:
        session.add(
            Absence(
                staff_id=hall.town.anne.id,
                starts_on=date(2026, 11, 20),
                ends_on=date(2026, 11, 30),
                replaced_by_id=hall.town.paul.id,
            )
        )
        session.commit()
    paul = hall.visitor("paul")

    assert case in words(paul.get("/?vue=mine"))
    paul.do(case, "draft_answer", answer="Texte", outcome="refusal")

    assert "Vous, en remplacement de Anne Arnaud , avez rédigé un projet de réponse" in words(
        paul.get(f"/dossiers/{case}")
    )


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_the_page_asks_three_questions_whatever_its_length(hall, counter):
    case = hall.taken()
    for _ in range(12):
        hall.taken()
    anne = hall.visitor("anne")
    with counter() as frame:
        anne.get("/nulle-part")
    with counter() as short:
        anne.get(f"/dossiers/{case}")
    with hall.database.session() as session:
        row, *others = session.scalars(select(Case).order_by(Case.id)).all()
        for number in range(12):
            act(session, row, "send_milestone", by=hall.town.anne, at=NINE, done="a", remaining="b", why="c",
                next_news_on=f"2026-12-{number + 10}")  # fmt: skip
        for code in ("PRO", "JUR", "ACC"):
            session.add(CaseCopy(case_id=row.id, service_id=hall.town.services[code].id))
        for number in range(12):
            notes.add(session, row, f"Note {number}", by=hall.town.denis, at=NINE, on=MONDAY)
            links.link(session, row, others[number], by=hall.town.anne, at=NINE)
        session.commit()
    with counter() as long:
        anne.get(f"/dossiers/{case}")

    assert len(long) == len(short)
    assert len(long) - len(frame) == 3
    with hall.database.reader() as session:
        assert len(session.scalars(select(Message).where(Message.case_id == row.id)).all()) == 13


def test_whoever_writes_reads_the_letter_beside_what_they_write(hall):
    case = hall.taken()
    anne = hall.visitor("anne")
    anne.get(f"/dossiers/{case}")
    file = (io.BytesIO(b"%PDF-1.4 lettre %%EOF"), "lettre.pdf")
    anne.post(f"/dossiers/{case}/documents", document=file)

    draft = anne.get(f"/dossiers/{case}/actions/draft_answer").text
    copy = anne.get(f"/dossiers/{case}/actions/copy_service").text

    assert 'class="ct-preview ct-preview-page"' in draft
    assert "ct-preview" not in copy  # nothing to write, nothing to read again


def test_a_note_sent_twice_is_written_once(hall):
    reference, anne = hall.taken(), hall.visitor("anne")
    page = anne.get(f"/dossiers/{reference}")
    key = page.text.split('name="key" value="')[1].split('"')[0]

    answers = [
        anne.post(f"/dossiers/{reference}/notes", note="Appeler le voisin.", key=key) for _ in range(2)
    ]
    anne.post(f"/dossiers/{reference}/notes", note="Rappeler le voisin.", key=key)

    assert [answer.location for answer in answers] == [f"/dossiers/{reference}#journal"] * 2
    with hall.database.reader() as session:
        written = session.scalars(select(CaseText.body).where(CaseText.field == "note"))
        assert sorted(written) == ["Appeler le voisin.", "Rappeler le voisin."]
