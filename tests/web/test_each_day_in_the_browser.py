"""The day of each role in a real browser: what waits for them, what they decide, what is left in the evening.

The mediator's is in test_mediation_in_the_browser.py; a letter's whole story, by three of them, in
test_the_whole_story_in_the_browser.py.
"""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from casetrack.database.tables import AdministrationEvent, Event
from casetrack.engine import sweep
from tests.town import MONDAY, NINE
from tests.web.test_a_letter_in_the_browser import BUTTONS, address, open_page  # noqa: F401

pytestmark = pytest.mark.browser

WRITTEN = ("anne", "draft_answer", {"answer": "Le trottoir sera réparé.", "outcome": "favourable"})
SUBMITTED = (WRITTEN, ("anne", "submit_for_endorsement", {}))
ENDORSED = (*SUBMITTED, ("denis", "endorse", {}))


def letter(hall, title: str, *steps, **given) -> str:
    """Register a letter that Anne has in charge, and take these steps."""
    taken = (("marc", "triage", hall.on("voirie")), ("anne", "take_charge", {}))
    return hall.letter(*taken, *steps, title=title, **given)


def later(hall, days: int) -> None:
    """Let days pass, and the clock see them."""
    hall.now = NINE + timedelta(days=days)
    sweep(hall.database.session, at=hall.now)


def go(page, name: str) -> None:
    """Follow a link of the navigation, whatever its count."""
    page.get_by_role("navigation", name="Principal").get_by_role("link", name=name).click()


