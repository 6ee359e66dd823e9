"""Documents: kept whole, once, under the hash of their content; joined to the cases that they belong to.

What a document is, its content says: never its name, nor the browser that sent it. Nothing is opened,
unpacked or run here.
"""

import codecs
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.database.tables import Case, Document, Event
from casetrack.engine import Actor, readable, town
from casetrack.engine.facts import record
from casetrack.engine.permission import require_adding
from casetrack.errors import InvalidInput, NotFound
from casetrack.language import Text

EMPTY = Text(
    "«\u00a0{name}\u00a0» est vide\u00a0: numérisez ou choisissez-le de nouveau.",
    "“{name}” is empty: scan it or choose it again.",
)
TOO_LARGE = Text(
    "«\u00a0{name}\u00a0» dépasse {most}\u00a0Mo\u00a0: numérisez-le en noir et blanc, ou en plusieurs fois.",
    "“{name}” exceeds {most} MB: scan it in black and white, or in several parts.",
)
TOO_MUCH = Text(
    "Vous avez déposé {most}\u00a0Go de documents aujourd'hui\u00a0: continuez demain, ou demandez à l'administrateur.",
    "You have sent {most} GB of documents today: go on tomorrow, or ask the administrator.",
)
UNKNOWN_TYPE = Text(
    "«\u00a0{name}\u00a0» n'est pas d'un type accepté\u00a0: PDF, image (PNG, JPEG, TIFF, GIF, WEBP), "
    "ODT, ODS, DOCX, XLSX sans macro, courriel (.eml, .msg) ou texte.",
    "“{name}” is of no accepted type: PDF, image (PNG, JPEG, TIFF, GIF, WEBP), "
    "ODT, ODS, DOCX, XLSX without macros, e-mail (.eml, .msg) or text.",
)
NO_LONGER_KEPT = Text(
    "«\u00a0{name}\u00a0» n'est plus gardé\u00a0: choisissez-le de nouveau.",
    "“{name}” is no longer kept: choose it again.",
)
NO_SUCH_DOCUMENT = Text(
    "Ce document n'existe pas, ou ne vous est pas ouvert.",
    "There is no such document, or it is not open to you.",
)

RENAMED = Text(
    "renommé\u00a0: il n'est pas un {promised}, son contenu est\u00a0: {kind_fr}",
    "renamed: it is no {promised}, its content is: {kind_en}",
)

PIECE, HEAD, TAIL = 256 * 1024, 64 * 1024, 1024 * 1024
"""Bytes read at once; at the beginning and at the end, those that say what a document is."""
LONGEST_NAME = 150
MOST_A_DAY = 1_000_000_000
"""Bytes that one account may send with forms in a day: what is joined to nothing stays a week in the store."""

PDF, PNG, JPEG, GIF, WEBP, TIFF = (
    "application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff",
)  # fmt: skip
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EML, MSG = "message/rfc822", "application/vnd.ms-outlook"
UTF_8, WINDOWS = "text/plain; charset=utf-8", "text/plain; charset=windows-1252"

# What a content begins with, at byte 0: a file that is two things at once hides the second one further.
BEGINNINGS = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
)
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OPEN_DOCUMENTS = (ODT, ODS)
OFFICE = ((b"word/document.xml", DOCX), (b"xl/workbook.xml", XLSX))
ENDINGS = {
    PDF: (".pdf",), PNG: (".png",), JPEG: (".jpg", ".jpeg"), GIF: (".gif",), WEBP: (".webp",),
    TIFF: (".tif", ".tiff"), ODT: (".odt",), ODS: (".ods",), DOCX: (".docx",), XLSX: (".xlsx",),
    EML: (".eml",), MSG: (".msg",), UTF_8: (".txt",), WINDOWS: (".txt",),
}  # fmt: skip
IMAGE, MAIL, PLAIN = Text("image", "image"), Text("courriel", "e-mail"), Text("texte", "text")
WRITTEN, COUNTED = Text("document Word ou Writer", "Word or Writer document"), Text("tableau", "spreadsheet")
KINDS = {
    PDF: Text("PDF", "PDF"), PNG: IMAGE, JPEG: IMAGE, GIF: IMAGE, WEBP: IMAGE, TIFF: IMAGE,
    ODT: WRITTEN, DOCX: WRITTEN, ODS: COUNTED, XLSX: COUNTED, EML: MAIL, MSG: MAIL, UTF_8: PLAIN, WINDOWS: PLAIN,
}  # fmt: skip
SHOWN = frozenset({PDF, PNG, JPEG, GIF, WEBP, UTF_8, WINDOWS})
"""What a browser may show by itself; the rest is downloaded."""
HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:[ \t\r\n]")
SENDER = re.compile(rb"^From:", re.MULTILINE | re.IGNORECASE)
CONTROL = re.compile(rb"[\0-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Kept:
    """Hold what is known of a content in the store, before it belongs to a case."""

    sha256: str
    name: str
    type: str
    size: int


def keep(store: Path, content: IO[bytes], *, name: str, largest: int) -> Kept:
    """Write a content into the store, whole or not at all; `largest` is in bytes.

    Raises InvalidInput, with a sentence for the person, for what is empty, too large or of no known type.
    """
    arriving = store / "arriving"
    arriving.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=arriving, delete=False) as written:
        try:
            kept = _receive(written, content, name, largest)
            written.flush()
            os.fsync(written.fileno())
            _settle(Path(written.name), path_of(store, kept.sha256))
        finally:
            with suppress(FileNotFoundError):
                os.unlink(written.name)
    return kept


