"""A document: kept whole or not at all, once, and taken for what it is."""

import io
import signal
import subprocess
import sys
import zipfile
from hashlib import sha256

import pytest
from sqlalchemy import select

from casetrack.correspondence import documents
from casetrack.database.tables import Document, Event
from casetrack.engine import journal, open_case
from casetrack.errors import InvalidInput
from tests.town import MONDAY, NINE, settle

LARGEST = 25_000_000
PDF = b"%PDF-1.4\n1 0 obj\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
LETTER = "De : Nadia\n\nMadame la Maire,\nle trottoir est cassé.\n"


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    return tmp_path / "documents"


@pytest.fixture
def hall(session):
    """The town hall."""
    return settle(session)


@pytest.fixture
def case(session, hall):
    """A letter just registered."""
    return open_case(session, "letter", by=hall.marc, at=NINE, title="Trottoir", received_on=MONDAY,
                     citizen=hall.citizen, subject=hall.subjects["voirie"])  # fmt: skip


def keep(store, content: bytes, name: str = "lettre.pdf", largest: int = LARGEST):
    return documents.keep(store, io.BytesIO(content), name=name, largest=largest)


def files(store) -> list[str]:
    return sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())


def zipped(**parts: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            how = zipfile.ZIP_STORED if name == "mimetype" else None
            archive.writestr(name, text, how)
    return whole.getvalue()


DOCX = zipped(**{"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"})


def test_a_content_is_found_under_its_hash(store):
    kept = keep(store, PDF)

    digest = sha256(PDF).hexdigest()
    assert (kept.sha256, kept.type, kept.size, kept.name) == (
        digest,
        "application/pdf",
        len(PDF),
        "lettre.pdf",
    )
    assert files(store) == [f"{digest[:2]}/{digest[2:]}"]
    assert documents.path_of(store, digest).read_bytes() == PDF


def test_the_same_content_is_kept_once_under_any_name(store):
    first, second = keep(store, PDF, "lettre.pdf"), keep(store, PDF, "copie.pdf")

    assert first.sha256 == second.sha256
    assert second.name == "copie.pdf"
    assert len(files(store)) == 1


@pytest.mark.parametrize(
    ("content", "name", "kind", "called"),
    [
        (PDF, "scan.PDF", "application/pdf", "scan.pdf"),
        (PDF, "facture.exe", "application/pdf", "facture.exe.pdf"),  # the name lies
        (PDF + b"<script>alert(1)</script>", "page.html", "application/pdf", "page.html.pdf"),  # two things at once
        (PNG, "photo.jpg", "image/png", "photo.jpg.png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "photo.jpeg", "image/jpeg", "photo.jpeg"),
        (b"GIF89a\1\0", "g", "image/gif", "g.gif"),
        (b"RIFF\4\0\0\0WEBPVP8 ", "p.webp", "image/webp", "p.webp"),
        (b"II*\0\x08\0\0\0", "fax.tif", "image/tiff", "fax.tif"),
        (zipped(mimetype=documents.ODT, content="x"), "a.odt", documents.ODT, "a.odt"),
        (DOCX, "a.docx", documents.DOCX, "a.docx"),
        (zipped(**{"[Content_Types].xml": "", "xl/workbook.xml": ""}), "a.xlsx", documents.XLSX, "a.xlsx"),
        (b"Received: by mx\r\nFrom: a@b.fr\r\n\r\nBonjour", "m.eml", "message/rfc822", "m.eml"),
        (documents.OLE + "__properties_version1.0".encode("utf-16-le"), "m.msg", documents.MSG, "m.msg"),
        (LETTER.encode(), "l.txt", documents.UTF_8, "l.txt"),
        (LETTER.encode("cp1252"), "l.txt", documents.WINDOWS, "l.txt"),
        (b"x" * (documents.HEAD - 1) + "é".encode(), "l.txt", documents.UTF_8, "l.txt"),  # a letter cut in two
    ],
)  # fmt: skip
def test_a_document_is_what_its_content_says(store, content, name, kind, called):
    kept = keep(store, content, name)

    assert (kept.type, kept.name) == (kind, called)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "vide.pdf", "empty"),
        (b"   \n", "blanc.txt", "unknown_type"),
        (b"<html><script>alert(1)</script>", "lettre.pdf", "unknown_type"),
        (b"\xef\xbb\xbf \n<!doctype html>", "lettre.txt", "unknown_type"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "logo.svg", "unknown_type"),
        (b'<?xml version="1.0"?><svg/>', "logo.png", "unknown_type"),
        (b"MZ\x90\0", "facture.pdf", "unknown_type"),
        (b"\n%PDF-1.4", "deux.pdf", "unknown_type"),  # something stands before the PDF
        (b"RIFF\4\0\0\0WAVE", "son.webp", "unknown_type"),
        (zipped(**{"virus.exe": "x"}), "archive.docx", "unknown_type"),
        (zipped(**{"[Content_Types].xml": "", "word/document.xml": "", "word/vbaProject.bin": ""}), "a.docm", "unknown_type"),
        (documents.OLE + b"\0" * 100, "vieux.doc", "unknown_type"),
        (PDF + b"x" * LARGEST, "lourd.pdf", "too_large"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_by_its_name_and_leaves_nothing(store, content, name, code):
    with pytest.raises(InvalidInput) as refusal:
        keep(store, content, name)

    assert refusal.value.code == code
    assert name in refusal.value.sentence.fr
    assert files(store) == []


def test_a_zip_that_would_fill_the_disk_is_never_opened(store):
    bomb = zipped(**{"[Content_Types].xml": "", "word/document.xml": "0" * 50_000_000})

    kept = keep(store, bomb, "bombe.docx")

    assert (kept.type, kept.size) == (documents.DOCX, len(bomb))
    assert len(bomb) < 100_000


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Scans\\lettre.pdf", "lettre.pdf"),
        ('le "bon" document.pdf', 'le "bon" document.pdf'),
        ("lettre\u202efdp.exe", "lettrefdp.exe.pdf"),  # shown as lettreexe.pdf
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf"),
        ("رسالة.pdf", "رسالة.pdf"),  # letters that are read from the right are letters
        ("e\u0301te\u0301.pdf", "été.pdf"),
        (".pdf", "pdf.pdf"),
        ("..", "document.pdf"),
        ("", "document.pdf"),
        ("é" * 200 + ".pdf", "é" * 150 + ".pdf"),
    ],
)
def test_a_name_is_made_safe_and_stays_readable(store, given, called):
    assert keep(store, PDF, given).name == called


