"""The search box and its page: with the browser alone, for everybody, and never beyond what they may read."""

import csv
import html
import io
import re
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from casetrack.database.tables import Case
from casetrack.oversight import search
from casetrack.oversight.search_index import index_case, index_stale
from tests.town import NINE, PEOPLE
from tests.web.visitors import words

READERS = ("mila", "lea")


@pytest.fixture
def indexed(hall):
    """Let the worker read every case that the engine registered behind the pages."""

    def read() -> None:
        with hall.database.session() as session:
            index_stale(session)
            session.commit()

    return read


def test_a_letter_registered_at_the_desk_is_found_at_once(hall):
    marc = hall.visitor("marc")
    marc.get("/courriers/nouveau")
    marc.post("/courriers/nouveau", received_on="2026-11-23", channel="post", sender="none", confidentiality="0",
              title="Nid de guêpes à l'école", subject=str(hall.town.subjects["voirie"].id))  # fmt: skip

    page = words(marc.get("/recherche?q=GUEPES écoles"))

    assert "1 dossier" in page
    assert (
        "Nid de guêpes à l'école expéditeur inconnu · courrier · reçu lun. 23 novembre · 2026-A-000001"
        in page
    )


def test_what_an_officer_writes_is_found_at_once(hall):
    case = hall.taken()
    hall.visitor("anne").do(case, "draft_answer", answer="L'enrobé sera refait.", outcome="refusal")

    assert case in words(hall.visitor("paul").get("/recherche?q=enrobés"))


def test_a_search_that_looked_at_the_latest_only_says_so_and_goes_on(hall, indexed, monkeypatch):
    old, new = hall.letter(title="Trou ancien"), hall.letter(title="Lampe")
    indexed()
    for name, number in {"FEW": 0, "MANY": 0, "REACH": 1}.items():
        monkeypatch.setattr(search, name, number)
    marc = hall.visitor("marc")

    page = marc.get("/recherche?q=trou&liste=1")

    assert "Rien parmi les courriers arrivés depuis le lundi 23 novembre 2026. Chercher plus loin" in words(
        page
    )
    assert old not in page.text
    further = re.search(r'href="([^"]*apres=[^"]*)"', page.text)
    assert further
    page = marc.get(html.unescape(further[1]))
    assert old in page.text
    assert new not in page.text
    assert "Chercher plus loin" in words(page)
    assert "Il n'y a rien de plus" in words(marc.get("/recherche?q=trou&liste=1&apres=3.2000-01-01.1"))


@pytest.mark.parametrize("typed", ["2026-A-000001", "2026-a-1", " n° 2026 A 1 ", "A1"])
def test_a_number_typed_at_the_top_leads_to_its_case(hall, indexed, typed):
    case = hall.taken()
    indexed()

    assert hall.visitor("anne").get("/recherche", query_string={"q": typed}).location == f"/dossiers/{case}"


def test_a_number_of_nothing_says_the_same_as_one_that_is_closed_to_me(hall, indexed):
    sealed = hall.letter(confidentiality=2, readers=[hall.town.lea.id])
    indexed()

    closed = hall.visitor("anne").get(f"/recherche?q={sealed}")
    nothing = hall.visitor("anne").get("/recherche?q=2026-A-999999")

    assert closed.status_code == nothing.status_code == 200
    assert words(closed).replace(sealed, "") == words(nothing).replace("2026-A-999999", "")


def test_filters_are_chips_that_one_takes_away(hall, indexed):
    case = hall.taken()
    indexed()
    service = hall.town.services["VOI"].id

    page = hall.visitor("anne").get(
        f"/recherche?liste=1&q=trou&service={service}&du=2026-11-01&dossiers=open"
    )

    assert case in words(page)
    assert "Retirer le filtre Service Voirie" in words(page)
    assert f'href="/recherche?liste=1&amp;q=trou&amp;service={service}&amp;dossiers=open"' in page.text
    assert 'href="/recherche?liste=1&amp;q=trou&amp;du=2026-11-01&amp;dossiers=open"' in page.text


def test_late_letters_are_found_by_their_dates(hall, indexed):
    late = hall.taken()
    indexed()
    assert late not in words(hall.visitor("anne").get("/recherche?retard=1"))

    hall.now = NINE + timedelta(days=40)

    assert late in words(hall.visitor("anne").get("/recherche?retard=1"))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/recherche", "Que cherchez-vous ?"),
        (
            "/recherche?q=licorne",
            "Aucun dossier trouvé pour « licorne » parmi ceux que vous pouvez lire. Tous les mots",
        ),
        ("/recherche?q=licorne&retard=1", "Chercher sans les filtres"),
        ("/recherche?canal=email", "Aucun dossier n'a ces filtres parmi ceux que vous pouvez lire."),
        ("/recherche?q=trou&apres=0.2020-01-01.1", "Il n'y a rien de plus."),
    ],
)
def test_an_empty_page_says_what_to_do(hall, indexed, path, sentence):
    hall.taken()
    indexed()

    if "apres" in path:
        path = path.replace("0.2020", "2.2020")
    assert sentence in words(hall.visitor("anne").get(path))


def test_a_search_is_kept_opened_and_forgotten(hall, indexed):
    case = hall.taken()
    indexed()
    anne = hall.visitor("anne")
    anne.get("/recherche?q=trou&dossiers=open")

    kept = anne.post("/recherche", q="trou", dossiers="open", name="Mes trous")
    page = anne.get(kept.location)

    assert "Recherche gardée." in words(page)
    assert '<a href="/recherche?liste=1&amp;q=trou&amp;dossiers=open">Mes trous</a>' in page.text
    assert case in words(anne.get("/recherche?liste=1&q=trou&dossiers=open"))
    assert "Mes trous" not in words(hall.visitor("paul").get("/recherche"))
    number = page.text.split('name="search" value="')[1].split('"')[0]
    anne.post("/recherche/oublier", search=number)
    assert "Mes trous" not in words(anne.get("/recherche"))