def fill(page, typed: dict[str, str]) -> None:
    """Fill in fields by their labels."""
    for label, value in typed.items():
        field = page.get_by_role("main").get_by_label(
            re.compile(rf"^\s*{re.escape(label)}(\s*\(facultatif\))?\s*$")
        )
        if field.evaluate("it => it.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)


def press(page, name: str, typed: dict[str, str] | None = None) -> None:
    """Fill in a form and send it."""
    fill(page, typed or {})
    page.get_by_role("main").get_by_role(
        "button", name=re.compile(rf"^{name}( \w)?$")
    ).first.click()  # and its key


def choose(page, action: str, done: str, typed: dict[str, str] | None = None) -> None:
    """Do something to the case on the screen, by its form where it has one, and read that it is done."""
    box = page.get_by_role("region", name="À faire", exact=True)
    box.get_by_role("link", name=action).or_(box.get_by_role("button", name=action)).first.click()
    if typed:
        press(page, BUTTONS.get(action, action), typed)
    told(page, done)


def told(page, done: str) -> None:
    """Read what one has just done, and to which case."""
    sentence = re.compile(rf"Vous avez {re.escape(done)} \(2026-[AD]-\d+\)\.")
    page.get_by_role("status").filter(has_text=sentence).wait_for()


def title(page, name: str) -> None:
    """Wait for the page of this name."""
    page.get_by_role("heading", level=1, name=name).wait_for()


def waits(page) -> str:
    """Return the navigation, with its counts."""
    page.wait_for_load_state("load")  # the style sheet too, which hides what narrow screens have
    return " ".join(page.get_by_role("navigation", name="Principal").inner_text().split())


def acts(hall, login: str) -> list[str]:
    """Return what somebody did today, in its order, as the journals tell it."""
    with hall.database.reader() as session:
        mine = select(Event.action).where(Event.actor_id == hall.town.staff[login].id, Event.at >= hall.now)
        return list(session.scalars(mine.order_by(Event.at, Event.case_id, Event.seq)))


def test_the_front_desk_registers_sorts_and_posts(hall, open_page):  # noqa: F811
    hall.letter(title="Banc cassé", channel="post")
    hall.now = NINE + timedelta(days=1)
    marc = open_page("marc", script=True)
    go(marc, "Enregistrer")
    for name in ("Trottoir", "Lampadaire"):
        marc.wait_for_load_state("load")  # the script that looks for them
        marc.get_by_label("Expéditeur", exact=True).fill("petit nadia")
        marc.get_by_text("a déjà écrit le").wait_for()
        fill(marc, {"Objet": name, "Sujet": "Voirie, trottoirs"})
        marc.get_by_role("button", name="Enregistrer et suivant").last.click()
        marc.get_by_role("status").get_by_text("Enregistré sous le n°").wait_for()
    go(marc, "À qualifier")
    assert "À qualifier 3" in waits(marc)
    marc.get_by_role("link", name="Banc cassé", exact=True).click()
    title(marc, "Banc cassé")
    choose(marc, "Qualifier", "qualifié le courrier", {"Sujet": "Voirie, trottoirs → Voirie"})
    go(marc, "À qualifier")
    marc.locator(".ct-row", has_text="Trottoir").get_by_role("link", name="Qualifier").click()
    press(marc, "Qualifier", {"Sujet": "Voirie, trottoirs → Voirie"})
    told(marc, "qualifié le courrier")
    title(marc, "Qualifier")  # the next letter, at once
    assert marc.get_by_role("main").get_by_role("link", name="Lampadaire").count() == 1
    assert "À qualifier 1" in waits(marc)

    assert acts(hall, "marc").count("open") == 2
    assert acts(hall, "marc").count("triage") == 2


def test_an_officer_takes_asks_notes_writes_and_finds_again(hall, open_page):  # noqa: F811
    hall.letter(
        ("marc", "triage", hall.on("voirie")),
        ("denis", "assign", {"officer": hall.town.anne.id}),
        title="Trou rue Basse",
    )
    letter(hall, "Trottoir cassé", received_on=MONDAY - timedelta(days=10))
    later(hall, 25)
    anne = open_page("anne", script=True)
    assert "En retard 1" in waits(anne)
    row = anne.locator(".ct-row", has_text="Trou rue Basse")
    row.get_by_role("button", name="Prendre en charge").click()
    told(anne, "pris le dossier en charge")
    anne.get_by_role("link", name="Trottoir cassé", exact=True).click()
    title(anne, "Trottoir cassé")
    press(anne, "Ajouter", {"Note interne": "Vu sur place avec @Denis."})
    anne.get_by_text("note ajoutée").wait_for()
    choose(
        anne,
        "Demander un avis",
        "demandé un avis",
        {"Service consulté": "Propreté", "Question": "Qui balaie ici ?", "Avis attendu le": "2026-12-22"},
    )
    anne.get_by_label("Chercher un dossier").fill("trou basse")
    anne.get_by_label("Chercher un dossier").press("Enter")
    anne.get_by_role("main").get_by_role("link", name="Trou rue Basse").first.click()
    title(anne, "Trou rue Basse")
    choose(
        anne,
        "Rédiger la réponse",
        "rédigé un projet de réponse",
        {"Texte de la réponse": "Réparé en janvier.", "Sens de la réponse": "Réponse favorable"},
    )

    assert acts(hall, "anne") == ["take_charge", "draft_answer", "note_added", "ask_opinion"]


def test_a_head_sees_what_comes_shares_it_out_and_sends_a_draft_back(hall, open_page):  # noqa: F811
    for name in ("Trou rue Basse", "Trou rue Haute"):
        letter(hall, name)
    letter(hall, "Trottoir cassé", *SUBMITTED)
    later(hall, 22)
    denis = open_page("denis", script=True)
    go(denis, "Mon service")
    assert "3 dossiers ouverts" in denis.get_by_role("main").inner_text()
    denis.get_by_role("link", name="Réaffecter des dossiers").click()
    for name in ("Trou rue Basse", "Trou rue Haute"):
        denis.get_by_label(name).check()
    press(denis, "Vérifier", {"Donner à": "Paul Perrin (0)"})
    denis.get_by_role("main").get_by_role("button", name="Réaffecter 2 dossiers").click()
    denis.get_by_role("heading", name="2 dossiers").first.wait_for()
    go(denis, "Parapheur")
    title(denis, "Trottoir cassé")
    denis.get_by_text("Refuser le visa").first.click()
    press(denis, "Refuser le visa", {"Ce qu’il faut revoir": "Donnez une date."})
    title(denis, "Parapheur")
    denis.goto("/absences")
    press(
        denis,
        "Noter l’absence",
        {
            "Personne absente": "Anne Arnaud",
            "Du": "2026-12-21",
            "Au, inclus": "2026-12-24",
            "Remplacement": "Paul Perrin, Voirie",
        },
    )

    denis.get_by_text("remplacement : Paul Perrin").first.wait_for()
    assert sorted(acts(hall, "denis")) == ["decline_endorsement", "reassign", "reassign"]


def test_a_director_sees_her_services_and_takes_what_was_escalated_in_hand(hall, open_page):  # noqa: F811
    late = letter(hall, "Trou rue Basse")
    later(hall, 40)
    diane = open_page("diane", script=True)
    go(diane, "Mon service")
    title(diane, "Cadre de vie")
    diane.get_by_role("region", name="Remontés jusqu’à vous").get_by_role(
        "link", name="Trou rue Basse"
    ).click()
    title(diane, "Trou rue Basse")
    choose(diane, "Changer d’agent", "changé l’agent en charge", {"Agent": "Paul Perrin"})
    go(diane, "Mon service")
    diane.get_by_role("link", name="Voirie").first.click()
    title(diane, "Voirie")

    paul = (
        diane.get_by_role("table")
        .first.get_by_role("row")
        .filter(has=diane.get_by_role("link", name="Paul Perrin", exact=True))
    )
    assert paul.get_by_role("cell").first.inner_text() == "1"
    assert acts(hall, "diane") == ["reassign"]
    assert late in diane.get_by_role("main").inner_text()


def test_a_signatory_signs_by_keyboard_and_sends_one_back(hall, open_page):  # noqa: F811
    letter(hall, "Trou rue Basse", *ENDORSED, received_on=MONDAY - timedelta(days=3))
    letter(hall, "Banc cassé", *ENDORSED)
    hall.now = NINE + timedelta(days=1)
    simone = open_page("simone", script=True)
    assert "Parapheur 2" in waits(simone)
    go(simone, "Parapheur")
    title(simone, "Trou rue Basse")
    assert "Le trottoir sera réparé." in simone.get_by_role("region", name="Projet de réponse").inner_text()
    simone.wait_for_load_state("load")
    simone.keyboard.press("a")
    simone.locator("button:focus", has_text="Signer").wait_for()
    simone.keyboard.press("Enter")
    title(simone, "Banc cassé")
    simone.get_by_text("Retourner pour modification").first.click()
    press(simone, "Retourner pour modification", {"Ce qu’il faut revoir": "Citez le règlement."})

    simone.get_by_text("Aucune réponse ne vous attend").wait_for()
    assert waits(simone) == "Ma liste Parapheur Alertes"
    assert sorted(acts(hall, "simone")) == ["decline_signature", "sign"]


def test_the_evaluation_unit_follows_a_missed_promise_to_its_correction(hall, open_page):  # noqa: F811
    letter(hall, "Trou rue Basse")
    later(hall, 35)
    eva = open_page("eva", script=True)
    go(eva, "Dysfonctionnements")
    eva.get_by_role("main").locator(".ct-row a").first.click()
    choose(
        eva,
        "Qualifier",
        "qualifié le dysfonctionnement",
        {"Gravité": "Majeur", "Cause présumée": "Outil", "Service": "Pôle évaluation"},
    )
    choose(eva, "Se charger de l’analyse", "pris l’analyse en charge")
    choose(
        eva,
        "Enregistrer l’analyse",
        "enregistré l’analyse",
        {"Les cinq pourquoi": "L’alerte ne partait pas."},
    )
    choose(
        eva,
        "Proposer un plan d’action",
        "proposé un plan d’action",
        {"Cause racine": "Outil", "Actions, avec qui et quand": "Réparer l’outil."},
    )
    choose(eva, "Valider le plan", "validé le plan", {"Corrigé au plus tard le": "2027-01-15"})
    choose(eva, "Engager la correction", "engagé la correction")
    choose(
        eva,
        "Déclarer corrigé",
        "déclaré le dysfonctionnement corrigé",
        {"Preuve": "L’outil marche.", "Efficacité à vérifier le": "2027-02-01"},
    )
    choose(
        eva,
        "Constater l’efficacité et clore",
        "constaté l’efficacité et clos le dysfonctionnement",
        {"Constat": "Correction efficace", "Ce qui le montre": "Aucun retard en janvier."},
    )
    eva.goto("/dysfonctionnements?onglet=clos")

    assert eva.get_by_role("main").locator(".ct-row").count() == 1
    assert acts(hall, "eva")[-1] == "close"


def test_an_administrator_sets_the_town_up_and_each_change_is_told(hall, open_page):  # noqa: F811
    aline = open_page("aline", script=True)
    go(aline, "Administration")
    for section, add, typed in [
        ("Services", "Ajouter un service", {"Code": "EVE", "Nom": "Espaces verts"}),
        (
            "Sujets",
            "Ajouter un sujet",
            {"Code": "arbre", "Libellé": "Arbres et parcs", "Libellé anglais": "Trees"},
        ),
        (
            "Modèles",
            "Ajouter un modèle",
            {"Nom du modèle": "Arbre abattu", "Texte français": "L’arbre est abattu."},
        ),
    ]:
        aline.get_by_role("link", name=section, exact=False).first.click()
        aline.get_by_role("link", name=add).click()
        for label, value in typed.items():
            aline.get_by_role("main").get_by_label(label, exact=True).fill(value)
        press(aline, "Enregistrer")
        aline.get_by_role("status").wait_for()
    aline.get_by_role("link", name="Fermetures").first.click()
    press(aline, "Ajouter", {"Jour": "2026-12-24", "Motif": "Veille de Noël"})
    aline.get_by_role("link", name="Circuits").first.click()
    aline.get_by_role("link", name="Courrier").first.click()
    aline.get_by_role("heading", name="Ce qui a été prouvé avant la publication").wait_for()
    aline.get_by_role("link", name="Modifications").first.click()

    told = aline.get_by_role("main").inner_text()
    assert all(
        name in told for name in ("Espaces verts", "Arbres et parcs", "Arbre abattu", "Veille de Noël")
    )
    with hall.database.reader() as session:
        whose = select(AdministrationEvent.by_id).where(AdministrationEvent.at >= hall.now)
        assert set(session.scalars(whose)) == {hall.town.aline.id}