def test_a_document_joins_its_case_once_and_the_journal_says_so(session, hall, case, store):
    kept = keep(store, PDF, "Lettre de Nadia Petit.pdf")

    first = documents.attach(session, case, kept, by=hall.marc, at=NINE)
    again = documents.attach(session, case, kept, by=hall.anne, at=NINE)

    assert first is again
    assert documents.of_case(session, case) == [first]
    line = session.scalars(select(Event).where(Event.action == "document_added")).one()
    assert kept.sha256 in line.payload
    assert "Nadia" not in line.payload
    assert (line.actor_id, line.from_state) == (hall.marc.id, line.to_state)


def test_a_document_disturbs_no_form_and_breaks_no_chain(session, hall, case, store):
    before = case.version

    documents.attach(session, case, keep(store, PDF), by=hall.marc, at=NINE)
    session.flush()
    session.refresh(case)

    assert case.version == before
    assert list(journal.verify(session)) == []


def test_the_same_content_may_belong_to_two_cases(session, hall, case, store):
    other = open_case(session, "letter", by=hall.marc, at=NINE, title="Copie", received_on=MONDAY,
                      citizen=hall.citizen, subject=hall.subjects["voirie"])  # fmt: skip

    for one in (case, other):
        documents.attach(session, one, keep(store, PDF), by=hall.marc, at=NINE)

    assert len(session.scalars(select(Document)).all()) == 2
    assert len(files(store)) == 1


SLOW = """
import sys
from pathlib import Path
from casetrack.correspondence import documents

class Endless:
    def read(self, size):
        sys.stdout.write("."); sys.stdout.flush()
        return b"%PDF-" + b"x" * size

documents.keep(Path(sys.argv[1]), Endless(), name="lettre.pdf", largest=10**12)
"""


def test_a_process_killed_while_it_writes_leaves_no_half_document(store):
    writer = subprocess.Popen([sys.executable, "-c", SLOW, str(store)], stdout=subprocess.PIPE)
    writer.stdout.read(5)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()

    assert all(name.startswith("arriving") for name in files(store))
    assert keep(store, PDF).size == len(PDF)


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("faux.pdf.txt", documents.UTF_8, "renommé\u00a0: il n'est pas un PDF, son contenu est\u00a0: texte"),
        ("photo.JPG.pdf", documents.PDF, "renommé\u00a0: il n'est pas un JPG, son contenu est\u00a0: PDF"),
        ("lettre.pdf", documents.PDF, None),
        ("photo.jpeg", documents.JPEG, None),
        ("v1.2.pdf", documents.PDF, None),
        ("lettre", documents.PDF, None),
    ],
)
def test_a_content_that_is_not_what_its_name_promised_is_said(name, kind, said):
    found = documents.say_renamed(documents.Kept("a" * 64, name, kind, 10))

    assert (found.fr if found else None) == said
