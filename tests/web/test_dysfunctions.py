"""The dysfunctions as pages: tabs, filters, and joining those that share a cause."""

import re
from datetime import timedelta

import pytest

from casetrack.engine import journal, open_case, sweep
from tests.town import MONDAY, NINE, PEOPLE
from tests.web.visitors import words

EVERYBODY = [login for login, *_ in PEOPLE]


@pytest.fixture
def missed(hall) -> str:
    """A letter whose promise was missed."""
    letter = hall.taken()
    hall.now = NINE + timedelta(days=31)
    sweep(hall.database.session, at=hall.now)
    return letter


def reported(hall, *titles: str, **given) -> list[str]:
    """Report dysfunctions by the engine and return their numbers."""
    with hall.database.session() as session:
        town = hall.town
        fields = {"cause": "tool", "service": town.services["VOI"].id, "received_on": MONDAY, **given}
        found = [
            open_case(session, "dysfunction", by=town.eva, at=NINE, title=title, **fields).reference
            for title in titles
        ]
        session.commit()
        return found


def test_a_promise_missed_waits_for_the_evaluation_unit_and_leads_to_its_letter(hall, missed):
    eva = hall.visitor("eva")

    page = eva.get("/dysfonctionnements")

    assert "à qualifier" in words(page)
    assert "Réponse en retard · Voirie" in words(page)
    assert "Promesse dépassée : Trou dans la chaussée" in words(page)
    assert "À examiner · 2" in words(page)
    assert "Dysfonctionnements 2" in words(page)  # in the navigation
    one = re.search(r'href="(/dossiers/2026-D-\d+)"', page.text)[1]
    assert missed in eva.get(one).text
    assert '<p class="ct-crumb"><a href="/dysfonctionnements">' in eva.get(one).text
    assert re.search(
        "<h1>(Promesse dépassée|Point d’étape manqué)\u00a0: Trou dans la chaussée</h1>", eva.get(one).text
    )
    assert "Dysfonctionnement : promesse dépassée · interne" in words(eva.get("/recherche?dossiers=open"))
    assert "a pris le dossier en charge" in words(eva.get(f"/dossiers/{missed}"))
    assert eva.get(f"{one}/actions/group").status_code == 200


def test_a_filter_is_a_link_that_can_be_taken_away(hall, missed):
    eva = hall.visitor("eva")

    page = eva.get("/dysfonctionnements?cause=silence")

    assert "Retirer les filtres" in words(page)
    assert "Aucun dysfonctionnement ouvert ici." in words(page)
    assert "cause=answer_late" in page.text


@pytest.mark.parametrize("tab", ["a-examiner", "en-cours", "recurrents", "clos", "nonsense"])
def test_an_empty_tab_says_so(hall, tab):
    page = hall.visitor("mila").get(f"/dysfonctionnements?onglet={tab}")

    assert page.status_code == 200
    assert "L'horloge en ouvre un à chaque promesse manquée." in words(page)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_an_address_typed_by_hand_gives_a_page(hall, missed):
    eva = hall.visitor("eva")

    for asked in ("apres=nonsense", "apres=2026-11-23.x", f"service={'9' * 40}", "age=-1", "gravite=%00",
                  "etat=%00", "cause=%00", "etat=closed", "onglet=%00", "service=%00"):  # fmt: skip
        assert eva.get(f"/dysfonctionnements?{asked}").status_code == 200, asked
        assert eva.get(f"/questions?{asked}").status_code == 200, asked
    assert eva.get("/dysfonctionnements/regrouper?dossier=%00&dossier=a&principal=%00").status_code == 422


def test_others_have_no_such_page_nor_link(hall):
    for login in EVERYBODY:
        if login in ("eva", "mila"):
            continue
        visitor = hall.visitor(login)
        assert visitor.get("/dysfonctionnements").status_code == 404, login
        assert visitor.get("/dysfonctionnements/regrouper?dossier=2026-D-00001").status_code == 404, login
        visitor.get("/compte")
        assert visitor.post("/dysfonctionnements/regrouper", dossier="2026-D-00001").status_code == 404, login
        assert "Dysfonctionnements" not in words(visitor.get("/alertes")), login


