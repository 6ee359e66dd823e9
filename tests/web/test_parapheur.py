"""Drafts read, endorsed, signed or sent back in place, one after the other."""

from datetime import date, timedelta

import pytest

from casetrack.database.tables import StaffRole
from tests.town import NINE
from tests.web.test_a_letter_in_the_browser import address, open_page  # noqa: F401
from tests.web.visitors import words


def drafted(hall, title: str, *steps, text: str = "Le trou sera rebouché.\n\nBien à vous.", **given) -> str:
    written = {"answer": text, "outcome": "favourable"}
    return hall.letter(("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}),
                       ("anne", "draft_answer", written), ("anne", "submit_for_endorsement", {}), *steps,
                       title=title, **given)  # fmt: skip


def version(answer) -> str:
    return answer.text.split('name="version" value="')[1].split('"')[0]


def test_the_draft_is_read_in_place_and_the_next_one_follows(hall):
    second = drafted(hall, "Banc cassé")
    first = drafted(hall, "Trou", received_on=date(2026, 11, 20))
    denis = hall.visitor("denis")

    page = denis.get("/parapheur")
    assert "Le trou sera rebouché. Bien à vous." in words(page)
    assert "Réponse favorable · rédigé par Anne Arnaud" in words(page)
    assert "Ensuite 1 Banc cassé" in words(page)
    done = denis.post(f"/parapheur/{first}/endorse", version=version(page))
    following = denis.get(done.location)

    assert f"Vous avez visé la réponse ( {first} )." in words(following)
    assert "<h1>Banc cassé</h1>" in following.text
    last = denis.post(f"/parapheur/{second}/endorse", version=version(following))
    assert "Aucune réponse ne vous attend." in words(denis.get(last.location))


def test_previous_and_next_lead_through_the_pile(hall):
    references = [drafted(hall, f"Courrier {day}", received_on=date(2026, 11, day)) for day in (18, 19, 20)]
    denis = hall.visitor("denis")

    middle = denis.get(f"/parapheur/{references[1]}").text

    assert f'rel="prev" href="/parapheur/{references[0]}"' in middle
    assert f'rel="next" href="/parapheur/{references[2]}"' in middle
    assert 'rel="prev"' not in denis.get(f"/parapheur/{references[0]}").text


def test_a_draft_sent_back_needs_a_reason_and_what_was_typed_is_kept(hall):
    case = drafted(hall, "Trou")
    denis = hall.visitor("denis")
    page = denis.get("/parapheur")

    refused = denis.post(f"/parapheur/{case}/decline_endorsement", version=version(page), reason=" ")
    assert refused.status_code == 422
    assert '<details class="border-top" open>' in refused.text
    stale = denis.post(f"/parapheur/{case}/decline_endorsement", version="1", reason="Citez l'article.")
    assert stale.status_code == 409
    assert "Citez l'article." in words(stale)
    done = denis.post(
        f"/parapheur/{case}/decline_endorsement", version=version(page), reason="Citez l'article."
    )

    assert done.status_code == 302
    assert "Réponse en préparation" in words(hall.visitor("anne").get(f"/dossiers/{case}"))


def test_the_signatory_signs_and_another_decision_meanwhile_is_told(hall):
    case = drafted(hall, "Trou", ("denis", "endorse", {}))
    simone, other = hall.visitor("simone"), hall.visitor("simone")
    page = simone.get("/parapheur")
    assert "Parapheur 1" in words(page)
    other.get("/parapheur")
    assert other.post(f"/parapheur/{case}/sign", version=version(page)).status_code == 302

    told = simone.post(f"/parapheur/{case}/sign", version=version(page))

    assert told.status_code in (403, 409)
    assert "Rien n'a été envoyé ni modifié." in words(told)
    assert "Aucune réponse ne vous attend." in words(told)


@pytest.mark.parametrize(("login", "status"), [("anne", 302), ("marc", 302), ("lea", 404), ("rose", 404)])
def test_a_draft_that_waits_for_somebody_else_is_not_decided_here(hall, login, status):
    case = drafted(hall, "Trou")
    visitor = hall.visitor(login)

    assert "Aucune réponse ne vous attend." in words(visitor.get("/parapheur"))
    assert visitor.get(f"/parapheur/{case}").status_code == status
    visitor.get("/")
    answer = visitor.post(f"/parapheur/{case}/endorse", version="5")
    assert answer.status_code in (403, 404)


def test_reading_a_confidential_draft_leaves_a_trace(hall, counter):
    hall.letter(("denis", "assign", {"officer": hall.town.anne.id}), ("anne", "take_charge", {}),
                ("anne", "draft_answer", {"answer": "Oui.", "outcome": "favourable"}),
                ("anne", "submit_for_endorsement", {}), subject="social", title="Aide")  # fmt: skip

    with counter() as sent:
        hall.visitor("denis").get("/parapheur")

    assert any(statement.startswith("INSERT INTO reading") for statement in sent)


def test_who_endorses_and_signs_sees_both_in_one_pile(hall):
    with hall.database.session() as session:
        session.add(
            StaffRole(staff_id=hall.town.denis.id, role="signatory", service_id=hall.town.services["VOI"].id)
        )
        session.commit()
    drafted(hall, "À signer d'abord", ("denis", "endorse", {}), received_on=date(2026, 11, 20))
    drafted(hall, "À viser ensuite")
    hall.now = NINE + timedelta(days=1)

    page = words(hall.visitor("denis").get("/parapheur"))

    assert "Parapheur 2" in page
    assert "À signer d'abord" in page
    assert "Ensuite 1 À viser ensuite" in page


@pytest.mark.browser
def test_drafts_are_decided_by_keyboard_and_never_by_one_key(hall, open_page):  # noqa: F811
    first = drafted(hall, "Trou", received_on=date(2026, 11, 20))
    drafted(hall, "Banc cassé")
    page = open_page("denis", script=True)
    page.goto("/parapheur", wait_until="networkidle")
    page.keyboard.press("j")
    page.get_by_role("heading", level=1, name="Banc cassé").wait_for()
    page.wait_for_load_state("networkidle")  # the keys are there once the page is whole
    page.keyboard.press("k")
    page.get_by_role("heading", level=1, name="Trou").wait_for()
    page.wait_for_load_state("networkidle")

    page.keyboard.press("a")
    page.locator("button:focus").get_by_text("Viser").or_(
        page.locator("button:focus", has_text="Viser")
    ).first.wait_for()
    page.keyboard.press("Enter")

    page.get_by_role("status").get_by_text(first).wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "Banc cassé"


def test_why_a_draft_goes_back_is_kept_when_the_session_ends(hall):
    case = drafted(hall, "Trou")
    denis = hall.visitor("denis")
    page = denis.get("/parapheur").text
    mark, seen = page.split('name="whose" value="')[1].split('"')[0], page.split('name="version" value="')[1]
    denis.client.delete_cookie("casetrack")

    sent = denis.post(f"/parapheur/{case}/decline_endorsement", whose=mark, version=seen.split('"')[0],
                      reason="Citez l'article du règlement.")  # fmt: skip
    denis.sign_in("denis", next=sent.location)
    kept = denis.get(sent.location).text.split('name="resumed" value="')[1].split('"')[0]
    form = denis.post(
        f"/parapheur/{case}/decline_endorsement", resumed=kept, reason="Citez l'article du règlement."
    )

    assert "Citez l'article du règlement." in words(form)
    assert "Ce n'est pas possible" not in words(form)
