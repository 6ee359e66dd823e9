"""The pile on the screen: put down at once, registered one after the other, shared by the desk."""

from io import BytesIO

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from casetrack.database.tables import Case, Document, PileLine
from tests.web.test_registration import LETTER
from tests.web.visitors import words

PDF = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"


@pytest.fixture
def marc(hall):
    """Marc, at the desk, before an empty pile."""
    visitor = hall.visitor("marc")
    visitor.get("/courriers/lot")
    return visitor


@pytest.fixture
def letter(hall) -> dict:
    """What one types for an ordinary letter."""
    return {**LETTER, "subject": str(hall.town.subjects["voirie"].id)}


def put(visitor, *names: str, **typed):
    """Drop scans, each with a content of its own, or one given as name=content."""
    files = [FileStorage(BytesIO(PDF + name.encode()), name) for name in names]
    boundary, body = encode_multipart({"csrf_token": visitor.token, "document": files, **typed})
    return visitor.client.post(
        "/courriers/lot", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )


def lines(hall) -> list[PileLine]:
    with hall.database.reader() as session:
        return list(session.scalars(select(PileLine).order_by(PileLine.id)))


def joined(hall) -> list[tuple[str, str]]:
    with hall.database.reader() as session:
        query = select(Case.reference, Document.name).join(Document).order_by(Document.id)
        return [tuple(row) for row in session.execute(query)]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_pile_is_registered_letter_after_letter_with_its_document_beside(hall, marc, letter):
    put(marc, "un.pdf", "deux.pdf")
    assert "2 plis attendent" in words(marc.get("/courriers/lot"))

    form = marc.get(marc.post("/courriers/lot/suivant").location)
    first, second = lines(hall)
    assert "Pli 1 sur 2" in words(form)
    assert f'src="/courriers/lot/{first.id}/document"' in form.text
    saved = marc.post("/courriers/nouveau", **letter, pli=first.id)
    assert saved.location == f"/courriers/nouveau?apres=2026-A-000001&pli={second.id}"
    following = words(marc.get(saved.location))
    assert "Pli 2 sur 2" in following
    last = marc.get(marc.post("/courriers/nouveau", **letter, pli=second.id).location)

    assert "La pile est terminée" in words(last)
    assert joined(hall) == [("2026-A-000001", "un.pdf"), ("2026-A-000002", "deux.pdf")]


def test_a_refused_form_keeps_the_scan_beside_it(hall, marc, letter):
    put(marc, "un.pdf")
    number = lines(hall)[0].id

    refused = marc.post("/courriers/nouveau", **letter | {"title": "", "pli": number})

    assert refused.status_code == 422
    assert f'src="/courriers/lot/{number}/document"' in refused.text
    assert lines(hall)[0].status == "waiting"


def test_the_second_of_two_people_is_told_and_registers_nothing(hall, marc, letter):
    put(marc, "un.pdf")
    number = lines(hall)[0].id
    aline = hall.visitor("aline")
    aline.get(f"/courriers/nouveau?pli={number}")
    marc.post("/courriers/nouveau", **letter, pli=number)

    refused = aline.post("/courriers/nouveau", **letter | {"pli": number})

    assert refused.status_code == 422
    assert "Le pli affiché n'attend plus" in words(refused)
    assert 'value="Nid-de-poule rue des Tanneurs"' in refused.text
    assert len(joined(hall)) == 1


def test_back_after_registering_leads_to_the_pile(hall, marc, letter):
    put(marc, "un.pdf")
    number = lines(hall)[0].id
    marc.post("/courriers/nouveau", **letter, pli=number)

    assert marc.get(f"/courriers/nouveau?pli={number}").location == "/courriers/lot"


def test_a_scan_joins_a_case_that_is_there_already(hall, marc, letter):
    first = hall.letter()
    put(marc, "un.pdf")

    marc.post("/courriers/nouveau", **letter, pli=lines(hall)[0].id, attach=first)

    assert joined(hall) == [(first, "un.pdf")]
    assert lines(hall)[0].status == "registered"