# ---- Joining those that share a cause -----------------------------------------------------------


def checked(visitor, *references: str, main: str = ""):
    """Check some dysfunctions and look at what would change."""
    asked = "&".join(f"dossier={reference}" for reference in references)
    return visitor.get(f"/dysfonctionnements/regrouper?{asked}&principal={main}")


def joined(visitor, page, **changed):
    """Send the form of the page that shows what would change, as it is."""
    form = page.text.split('method="post" action="/dysfonctionnements/regrouper"')[1]
    typed = {
        "dossier": re.findall(r'name="dossier" value="([^"]+)"', form),
        "version": re.findall(r'name="version" value="([^"]+)"', form),
        "principal": re.search(r'name="principal" value="([^"]+)"', form)[1],
        "outcome": "same_cause",
    }
    return visitor.post("/dysfonctionnements/regrouper", **(typed | changed))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_those_that_are_checked_join_one_after_a_page_that_says_what_will_change(hall):
    first, second, third = reported(hall, "Panne du lundi", "Panne du mardi", "Panne du jeudi")
    eva = hall.visitor("eva")
    assert "Regrouper les cochés" in words(eva.get("/dysfonctionnements"))

    page = checked(eva, first, second, third, main=second)
    assert f"2 dysfonctionnements rejoignent {second}" in words(page)
    assert "Signalé" in words(eva.get(f"/dossiers/{first}"))  # nothing has changed
    answer = joined(eva, page)

    assert "2 dysfonctionnements regroupés" in words(answer)
    for number in (first, third):
        assert "Eva Esteve" in words(hall.visitor("mila").get(f"/dossiers/{number}"))
        assert "Regroupé" in words(eva.get(f"/dossiers/{number}"))
    assert "Signalé" in words(eva.get(f"/dossiers/{second}"))
    assert "Clos depuis un an · 2" in words(eva.get("/dysfonctionnements"))
    with hall.database.session() as session:
        assert list(journal.verify(session)) == []


def test_one_alone_is_not_grouped(hall):
    (first,) = reported(hall, "Panne")

    answer = checked(hall.visitor("eva"), first)

    assert answer.status_code == 422
    assert "Il en faut au moins deux" in words(answer)
    nonsense = checked(hall.visitor("eva"), first, "2026-D-99999")
    assert nonsense.status_code == 422
    assert "Il en faut au moins deux" in words(nonsense)
    assert "Laissés de côté" in words(nonsense)


def test_without_what_they_share_nothing_changes(hall):
    first, second = reported(hall, "Panne du lundi", "Panne du mardi")
    eva = hall.visitor("eva")

    answer = joined(eva, checked(eva, first, second), outcome="nonsense")

    assert answer.status_code == 422
    assert "Dites ce qu'ils ont en commun" in words(answer)
    assert "À examiner · 2" in words(eva.get("/dysfonctionnements"))


def test_one_that_a_colleague_changed_meanwhile_is_refused_and_the_others_are_joined(hall):
    first, second, third = reported(hall, "Panne du lundi", "Panne du mardi", "Panne du jeudi")
    eva, mila = hall.visitor("eva"), hall.visitor("mila")
    page = checked(eva, first, second, third)

    mila.do(second, "qualify", severity="minor", cause="tool", service=str(hall.town.services["VOI"].id))
    answer = joined(eva, page)

    assert "1 dysfonctionnement regroupé, 1 refusé" in words(answer)
    assert "Mila Maurin a " in words(answer)


