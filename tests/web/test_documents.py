"""Documents on the page of a case: sent, shown, and harmless whatever they are."""

from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from casetrack.correspondence import documents
from casetrack.database.tables import Case, Document, Event
from tests.web.visitors import words

PDF = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
PAGE = b"<html><script>alert(document.cookie)</script>"


@pytest.fixture
def case(hall) -> str:
    """A letter that Anne has taken charge of."""
    return hall.taken()


@pytest.fixture
def anne(hall, case):
    """Anne, before the page of her case."""
    visitor = hall.visitor("anne")
    visitor.get(f"/dossiers/{case}")
    return visitor


def send(visitor, case: str, *files: tuple[bytes, str], **typed):
    """Send the form of the documents with these files."""
    sent = [FileStorage(BytesIO(content), name) for content, name in files]
    boundary, body = encode_multipart({"csrf_token": visitor.token, "document": sent, **typed})
    kind = f"multipart/form-data; boundary={boundary}"
    return visitor.client.post(f"/dossiers/{case}/documents", data=body, content_type=kind)


def fetch(visitor, path: str):
    """Get a document, whole."""
    return visitor.client.get(path, buffered=True)


def joined(hall) -> list[Document]:
    with hall.database.reader() as session:
        return list(session.scalars(select(Document).order_by(Document.id)))


def test_a_document_is_joined_shown_and_told_in_the_history(hall, case, anne):
    answer = send(anne, case, (PDF, "Plan du trottoir.pdf"))

    assert answer.location == f"/dossiers/{case}#documents"
    page = anne.get(f"/dossiers/{case}")
    assert "Plan du trottoir.pdf PDF, 1 ko" in words(page)
    assert "Vous avez joint un document" in words(page)
    number = joined(hall)[0].id
    assert (
        f'<iframe class="ct-preview ct-preview-page" src="/dossiers/{case}/documents/{number}"' in page.text
    )
    assert fetch(anne, f"/dossiers/{case}/documents/{number}").data == PDF


