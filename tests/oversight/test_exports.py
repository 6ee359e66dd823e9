"""A table leaves as a file, is read back as it was, and computes nothing."""

import csv
import io
import re
import zipfile
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from casetrack.oversight import exports
from casetrack.oversight.exports import FORMATS, PIECE

HEAD = ["Référence", "Objet", "Reçu le"]
DAY = date(2026, 11, 23)
FORMULAS = [
    "=1+1",
    "+33199001000",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    " =1+1",
    "＝1+1",
    "\r=cmd|' /C calc'!A0",
    "\r+33199001000",
    "kiwi,=HYPERLINK(1)",
    "kiwi, +1",
    "kiwi\t@SUM(A1)",
    "kiwi\n-2+3",
    "kiwi;=1",
    'kiwi,"=1"',
]
ODD = [
    'L’été, c’est « l\'œuvre »; "oui"',
    "deux\nlignes",
    "<b>&amp;</b>",
    "\x00\x0b\ufffe zéro",
    "🙈",
    "x" * 300,
]


def written(kind: str, rows) -> bytes:
    write, _media = FORMATS[kind]
    return b"".join(write("Recherche [1]: test", HEAD, rows))


def read(kind: str, content: bytes) -> list[list]:
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_written_is_read_back(kind):
    rows = read(kind, written(kind, [["2026-A-000001", "Trou", DAY], ["2026-A-000002", "Été", None]]))

    assert rows[0] == HEAD
    assert rows[1] == ["2026-A-000001", "Trou", "23/11/2026" if kind == "csv" else DAY]
    assert rows[2][:2] == ["2026-A-000002", "Été"]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("text", ODD)
def test_odd_texts_pass(kind, text):
    [_, row] = read(kind, written(kind, [["1", text, DAY]]))

    for sign in "\x00\x0b\ufffe":
        text = text.replace(sign, "") if kind != "csv" else text.replace("\x00", "")
    assert row[1] == text


@pytest.mark.parametrize("text", FORMULAS)
def test_a_spreadsheet_computes_nothing_that_a_citizen_typed(text):
    [_, in_csv] = read("csv", written("csv", [["1", text, DAY]]))
    xlsx = zipfile.ZipFile(io.BytesIO(written("xlsx", [["1", text, DAY]])))
    ods = zipfile.ZipFile(io.BytesIO(written("ods", [["1", text, DAY]])))

    # Wherever a spreadsheet cuts, no piece begins as a formula.
    pieces = [piece.strip(' "') for piece in re.split(r"[,;|\t\r\n]", in_csv[1])]
    assert in_csv[1].replace("'", "") == text.replace("'", "")
    assert not [piece for piece in pieces if piece.startswith(("=", "+", "-", "@", "＝"))]
    assert b"<f>" not in xlsx.read("xl/worksheets/sheet1.xml")
    assert b"formula" not in ods.read("content.xml")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_hundred_thousand_cells_leave_piece_by_piece(kind):
    write, _media = FORMATS[kind]
    pieces = list(
        write("Long", HEAD, ([f"2026-A-{n:06}", f"Objet {n * 7919 % 10007}", DAY] for n in range(33_000)))
    )

    assert len(pieces) > 3
    assert max(map(len, pieces)) < 5 * PIECE
    assert len(read(kind, b"".join(pieces))) == 33_001


def test_an_opendocument_says_first_what_it_is():
    content = written("ods", [])

    assert content[30:38] == b"mimetype"
    assert content[38:84] == b"application/vnd.oasis.opendocument.spreadsheet"
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_what_no_sheet_holds_goes_on_in_another(kind, monkeypatch):
    monkeypatch.setattr(exports, "ROWS", 4)
    rows = [[f"A{number}", "x", DAY] for number in range(7)]

    book = CalamineWorkbook.from_filelike(io.BytesIO(written(kind, rows)))

    sheets = [book.get_sheet_by_index(place).to_python() for place in range(len(book.sheet_names))]
    assert [len(sheet) for sheet in sheets] == [4, 4, 2]
    assert all(sheet[0] == HEAD for sheet in sheets)
    assert [row[0] for sheet in sheets for row in sheet[1:]] == [row[0] for row in rows]