def test_a_sealed_one_is_neither_shown_nor_joined(hall):
    first, second = reported(hall, "Panne du lundi", "Panne du mardi")
    (sealed,) = reported(hall, "Affaire scellée", confidentiality=2, readers=[hall.town.lea.id])
    eva = hall.visitor("eva")
    assert "scellée" not in words(eva.get("/dysfonctionnements"))

    page = checked(eva, first, second, sealed, main=sealed)
    assert "scellée" not in words(page)
    answer = joined(eva, page, dossier=[first, second, sealed], version=["1", "1", "1"], principal=sealed)

    assert "scellée" not in words(answer)
    assert "Signalé" in words(hall.visitor("mila").get(f"/dossiers/{sealed}"))


@pytest.mark.parametrize(
    "path", ["/dysfonctionnements", "/dysfonctionnements/regrouper?dossier={0}&dossier={1}"]
)
def test_a_page_is_at_most_six_queries(hall, counter, path):
    numbers = reported(hall, *(f"Panne {number}" for number in range(12)))
    mila = hall.visitor("mila")
    mila.get(path.format(*numbers))

    with counter() as sent:
        mila.get(path.format(*numbers))

    assert len(sent) <= 6, "\n".join(re.sub(r"\s+", " ", one)[:150] for one in sent)


# ---- Why it happened, and whether it is mended -------------------------------------------------


def test_its_page_says_how_far_it_has_come_and_why_it_happened(hall):
    (number,) = reported(hall, "Panne du lundi")
    eva = hall.visitor("eva")
    eva.do(number, "qualify", severity="major", cause="tool", service=str(hall.town.services["VOI"].id))

    page = words(eva.get(f"/dossiers/{number}"))

    assert "Pourquoi est-ce arrivé, est-ce réparé ?" in page
    assert "Signalé (fait)" in page
    assert "Cause racine pas encore trouvée" in page
    assert "Les lettres concernées" in page
    assert "Pourquoi est-ce arrivé" in words(hall.visitor("denis").get(f"/dossiers/{number}"))
    assert "Les lettres concernées" not in words(hall.visitor("denis").get(f"/dossiers/{number}"))


def test_a_letter_has_no_such_part(hall):
    assert "Pourquoi est-ce arrivé" not in words(hall.visitor("mila").get(f"/dossiers/{hall.taken()}"))


def test_the_facts_show_the_letter_with_its_journal_and_those_alike(hall, missed):
    eva = hall.visitor("eva")
    number = re.search(r"2026-D-\d+", eva.get("/dysfonctionnements?cause=answer_late").text)[0]

    page = eva.get(f"/dysfonctionnements/{number}")

    assert "Son journal, en lecture seule" in words(page)
    assert "Marc Morel : Enregistrement" in words(page)
    assert missed in page.text
    assert "Aucun autre dans ce service pour cette cause depuis un an." in words(page)


def test_the_facts_are_closed_to_others_and_a_sealed_one_does_not_exist(hall):
    (number,) = reported(hall, "Panne du lundi")
    (sealed,) = reported(hall, "Affaire scellée", confidentiality=2, readers=[hall.town.lea.id])

    for login in EVERYBODY:
        visitor = hall.visitor(login)
        nonsense = visitor.get("/dysfonctionnements/2026-D-99999")
        assert visitor.get(f"/dysfonctionnements/{number}").status_code == (
            200 if login in ("eva", "mila") else 404
        )
        if login != "mila":
            closed = visitor.get(f"/dysfonctionnements/{sealed}")
            assert (closed.status_code, words(closed)) == (404, words(nonsense)), login


def test_the_page_of_a_dysfunction_and_its_facts_are_at_most_six_queries(hall, counter, missed):
    mila = hall.visitor("mila")
    number = re.search(r"2026-D-\d+", mila.get("/dysfonctionnements").text)[0]

    for path in (f"/dossiers/{number}", f"/dysfonctionnements/{number}"):
        mila.get(path)
        with counter() as sent:
            mila.get(path)
        assert len(sent) <= 6, "\n".join(re.sub(r"\s+", " ", one)[:150] for one in sent)