def test_a_scan_already_joined_to_a_case_says_so(hall, marc, letter):
    put(marc, "un.pdf")
    marc.post("/courriers/nouveau", **letter, pli=lines(hall)[0].id)
    put(marc, "un.pdf")
    again = lines(hall)[1].id

    assert "déjà joint au dossier 2026-A-000001" in words(marc.get("/courriers/lot"))
    assert "déjà joint au dossier 2026-A-000001" in words(marc.get(f"/courriers/nouveau?pli={again}"))


def test_what_is_removed_is_listed_and_put_back(hall, marc):
    put(marc, "un.pdf", "deux.pdf")
    number = lines(hall)[0].id

    removed = marc.get(marc.post(f"/courriers/lot/{number}/retirer").location)
    assert "« un.pdf » est retiré de la pile." in words(removed)
    assert "Retirés" in words(removed)
    marc.post(f"/courriers/lot/{number}/remettre")

    assert [line.status for line in lines(hall)] == ["waiting", "waiting"]


def test_setting_aside_beside_the_form_opens_the_next_one(hall, marc):
    put(marc, "un.pdf", "deux.pdf")
    first, second = lines(hall)
    marc.get(f"/courriers/nouveau?pli={first.id}")

    assert marc.post(f"/courriers/lot/{first.id}/ecarter", pli=first.id).location.endswith(f"pli={second.id}")
    assert marc.post(f"/courriers/lot/{second.id}/ecarter", pli=second.id).location == "/courriers/lot"


@pytest.mark.parametrize(("alone", "status"), [({}, 422), ({"alone": "1"}, 422)])
def test_of_a_pile_only_the_bad_scans_are_refused(hall, marc, alone, status):
    files = [FileStorage(BytesIO(PDF), "bon.pdf"), FileStorage(BytesIO(b"<html>"), "page.pdf"),
             FileStorage(BytesIO(b""), "vide.pdf")]  # fmt: skip
    boundary, body = encode_multipart({"csrf_token": marc.token, "document": files, **alone})

    refused = marc.client.post(
        "/courriers/lot", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )

    assert refused.status_code == status
    assert "« page.pdf » n'est pas d'un type accepté" in words(refused)
    assert "« vide.pdf » est vide" in words(refused)
    assert [line.name for line in lines(hall)] == ["bon.pdf"]


def test_the_same_scan_twice_is_said_and_waits_once(hall, marc):
    put(marc, "un.pdf")

    assert "« un.pdf » attend déjà dans la pile" in words(put(marc, "un.pdf"))
    assert len(lines(hall)) == 1


def test_the_pile_survives_a_restart(hall, marc):
    put(marc, "un.pdf")

    hall.app = hall.open()

    aline = hall.visitor("aline")
    assert "un.pdf" in words(aline.get("/courriers/lot"))
    assert (
        aline.client.get(f"/courriers/lot/{lines(hall)[0].id}/document", buffered=True).data
        == PDF + b"un.pdf"
    )


@pytest.mark.parametrize("login", ["anne", "mila", "simone"])
def test_nobody_but_the_desk_sees_the_pile(hall, marc, login):
    put(marc, "un.pdf")
    number = lines(hall)[0].id
    stranger = hall.visitor(login)
    stranger.get("/")

    for path in ("", f"/{number}/document", f"/{number}/vignette"):
        assert stranger.get(f"/courriers/lot{path}").status_code == 404
    answer = stranger.client.get(f"/courriers/nouveau?pli={number}", follow_redirects=True)
    assert answer.status_code == (404 if login == "anne" else 403)  # Anne registers, without the pile
    assert "un.pdf" not in answer.text
    for path in ("/suivant", f"/{number}/ouvrir", f"/{number}/retirer"):
        assert stranger.post(f"/courriers/lot{path}").status_code == 404
    assert put(stranger, "deux.pdf").status_code == 404
    assert [line.name for line in lines(hall)] == ["un.pdf"]


def test_the_page_of_the_pile_asks_few_questions_however_long_it_is(hall, marc, counter):
    put(marc, *(f"{n}.pdf" for n in range(3)))
    with counter() as few:
        marc.get("/courriers/lot")
    put(marc, *(f"{n}.pdf" for n in range(3, 30)))

    with counter() as many:
        marc.get("/courriers/lot")

    assert len(many) == len(few) <= 6, many