def test_a_form_that_was_open_is_not_disturbed(hall, case, anne):
    form = anne.get(f"/dossiers/{case}/actions/draft_answer").text
    version = form.split('name="version" value="')[1].split('"')[0]
    paul = hall.visitor("paul")
    paul.get(f"/dossiers/{case}")
    send(paul, case, (PDF, "plan.pdf"))

    answer = anne.post(
        f"/dossiers/{case}/actions/draft_answer", version=version, answer="Texte", outcome="refusal"
    )

    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("content", "name", "kind", "disposition"),
    [
        (PDF, "plan.pdf", "application/pdf", "inline; filename=plan.pdf"),
        (PNG, "photo.png", "image/png", "inline; filename=photo.png"),
        (b"Dites-le.", "mot.txt", "text/plain; charset=utf-8", "inline; filename=mot.txt"),
        (b"II*\0\x08\0\0\0", "fax.tif", "image/tiff", "attachment; filename=fax.tif"),
        (b"From: a@b.fr\nSubject: x\n\n" + PAGE, "m.eml", "message/rfc822", "attachment; filename=m.eml"),
        (PDF, "page.html", "application/pdf", "inline; filename=page.html.pdf"),
        (PDF, "le plan (1).pdf", "application/pdf", 'inline; filename="le plan (1).pdf"'),
        (PDF, "été.pdf", "application/pdf", "inline; filename=ete.pdf; filename*=UTF-8''%C3%A9t%C3%A9.pdf"),
    ],
)  # fmt: skip
def test_a_document_is_served_as_what_it_is_and_can_do_nothing(
    hall, case, anne, content, name, kind, disposition
):
    send(anne, case, (content, name))

    answer = fetch(anne, f"/dossiers/{case}/documents/{joined(hall)[0].id}")

    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Disposition"] == disposition
    policy = answer.headers["Content-Security-Policy"]
    assert policy == "sandbox; default-src 'none'; frame-ancestors 'self'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (PAGE, "lettre.pdf", "« lettre.pdf » n'est pas d'un type accepté"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "logo.svg", "n'est pas d'un type accepté"),
        (b"", "vide.pdf", "« vide.pdf » est vide"),
        (PDF + b"x" * 26_000_000, "lourd.pdf", "« lourd.pdf » dépasse 25 Mo"),
        (b"MZ\0", "<script>alert(1)</script>.exe", "n'est pas d'un type accepté"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_is_joined(hall, case, anne, content, name, sentence):
    refused = send(anne, case, (content, name))

    assert refused.status_code == 422
    assert sentence in words(refused)
    assert "<script>alert" not in refused.text
    assert joined(hall) == []


def test_beside_a_refused_document_the_good_one_is_kept_and_offered_again(hall, case, anne):
    refused = send(anne, case, (PDF, "plan.pdf"), (PAGE, "page.pdf"))
    claim = refused.text.split('name="claim" value="')[1].split('"')[0]
    assert joined(hall) == []
    assert fetch(anne, f"/documents/{claim}").data == PDF

    send(anne, case, claim=claim)

    assert [document.name for document in joined(hall)] == ["plan.pdf"]


def test_what_one_person_sent_cannot_be_claimed_by_another(hall, case, anne):
    refused = send(anne, case, (PDF, "plan.pdf"), (PAGE, "page.pdf"))
    claim = refused.text.split('name="claim" value="')[1].split('"')[0]
    paul = hall.visitor("paul")
    paul.get(f"/dossiers/{case}")

    assert paul.get(f"/documents/{claim}").status_code == 404
    assert paul.get("/documents/forged").status_code == 404
    assert send(paul, case, claim=claim).status_code == 422
    assert joined(hall) == []


def test_a_form_without_document_says_so(case, anne):
    refused = send(anne, case)

    assert refused.status_code == 422
    assert "Choisissez d'abord un document" in words(refused)


def test_the_document_of_a_case_one_may_not_read_does_not_exist(hall, case, anne):
    send(anne, case, (PDF, "plan.pdf"))
    number = joined(hall)[0].id
    lea = hall.visitor("lea")
    lea.get("/")

    closed = lea.get(f"/dossiers/{case}/documents/{number}")
    nonsense = lea.get("/dossiers/2026-A-999999/documents/1")

    assert (closed.status_code, words(closed)) == (404, words(nonsense))
    assert send(lea, case, (PDF, "autre.pdf")).status_code == 404
    assert len(joined(hall)) == 1


def test_a_document_is_not_reached_through_another_case(hall, case, anne):
    send(anne, case, (PDF, "plan.pdf"))
    other = hall.taken()

    assert anne.get(f"/dossiers/{other}/documents/{joined(hall)[0].id}").status_code == 404


def test_a_stranger_cannot_fill_the_disk(hall, case):
    stranger = hall.visitor()
    stranger.get("/connexion")

    answer = send(stranger, case, (PDF + b"x" * 3_000_000, "a.pdf"))

    assert answer.status_code == 413
    assert not hall.settings.documents_dir.exists()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_a_document_sent_twice_is_joined_once(hall, case, anne):
    for _ in range(2):
        send(anne, case, (PDF, "plan.pdf"))

    with hall.database.reader() as session:
        lines = session.scalars(select(Event).where(Event.action == "document_added")).all()
    assert (len(joined(hall)), len(lines)) == (1, 1)


def picture() -> bytes:
    """Return a page of one colour."""
    whole = BytesIO()
    Image.new("RGB", (600, 800), "#0e5a63").save(whole, "PNG")
    return whole.getvalue()


def test_a_document_has_a_thumbnail_for_those_who_may_read_its_case(hall, case, anne):
    send(anne, case, (picture(), "plan.png"))
    address = f"/dossiers/{case}/documents/{joined(hall)[0].id}/vignette"

    shown = fetch(anne, address)
    closed = fetch(hall.visitor("lea"), address)

    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert Image.open(BytesIO(shown.data)).size == (240, 320)
    assert closed.status_code == 404


def test_what_cannot_be_drawn_shows_a_blank_page(hall, case, anne):
    send(anne, case, (PNG, "abime.png"))

    shown = fetch(anne, f"/dossiers/{case}/documents/{joined(hall)[0].id}/vignette")

    assert (shown.status_code, shown.mimetype) == (200, "image/svg+xml")


def test_a_confidential_document_is_not_seen_without_leaving_a_trace(hall):
    sealed = hall.letter(confidentiality=2, readers=[hall.town.lea.id])
    lea = hall.visitor("lea")
    lea.get(f"/dossiers/{sealed}")
    send(lea, sealed, (picture(), "plan.png"))

    assert fetch(lea, f"/dossiers/{sealed}/documents/{joined(hall)[0].id}/vignette").status_code == 404


def test_the_thumbnail_of_a_document_that_waits_is_for_whoever_sent_it(hall, case, anne):
    refused = send(anne, case, (picture(), "plan.png"), (PAGE, "page.pdf"))
    claim = refused.text.split('name="claim" value="')[1].split('"')[0]
    paul = hall.visitor("paul")

    assert fetch(anne, f"/documents/{claim}/vignette").mimetype == "image/jpeg"
    assert fetch(paul, f"/documents/{claim}/vignette").status_code == 404


def test_a_document_that_was_cleared_meanwhile_is_asked_for_again(hall, case, anne):
    refused = send(anne, case, (PDF, "plan.pdf"), (PAGE, "page.pdf"))
    claim = refused.text.split('name="claim" value="')[1].split('"')[0]
    for content in hall.settings.documents_dir.glob("[0-9a-f][0-9a-f]/*"):
        content.unlink()

    again = send(anne, case, claim=claim)

    assert again.status_code == 422
    assert "« plan.pdf » n'est plus gardé : choisissez-le de nouveau" in words(again)


def claim_in(answer) -> str:
    return answer.text.split('name="claim" value="')[1].split('"')[0]


def test_a_claim_ends_after_a_day(hall, case, anne):
    claim = claim_in(send(anne, case, (PDF, "plan.pdf"), (PAGE, "page.pdf")))
    hall.now += timedelta(hours=23)
    assert fetch(hall.visitor("anne"), f"/documents/{claim}").data == PDF

    hall.now += timedelta(hours=2)

    late = hall.visitor("anne")
    late.get(f"/dossiers/{case}")
    assert late.get(f"/documents/{claim}").status_code == 404
    assert send(late, case, claim=claim).status_code == 422


def test_a_claim_opens_nothing_once_its_letter_is_sealed(hall, case, anne):
    claim = claim_in(send(anne, case, (PDF, "plan.pdf"), (PAGE, "page.pdf")))
    sealed = hall.letter(confidentiality=2, readers=[hall.town.lea.id])
    with hall.database.session() as session:
        letter = session.scalars(select(Case).where(Case.reference == sealed)).one()
        kept = documents.keep(hall.settings.documents_dir, BytesIO(PDF), name="plan.pdf", largest=1_000)
        documents.attach(session, letter, kept, by=hall.town.lea, at=hall.now)
        session.commit()

    assert anne.get(f"/documents/{claim}").status_code == 404
    assert anne.get(f"/documents/{claim}/vignette").status_code == 404
    assert send(anne, case, claim=claim).status_code == 422


def test_one_account_does_not_fill_the_store_in_a_day(hall, case, anne, monkeypatch):
    monkeypatch.setattr(documents, "MOST_A_DAY", 2 * len(PDF))
    send(anne, case, (PDF, "un.pdf"), (PDF + b"%", "deux.pdf"))

    refused = send(anne, case, (PDF + b"%%", "trois.pdf"))

    assert refused.status_code == 422
    assert "Go de documents aujourd'hui : continuez demain" in words(refused)
    assert len(joined(hall)) == 2
    hall.now += timedelta(days=1)
    anne = hall.visitor("anne")
    anne.get(f"/dossiers/{case}")
    assert send(anne, case, (PDF + b"%%", "trois.pdf")).status_code == 302
