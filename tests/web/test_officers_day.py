"""What an officer, a head and the desk meet in a day: forms that begin well, letters read whole, lists that lead on."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from casetrack.correspondence.citizens import find_or_create
from casetrack.database.tables import Absence, Event
from casetrack.engine import act, sweep
from casetrack.errors import InvalidFields
from casetrack.organisation import answer_models
from casetrack.oversight import cases
from tests.town import MONDAY, NINE
from tests.web.visitors import words

DRAFT = {"answer": "Le trou sera rebouché.", "outcome": "refusal"}
REMEDIES = "Voies et délais de recours"


def drafted(hall, *steps, **given) -> str:
    return hall.letter(("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}),
                       ("anne", "draft_answer", DRAFT), *steps, **given)  # fmt: skip


def focused(page) -> list[str]:
    """Return what takes the focus when the page opens, the dialog of keys left out."""
    found = re.findall(r"<(\w+)([^>]*) autofocus", page.text)
    names = [re.search(r'(?:id|role)="([^"]+)"', attributes) for _tag, attributes in found]
    return [name[1] for name in names if name]


# ---- The whole letter ------------------------------------------------------------------------------


def test_who_signs_reads_the_whole_letter_with_their_name_below(hall):
    drafted(hall, ("anne", "submit_for_endorsement", {}), ("denis", "endorse", {}))

    page = unescape(hall.visitor("simone").get("/parapheur").text).split("ct-out")[1].split("</section>")[0]

    for said in ("Voici la réponse de la Ville.", "Le trou sera rebouché.", REMEDIES, "Simone Sabatier"):
        assert said in page


def test_who_endorses_reads_it_without_a_name_that_nobody_gave(hall):
    drafted(hall, ("anne", "submit_for_endorsement", {}))

    letter = hall.visitor("denis").get("/parapheur").text.split("ct-out")[1].split("</section>")[0]

    assert "recours" in letter
    assert "Denis Delmas" not in letter


def test_the_draft_is_read_whole_before_it_is_saved_and_nothing_is_written(hall):
    case = hall.taken()
    anne = hall.visitor("anne")

    seen = anne.do(case, "draft_answer", preview="1", **DRAFT)

    assert REMEDIES in words(seen)
    assert "Le trou sera rebouché.</textarea>" in seen.text
    with hall.database.session() as session:
        assert session.scalar(select(func.count()).where(Event.action == "draft_answer")) == 0
    assert anne.do(case, "draft_answer", **DRAFT).status_code == 302


def test_the_case_leads_to_the_whole_letter_until_it_has_left(hall):
    case = drafted(hall)
    anne = hall.visitor("anne")

    assert "Voir la lettre entière" in words(anne.get(f"/dossiers/{case}"))
    assert REMEDIES in words(anne.get(f"/dossiers/{case}/reponse"))
    assert anne.get(f"/dossiers/{hall.taken()}/reponse").status_code == 404

    sent = drafted(hall, ("anne", "submit_for_endorsement", {}), ("denis", "endorse", {}), ("simone", "sign", {}),
                   ("marc", "send_answer", {}))  # fmt: skip
    page = words(anne.get(f"/dossiers/{sent}"))
    assert "Réponse envoyée le lun. 23 novembre" in page
    assert "Projet de réponse" not in page
    assert "Voir la lettre entière" not in page


# ---- Forms -----------------------------------------------------------------------------------------


def test_the_form_of_a_draft_saves_it_and_warns_only_of_what_is_lost(hall):
    case = hall.taken()
    anne = hall.visitor("anne")
    form = anne.get(f"/dossiers/{case}/actions/draft_answer")
    assert "Enregistrer le projet" in words(form)
    assert "Annule les visas" not in words(form)
    assert "Annule les visas" not in words(anne.get(f"/dossiers/{case}"))

    signed = drafted(
        hall, ("anne", "submit_for_endorsement", {}), ("denis", "endorse", {}), ("simone", "sign", {})
    )

    assert "Annule les visas" in words(anne.get(f"/dossiers/{signed}/actions/draft_answer"))
    assert "Annule les visas" in words(anne.get(f"/dossiers/{signed}"))


def test_the_model_chosen_stays_chosen(hall):
    with hall.database.session() as session:
        model = answer_models.add(session, {"label": "Délai", "body_fr": "Nous passerons.", "is_active": "true"},
                                  by=hall.town.aline, at=NINE)  # fmt: skip
        session.commit()
        number = model.id

    begun = hall.visitor("anne").do(hall.taken(), "draft_answer", begin="1", model=str(number))

    assert f'<option value="{number}" selected>Délai</option>' in begun.text
    assert "Insérer ce modèle" in words(begun)


def test_the_first_field_has_the_focus_and_after_a_refusal_the_summary(hall):
    case = hall.taken()
    anne = hall.visitor("anne")

    assert focused(anne.get(f"/dossiers/{case}/actions/draft_answer")) == ["answer"]
    assert focused(anne.do(case, "draft_answer", answer="", outcome="")) == ["alert"]
    assert focused(anne.post(f"/dossiers/{case}/actions/draft_answer", version="99", **DRAFT)) == ["alert"]
    assert focused(anne.post(f"/dossiers/{case}/liens", other="rien")) == ["alert"]
    assert focused(anne.post(f"/dossiers/{case}/notes", note="")) == ["alert"]


@pytest.mark.parametrize(
    ("action", "field", "day"),
    [
        ("request_items", "items_by", "2026-12-08"),
        ("send_milestone", "next_news_on", "2026-12-08"),
        ("ask_opinion", "opinion_by", "2026-12-07"),
    ],
)
def test_a_day_is_proposed_and_the_form_says_so(hall, action, field, day):
    form = hall.visitor("anne").get(f"/dossiers/{hall.taken()}/actions/{action}")

    assert f'name="{field}" value="{day}"' in form.text
    assert "Proposé : dans " in words(form)


def test_the_day_proposed_is_a_working_day(hall):
    case = hall.taken()
    hall.now = NINE + timedelta(days=26)  # fifteen days later is a Sunday

    form = hall.visitor("anne").get(f"/dossiers/{case}/actions/request_items")

    assert 'name="items_by" value="2027-01-04"' in form.text


def test_the_mediator_is_proposed_a_day_for_an_answer(hall):
    form = hall.visitor("mila").get(f"/dossiers/{hall.taken()}/ouvrir/question")

    assert 'name="answer_by" value="2026-12-08"' in form.text


def test_a_message_says_whether_it_goes_by_mail_or_by_post(hall):
    with hall.database.session() as session:
        electronic = find_or_create(
            session, kind="person", given_name="Léa", family_name="Roy", email="lea@exemple.fr"
        )
        session.commit()
    anne = hall.visitor("anne")
    by_mail = hall.taken(citizen=electronic, channel="email")

    assert "Un courriel part vers Léa Roy, à lea@exemple.fr." in words(
        anne.get(f"/dossiers/{by_mail}/actions/ask_citizen")
    )
    by_post = words(anne.get(f"/dossiers/{hall.taken()}/actions/ask_citizen"))
    assert "Une lettre part par la poste vers Mme Nadia Petit, dans le prochain tirage." in by_post


def test_a_case_is_linked_by_its_number_without_the_zeros(hall):
    here, there = hall.taken(), hall.taken(title="Trottoir")
    anne = hall.visitor("anne")
    anne.get(f"/dossiers/{here}")
    short = re.sub("-0+", "-", there)

    assert anne.post(f"/dossiers/{here}/liens", other=short).status_code == 302
    assert f"Trottoir Lié à · {there}" in words(anne.get(f"/dossiers/{here}"))
    refused = anne.post(f"/dossiers/{here}/liens", other="2026-A-99")
    assert "Un champ est à corriger" in words(refused).split("Réponse promise")[0]
    assert 'href="#other"' in refused.text


def test_a_refusal_is_said_with_the_labels_of_the_fields(hall):
    case = drafted(hall, ("anne", "submit_for_endorsement", {}))

    with hall.database.session() as session, pytest.raises(InvalidFields) as refusal:
        act(
            session,
            cases.find(session, case, hall.town.denis),
            "decline_endorsement",
            by=hall.town.denis,
            at=NINE,
        )

    assert refusal.value.sentence.fr == "Ce qu'il faut revoir\u00a0: à remplir."
    assert refusal.value.sentence.en == "What must be changed: must be filled in."


def test_a_fault_is_said_with_the_label_of_its_field(hall):
    case = drafted(hall, ("anne", "submit_for_endorsement", {}))
    denis = hall.visitor("denis")
    denis.get("/parapheur")

    page = words(denis.post(f"/parapheur/{case}/decline_endorsement", version="5", reason=""))

    assert "Ce qu'il faut revoir : à remplir." in page
    assert "reason" not in page


# ---- The case and the lists ------------------------------------------------------------------------


def test_an_opinion_awaited_is_waited_for_until_its_day(hall):
    asked = {"service": hall.town.services["PRO"].id, "question": "Qui ?", "opinion_by": "2026-12-07"}
    case = hall.letter(
        ("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}), ("anne", "ask_opinion", asked)
    )
    anne = hall.visitor("anne")

    page = anne.get(f"/dossiers/{case}")
    assert "Attendre l'avis, jusqu'au lun. 7 décembre" in words(page)
    assert "btn btn-primary" not in page.text.split('id="t-act"')[1].split("</section>")[0]
    assert "Poursuivre sans l'avis" in words(page)

    hall.now = NINE + timedelta(days=20)
    late = unescape(
        hall.visitor("anne").get(f"/dossiers/{case}").text.split('id="t-act"')[1].split("</section>")[0]
    )
    assert "Attendre l’avis" not in late
    assert "Poursuivre sans l’avis" in late.split("btn btn-primary")[1].split("</a>")[0]


def test_the_case_says_its_place_in_the_list(hall):
    hall.taken(received_on=MONDAY - timedelta(days=3))
    second = hall.taken()
    hall.taken(received_on=MONDAY, title="Le dernier")

    assert "dossier 2 sur 3" in words(hall.visitor("anne").get(f"/dossiers/{second}"))
    assert "dossier 2 sur 3" not in words(hall.visitor("denis").get(f"/dossiers/{second}"))


def test_the_tabs_are_counted_and_a_replacement_has_its_own(hall):
    hall.taken(title="À Anne")
    hall.letter(("marc", "triage", hall.on("voirie")), ("paul", "take_charge", {}), title="À Paul")
    with hall.database.session() as session:
        session.add(
            Absence(
                staff_id=hall.town.anne.id, starts_on=MONDAY, ends_on=MONDAY, replaced_by_id=hall.town.paul.id
            )
        )
        session.commit()
    paul = hall.visitor("paul")

    everything = words(paul.get("/?vue=mine"))
    assert "À moi 2 Je remplace Anne Arnaud 1 Tout le service 2" in everything
    hers = words(paul.get("/?vue=replacing"))
    assert "À Anne" in hers
    assert "À Paul" not in hers


def test_the_section_underlined_is_the_one_that_is_open(hall):
    hall.letter()
    marc = hall.visitor("marc")

    here = re.findall(r'aria-current="[^"]+">([^<]+)', marc.get("/?vue=triage").text.split("</nav>")[0])

    assert [one.strip() for one in here] == ["À qualifier"]


@pytest.mark.parametrize(("login", "view"), [("denis", "endorse"), ("simone", "sign")])
def test_what_waits_for_a_hand_is_read_in_the_parapheur(hall, login, view):
    visitor = hall.visitor(login)

    assert visitor.get(f"/?vue={view}").location == "/parapheur"
    assert f"vue={view}" not in visitor.get("/?vue=all").text


def test_one_goes_on_with_the_next_letter_to_triage(hall):
    first, second = hall.letter(title="Un"), hall.letter(title="Deux")
    marc = hall.visitor("marc")
    form = marc.get("/?vue=triage").text
    link = unescape(re.search(r'href="(/dossiers/[^"]+/actions/triage[^"]*)"', form)[1])
    page = marc.get(link)
    assert "Celui du sujet choisi" in words(page)
    assert "Voirie" in words(page).split("Sujet")[1]
    version = page.text.split('name="version" value="')[1].split('"')[0]

    done = marc.post(
        f"/dossiers/{first}/actions/triage", version=version, vue="triage", **hall.on("voirie"), service=""
    )

    assert done.location == f"/dossiers/{second}/actions/triage?vue=triage"
    following = marc.get(done.location)
    assert f"Vous avez qualifié le courrier ( {first} )." in words(following)
    assert f'<a href="/dossiers/{first}">' in following.text
    last = marc.post(
        f"/dossiers/{second}/actions/triage", version="1", vue="triage", **hall.on("voirie"), service=""
    )
    assert last.location == "/?vue=triage"


# ---- The service -----------------------------------------------------------------------------------


def test_what_was_escalated_says_which_day_was_missed(hall):
    hall.taken()
    hall.now = NINE + timedelta(days=26)  # the milestone is missed, the answer is not
    sweep(hall.database.session, at=hall.now)
    denis = hall.visitor("denis")

    page = words(denis.get("/service"))

    assert "Remontés jusqu'à vous 1" in page
    assert "Premier point d'étape : en retard de 2 jours (jeu. 17 décembre)" in page


def test_an_officer_s_name_leads_to_their_cases_and_reassigning_stands_apart(hall):
    hall.taken(title="À Anne")
    hall.letter(("marc", "triage", hall.on("voirie")), ("paul", "take_charge", {}), title="À Paul")
    denis = hall.visitor("denis")
    anne = hall.town.anne.id

    desk = unescape(denis.get("/service").text)
    assert f'href="/?vue=service&agent={anne}">Anne Arnaud</a>' in desk
    assert f'href="/service/reaffectation?de={anne}">Réaffecter' in desk
    page = words(denis.get(f"/?vue=service&agent={anne}"))
    assert "Dossiers suivis par Anne Arnaud" in page
    assert "À Paul" not in page


def test_five_drafts_are_four_and_one_more(hall):
    for number in range(5):
        drafted(hall, ("anne", "submit_for_endorsement", {}), title=f"Projet {number}")

    assert "et 1 autre Ouvrir le parapheur" in words(hall.visitor("denis").get("/service"))


def test_all_cases_of_a_page_are_ticked_by_a_link_and_the_own_service_comes_first(hall):
    first, second = hall.taken(), hall.taken()
    denis = hall.visitor("denis")

    page = denis.get("/service/reaffectation")
    assert page.text.count(" checked") == 0
    ticked = denis.get(unescape(re.search(r'href="([^"]+tout=1[^"]*)"', page.text)[1]))
    assert ticked.text.count(" checked") == 2
    groups = re.findall(r'<optgroup label="([^"]+)"', page.text.split('id="vers"')[1])
    assert groups[0] == "Voirie"
    assert "Anne Arnaud (2)" in words(page)
    assert first in ticked.text
    assert second in ticked.text


def test_a_case_that_cannot_be_given_says_where_it_stands(hall):
    case = drafted(hall, ("anne", "submit_for_endorsement", {}))

    page = words(
        hall.visitor("diane").get(f"/service/reaffectation/apercu?dossier={case}&vers={hall.town.lea.id}")
    )

    assert "Ne change pas de mains tant que le dossier est « En visa »." in page


def test_a_day_of_work_that_is_no_letter_is_not_made_to_leave(hall):
    hall.now = NINE + timedelta(days=41)  # six months later is a Saturday
    hall.taken(received_on=date(2026, 11, 2))
    sweep(hall.database.session, at=hall.now)

    page = words(hall.visitor("eva").get("/?vue=all"))

    assert "à terminer au plus tard" in page
    assert page.split("Dossier")[0].endswith("Échéance ") or "Échéance Dossier" in page


def test_what_must_be_changed_stands_beside_the_text_to_correct(hall):
    case = hall.taken()
    anne = hall.visitor("anne")
    anne.do(case, "draft_answer", answer="Non.", outcome="refusal")
    anne.do(case, "submit_for_endorsement")
    hall.visitor("denis").do(case, "decline_endorsement", reason="Dites pourquoi.")

    page = words(anne.get(f"/dossiers/{case}/actions/draft_answer"))

    assert "Ce qu'il faut revoir Dites pourquoi." in page
    anne.do(case, "draft_answer", answer="Non, parce que.", outcome="refusal")
    assert "Ce qu'il faut revoir" not in words(anne.get(f"/dossiers/{case}/actions/draft_answer"))
