"""A table as a file that an office opens: CSV, XLSX or ODS, written as it is read, whatever its length.

What a citizen typed is never run by the reader's spreadsheet: a cell is a text or a day, never a formula.
"""

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, count, islice
from xml.sax.saxutils import escape

Cell = str | date | None
Row = Sequence[Cell]

PIECE = 64 * 1024
"""Bytes sent at once."""
ROWS = 1_048_576
"""Rows of a sheet, its head included: no spreadsheet opens more."""
# What makes a spreadsheet compute what it reads in a CSV file, also after spaces, and in full width.
_COMPUTED = re.compile(r"^[\s\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]")
# The same in the middle of a cell: a spreadsheet that cuts at commas, tabs or lines begins a cell there.
_COMPUTED_NEXT = re.compile(r"([,;|\t\r\n][\s\ufeff\"']*)(?=[=+\-@＝＋－＠])")
# Signs that XML 1.0 cannot hold.
_UNWRITABLE = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def csv_file(title: str, head: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """Write CSV as French spreadsheets open it: semicolons, UTF-8 with its mark, days as 23/11/2026."""
    yield b"\xef\xbb\xbf"
    piece = io.StringIO()
    lines = csv.writer(piece, delimiter=";", lineterminator="\r\n")
    lines.writerow(head)
    for row in rows:
        lines.writerow([_harmless(cell) for cell in row])
        if piece.tell() > PIECE:
            yield _emptied(piece)
    yield _emptied(piece)


def xlsx_file(title: str, head: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """Write an Excel workbook; its rows wait in a temporary file, not in memory."""
    import xlsxwriter  # heavy, and wanted seldom

    with tempfile.TemporaryFile() as file:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(file, options) as book:
            bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
            for name, its_rows in _sheets(title, rows):
                sheet = book.add_worksheet(name)
                sheet.freeze_panes(1, 0)
                sheet.set_column(0, len(head) - 1, 18)
                for column, cell in enumerate(head):
                    sheet.write_string(0, column, str(cell), bold)
                for number, row in enumerate(its_rows, 1):
                    for column, cell in enumerate(row):
                        if isinstance(cell, date):
                            sheet.write_datetime(number, column, cell, day)
                        elif cell:
                            sheet.write_string(number, column, _UNWRITABLE.sub("", cell))
        file.seek(0)
        yield from iter(lambda: file.read(PIECE), b"")


def ods_file(title: str, head: Row, rows: Iterable[Row]) -> Iterator[bytes]:
    """Write an OpenDocument spreadsheet, piece by piece."""
    sent = _Pipe()
    with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED) as book:
        # The format wants its own name first, and not compressed.
        book.writestr("mimetype", ODS, zipfile.ZIP_STORED)
        book.writestr("META-INF/manifest.xml", _MANIFEST)
        with book.open("content.xml", "w") as content:
            content.write(_BEFORE.encode())
            for name, its_rows in _sheets(title, rows):
                content.write(f'<table:table table:name="{_attribute(name)}">'.encode())
                content.write(_ods_row(head))
                for row in its_rows:
                    content.write(_ods_row(row))
                    if sent.waiting > PIECE:
                        yield sent.taken()
                content.write(b"</table:table>")
            content.write(_AFTER.encode())
    yield sent.taken()


ODS = "application/vnd.oasis.opendocument.spreadsheet"
FORMATS: dict[str, tuple[Callable[[str, Row, Iterable[Row]], Iterator[bytes]], str]] = {
    "csv": (csv_file, "text/csv; charset=utf-8"),
    "xlsx": (xlsx_file, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "ods": (ods_file, ODS),
}
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{ODS}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
_NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
_BEFORE = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.3" '
    f'xmlns:office="{_NAMES}office:1.0" xmlns:table="{_NAMES}table:1.0" xmlns:text="{_NAMES}text:1.0" '
    f'xmlns:style="{_NAMES}style:1.0" xmlns:number="{_NAMES}datastyle:1.0"><office:automatic-styles>'
    '<number:date-style style:name="d"><number:day number:style="long"/><number:text>/</number:text>'
    '<number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/>'
    '</number:date-style><style:style style:name="day" style:family="table-cell" style:data-style-name="d"/>'
    "</office:automatic-styles><office:body><office:spreadsheet>"
)
_AFTER = "</office:spreadsheet></office:body></office:document-content>"


def _sheets(title: str, rows: Iterable[Row]) -> Iterator[tuple[str, Iterable[Row]]]:
    """Cut rows into sheets, each to be read to its end before the next: one at least, none too long to be opened."""
    rows = iter(rows)
    for number in count(1):
        first = list(islice(rows, 1))
        if number > 1 and not first:
            return
        yield _sheet_name(title if number == 1 else f"{title} {number}"), chain(first, islice(rows, ROWS - 2))


class _Pipe(io.RawIOBase):
    """Keep what a writer writes until it is taken; it cannot go back, so the writer does not."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.waiting = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self._pieces.append(bytes(piece))
        self.waiting += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        whole = b"".join(self._pieces)
        self._pieces, self.waiting = [], 0
        return whole


def _harmless(cell: Cell) -> str:
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    text = (cell or "").replace("\0", "")
    text = _COMPUTED_NEXT.sub(r"\1'", text)
    return f"'{text}" if _COMPUTED.match(text) else text


def _emptied(piece: io.StringIO) -> bytes:
    whole = piece.getvalue().encode("utf-8", "replace")
    piece.seek(0)
    piece.truncate()
    return whole


def _ods_row(row: Row) -> bytes:
    cells = "".join(map(_ods_cell, row))
    return f"<table:table-row>{cells}</table:table-row>".encode()


def _ods_cell(cell: Cell) -> str:
    if isinstance(cell, date):
        return (
            f'<table:table-cell table:style-name="day" office:value-type="date" office:date-value="{cell.isoformat()}">'
            f"<text:p>{cell:%d/%m/%Y}</text:p></table:table-cell>"
        )
    if not cell:
        return "<table:table-cell/>"
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in _UNWRITABLE.sub("", cell).splitlines())
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _sheet_name(title: str) -> str:
    """Return a name that every spreadsheet takes for a sheet."""
    return re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "Feuille 1"