def test_a_search_without_a_name_is_refused_and_nothing_is_lost(hall):
    anne = hall.visitor("anne")
    anne.get("/recherche?q=trou")

    page = anne.post("/recherche", q="trou", canal="post", name="")

    assert page.status_code == 422
    assert "Donnez un nom à cette recherche." in words(page)
    assert 'name="canal" value="post"' in page.text


def exported(answer, kind: str) -> list[list]:
    if kind == "csv":
        return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_what_is_seen_is_what_is_exported(hall, indexed, kind):
    seen = [hall.taken(), hall.taken(title="=HYPERLINK(trou)")]
    hall.letter(title="Trou ailleurs", subject="cada")
    hall.letter(title="Trou sous scellés", confidentiality=2, readers=[hall.town.lea.id])
    indexed()

    answer = hall.visitor("anne").client.get(f"/recherche/export.{kind}?q=trou&dossiers=open")
    head, *rows = exported(answer, kind)

    assert answer.headers["Content-Disposition"] == f'attachment; filename="recherche-2026-11-23.{kind}"'
    assert head[:5] == ["Référence", "Objet", "Expéditeur", "Canal", "Reçu le"]
    assert [row[0] for row in rows] == list(reversed(seen))
    assert rows[0][1] == ("'=HYPERLINK(trou)" if kind == "csv" else "=HYPERLINK(trou)")
    assert rows[1][2:6] == [
        "Mme Nadia Petit", "courrier", "23/11/2026" if kind == "csv" else date(2026, 11, 23), "Voirie, trottoirs",
    ]  # fmt: skip


def test_a_long_export_is_sent_while_it_is_read(hall, indexed, monkeypatch):
    monkeypatch.setattr("casetrack.oversight.search.EXPORTED", 2)
    seen = [hall.taken() for _ in range(5)]
    indexed()

    answer = hall.visitor("anne").client.get("/recherche/export.csv?q=trou")

    assert answer.is_streamed
    assert [row[0] for row in exported(answer, "csv")[1:]] == list(reversed(seen))


def test_a_kind_of_file_that_does_not_exist_is_no_page(hall):
    assert hall.visitor("anne").get("/recherche/export.exe?q=trou").status_code == 404


@pytest.mark.parametrize("login", [login for login, *_ in PEOPLE])
def test_a_sealed_case_is_neither_found_counted_nor_exported(hall, indexed, login):
    sealed = hall.letter(confidentiality=2, readers=[hall.town.lea.id], title="Signalement sous scellés",
                         citizen=None)  # fmt: skip
    indexed()
    visitor = hall.visitor(login)

    for query in ("q=signalement", "q=scelles", "canal=post", f"liste=1&q={sealed}", "dossiers=open"):
        page = (
            visitor.get(f"/recherche?{query}")
            .text.replace(f'value="{sealed}"', "")
            .replace(f"q={sealed}", "")
            .replace(f"«\u00a0{sealed}\u00a0»", "")  # the question itself
        )
        files = [visitor.client.get(f"/recherche/export.{kind}?{query}") for kind in ("csv", "xlsx", "ods")]
        rows = [exported(file, kind)[1:] for file, kind in zip(files, ("csv", "xlsx", "ods"), strict=True)]
        if login in READERS:
            assert "Signalement sous scellés" in page
            assert [len(found) for found in rows] == [1, 1, 1]
        else:
            assert "Signalement" not in page
            assert sealed not in page
            assert rows == [[], [], []]


PARAMETERS = [
    "q",
    "service",
    "agent",
    "sujet",
    "etat",
    "canal",
    "du",
    "au",
    "dossiers",
    "retard",
    "apres",
    "liste",
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    typed=st.dictionaries(st.sampled_from(PARAMETERS), st.text(max_size=30) | st.from_regex(r"[\d.\-]{1,40}"))
)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_no_address_breaks_the_page(hall, typed):
    typed = {name: text.encode("utf-8", "replace").decode() for name, text in typed.items()}
    anne = hall.visitor("anne").client

    assert anne.get("/recherche", query_string=typed).status_code in (200, 302)
    assert anne.get("/recherche/export.csv", query_string=typed, buffered=True).status_code == 200


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_the_page_asks_six_questions_whatever_its_length(hall, indexed, counter):
    hall.taken()
    indexed()
    anne = hall.visitor("anne")
    anne.get("/recherche?q=trou")
    with counter() as frame:
        anne.get("/nulle-part")
    with counter() as short:
        anne.get("/recherche?q=trou&dossiers=open")
    for _ in range(20):
        hall.taken()
    indexed()
    with counter() as long:
        anne.get("/recherche?q=trou&dossiers=open")

    assert len(long) == len(short)
    assert len(long) - len(frame) <= 6


def test_pages_of_results_follow_one_another(hall, indexed, monkeypatch):
    with hall.database.session() as session:
        references = {hall.taken() for _ in range(51)}
        for case in session.scalars(select(Case)):
            index_case(session, case)
        session.commit()
    anne = hall.visitor("anne")

    first = anne.get("/recherche?q=trou")
    following = (
        first.text.split('class="btn btn-outline-secondary" href="')[1].split('"')[0].replace("&amp;", "&")
    )
    second = anne.get(following)

    assert "Les 50 premiers dossiers" in words(first)
    assert "Suite : 1 dossier" in words(second)
    assert "Revenir aux premiers résultats" in words(second)
    assert {ref for ref in references if ref in first.text} | {
        ref for ref in references if ref in second.text
    } == references