def hold(store: Path, kept: Kept) -> None:
    """Note that a kept content is wanted still, so that it is not cleared; raise NotFound when it is gone."""
    try:
        os.utime(path_of(store, kept.sha256))
    except FileNotFoundError as gone:
        raise NotFound(NO_LONGER_KEPT.filled(name=kept.name)) from gone


def refuse_too_much(store: Path, staff_id: int, *, on: date) -> None:
    """Raise InvalidInput once this person has sent `MOST_A_DAY` on this day."""
    with suppress(FileNotFoundError):
        if sum(map(int, _sent(store, staff_id, on).read_text().split())) >= MOST_A_DAY:
            raise InvalidInput(TOO_MUCH.filled(most=MOST_A_DAY // 1_000_000_000), code="too_much")


def note_sent(store: Path, staff_id: int, kept: Kept, *, on: date) -> None:
    """Count what a person sends in a day; the clearing takes the count away with what never finished arriving."""
    with _sent(store, staff_id, on).open("a") as count:
        count.write(f"{kept.size}\n")


def _sent(store: Path, staff_id: int, on: date) -> Path:
    return store / "arriving" / f"{on.isoformat()}-{staff_id}.count"


def copy(store: Path, digest: str, target: Path) -> int | None:
    """Copy a content into another store; return its size, or None when it is missing or no longer what it was."""
    place = path_of(target, digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    found, size = sha256(), 0
    try:
        with path_of(store, digest).open("rb") as content, place.open("wb") as written:
            for piece in _pieces(content):
                found.update(piece)
                written.write(piece)
                size += len(piece)
    except FileNotFoundError:
        return None
    if found.hexdigest() != digest:
        place.unlink()
        return None
    return size


def path_of(store: Path, digest: str) -> Path:
    """Return where a content is: documents/ab/cdef…, so that no folder grows too wide."""
    return store / digest[:2] / digest[2:]


def attach(session: Session, case: Case, kept: Kept, *, by: Actor, at: datetime) -> Document:
    """Join a kept content to a case, with a line of its journal; joined already, it stays joined once.

    Raises NotFound for a case that this person may not read, ActionNotAllowed where they may only read it.
    """
    if by.kind == "staff" and not _is_registering(session, case, by, at):
        require_adding(session, case, by, "document")
    # Locked first, so that a form sent twice at once joins its document once.
    session.execute(select(Case.id).where(Case.id == case.id).with_for_update())
    same = select(Document).where(Document.case_id == case.id, Document.sha256 == kept.sha256)
    if joined := session.scalar(same):
        return joined
    # The name may say who wrote: the journal, which is never rewritten, holds the hash alone.
    seq = record(session, case.id, "document_added", by=by, at=at, sha256=kept.sha256, size=kept.size)
    document = Document(
        case_id=case.id,
        seq=seq,
        sha256=kept.sha256,
        name=kept.name,
        type=kept.type,
        size=kept.size,
        added_at=at,
        added_by_id=by.id if by.kind == "staff" else None,
    )
    session.add(document)
    session.flush()
    return document


def _is_registering(session: Session, case: Case, by: Actor, at: datetime) -> bool:
    """Tell whether somebody joins what came with the letter that they registered that day, were it sealed."""
    day_of = town.place(session).calendar.day_of
    if day_of(case.registered_at) != day_of(at):
        return False
    opened_by = select(Event.actor_id).where(Event.case_id == case.id, Event.seq == 1)
    return by.id is not None and session.scalar(opened_by) == by.id


def of_case(session: Session, case: Case) -> list[Document]:
    """Return the documents of a case, in the order in which they came."""
    return list(session.scalars(select(Document).where(Document.case_id == case.id).order_by(Document.seq)))


def find(session: Session, case: Case, document_id: int) -> Document:
    """Return a document of this case; raise NotFound."""
    query = select(Document).where(Document.id == document_id, Document.case_id == case.id)
    if found := session.scalar(query):
        return found
    raise NotFound(NO_SUCH_DOCUMENT)


def may_claim(session: Session, digest: str, by: Actor) -> bool:
    """Tell whether who once sent this content may still have it: joined to cases, it is read with one of them."""
    joined = select(Document.id).where(Document.sha256 == digest)
    mine = joined.join(Case, Case.id == Document.case_id).where(readable(by))
    return session.scalar(joined.limit(1)) is None or session.scalar(mine.limit(1)) is not None


def say_what(document: Document | Kept) -> Text:
    """Say what a document is, and how large: "PDF, 1,2 Mo"."""
    kind = KINDS[document.type]
    if document.size < 1_000_000:
        size = max(1, round(document.size / 1000))
        return Text(f"{kind.fr}, {size}\u00a0ko", f"{kind.en}, {size} kB")
    size_fr = f"{document.size / 1_000_000:.1f}".replace(".", ",")
    return Text(f"{kind.fr}, {size_fr}\u00a0Mo", f"{kind.en}, {document.size / 1_000_000:.1f} MB")


def say_renamed(document: Document | Kept) -> Text | None:
    """Say that a content was not what its name promised, so that it bears another ending; None for the others."""
    ending = next((one for one in ENDINGS.get(document.type, ()) if document.name.endswith(one)), "")
    promised = Path(document.name[: len(document.name) - len(ending)]).suffix.lower()
    if not ending or not any(promised in known for known in ENDINGS.values()):
        return None
    return RENAMED.filled(
        promised=promised[1:].upper(), kind_fr=KINDS[document.type].fr, kind_en=KINDS[document.type].en
    )


def clean_name(name: str, ending: tuple[str, ...] = ()) -> str:
    """Return a name that is safe anywhere: no folder, no invisible sign, not too long, ending as it must."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    # Category C: control signs, and those that turn a line round so that "fdp.exe" reads "exe.pdf".
    name = "".join(" " if sign.isspace() else sign for sign in name if unicodedata.category(sign)[0] != "C")
    name = " ".join(name.split()).strip(". ") or "document"
    if not ending:
        return name[:LONGEST_NAME]
    suffix = next((one for one in ending if name.lower().endswith(one)), "")
    stem = name[: len(name) - len(suffix)].rstrip(". ") or "document"
    return stem[:LONGEST_NAME] + (suffix or ending[0])


def _receive(written: IO[bytes], content: IO[bytes], name: str, largest: int) -> Kept:
    """Copy the content, with its hash and what its two ends say of it."""
    said, digest, size = clean_name(name), sha256(), 0
    head, tail = b"", b""
    for piece in _pieces(content):
        size += len(piece)
        if size > largest:
            raise InvalidInput(TOO_LARGE.filled(name=said, most=largest // 1_000_000), code="too_large")
        digest.update(piece)
        written.write(piece)
        head += piece[: max(0, HEAD - len(head))]
        tail = (tail + piece)[-TAIL:]
    if not size:
        raise InvalidInput(EMPTY.filled(name=said), code="empty")
    kind = _type(head, tail)
    if kind is None:
        raise InvalidInput(UNKNOWN_TYPE.filled(name=said), code="unknown_type")
    return Kept(digest.hexdigest(), clean_name(name, ENDINGS[kind]), kind, size)


def _pieces(content: IO[bytes]) -> Iterator[bytes]:
    while piece := content.read(PIECE):
        yield piece


def _settle(arrived: Path, place: Path) -> None:
    """Give a written content its name, so that it is there after a power cut too."""
    # Tried, not asked: the worker may be clearing the same content at this very moment.
    with suppress(FileNotFoundError):
        os.utime(place)
        return
    place.parent.mkdir(exist_ok=True)
    arrived.replace(place)
    for folder in (place.parent, place.parent.parent):
        _sync(folder)


def _sync(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open a folder, and does not need to
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _type(head: bytes, tail: bytes) -> str | None:
    """Say what a content is; None for what is not in the table."""
    for beginning, kind in BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head.startswith(b"RIFF"):
        return WEBP if head[8:12] == b"WEBP" else None
    if head.startswith(ZIP):
        return _office(head, tail)
    if head.startswith(OLE):
        # Letters of Outlook; the old Word and Excel files, which may hold macros, look the same at first.
        return MSG if "__properties_version1.0".encode("utf-16-le") in head + tail else None
    return _text(head)


def _office(head: bytes, tail: bytes) -> str | None:
    # The names inside a zip stand in clear at its end: it is never opened, however large it would become.
    for kind in OPEN_DOCUMENTS:
        if head[30:].startswith(b"mimetype" + kind.encode() + b"PK"):
            return kind
    if b"vbaProject" in tail or b"[Content_Types].xml" not in tail:
        return None
    return next((kind for part, kind in OFFICE if part in tail), None)


def _text(head: bytes) -> str | None:
    plain = head.removeprefix(codecs.BOM_UTF8)
    # What begins as a page (HTML, SVG, XML), or as a damaged PDF, is no plain text, whatever its name.
    if CONTROL.search(plain) or plain.lstrip().startswith((b"<", b"%PDF-")) or not plain.strip():
        return None
    headers = re.split(rb"\r?\n\r?\n", plain, maxsplit=1)[0]
    if HEADER.match(plain) and SENDER.search(headers):
        return EML
    try:
        codecs.getincrementaldecoder("utf-8")().decode(plain)  # the last letter may be cut in two
    except UnicodeDecodeError:
        return WINDOWS
    return UTF_8
