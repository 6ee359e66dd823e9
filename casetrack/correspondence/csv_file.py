"""Read a CSV file as it comes: a line that cannot be read is told, and never takes its neighbours with it."""

import codecs
import csv
import gzip
import io
import os
import re
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

from casetrack.errors import InvalidInput
from casetrack.language import Text

LONGEST = 100_000
"""Characters in one row, cells of several lines included: beyond, a quotation mark was left open."""
GZIP = b"\x1f\x8b"
DAMAGES = (EOFError, OSError, zlib.error)
# Tabs and line ends are part of a CSV; other control characters come from a broken export, and PostgreSQL
# refuses the first of them.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

UNREADABLE = Text(
    "Le fichier «\u00a0{name}\u00a0» n'existe pas ou ne peut pas être lu\u00a0: vérifiez son nom et vos droits.",
    "The file “{name}” does not exist or cannot be read: check its name and your permissions.",
)
EMPTY = Text(
    "Le fichier «\u00a0{name}\u00a0» est vide\u00a0: la première ligne doit nommer les colonnes.",
    "The file “{name}” is empty: its first line must name the columns.",
)
DAMAGED = Text(
    "Le fichier compressé «\u00a0{name}\u00a0» est incomplet ou abîmé\u00a0: demandez-le à nouveau, puis relancez. "
    "Les courriers déjà enregistrés le restent.",
    "The compressed file “{name}” is cut or damaged: ask for it again, then run this again. "
    "Letters already registered stay so.",
)
OPEN_QUOTE = Text(
    "un guillemet n'est pas refermé, ou la ligne dépasse {most} caractères.",
    "a quotation mark is not closed, or the line exceeds {most} characters.",
)
TOO_MANY_CELLS = Text(
    "{found} cellules pour {expected} colonnes\u00a0: un séparateur se trouve sans doute dans un texte sans guillemets.",
    "{found} cells for {expected} columns: a separator probably stands in a text without quotation marks.",
)


class Row(NamedTuple):
    """One row: the line on which it begins, its cells, and why it cannot be used, if so."""

    line: int
    cells: list[str]
    fault: str = ""
    reason: Text | None = None


class _Line(NamedTuple):
    number: int
    text: str
    is_whole: bool


class _TooLong(Exception):
    """The row passes the bound."""


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Read a byte that is not UTF-8 as Windows wrote it: one file often holds both."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("casetrack.cp1252", _as_cp1252)


class CsvFile:
    """Read the rows of one file, compressed or not, holding one row at a time in memory."""

    def __init__(self, path: Path, *, encoding: str = "utf-8", delimiter: str = ",") -> None:
        """Open the file and read its header; raise InvalidInput when there is none."""
        self.path, self.delimiter = path, delimiter
        self._waiting: deque[_Line] = deque()
        self._taken: list[_Line] = []
        self._length = self._number = 0
        self._ended = False
        try:
            self._bytes = path.open("rb")
        except OSError:
            raise self._refusal(UNREADABLE, "unreadable_file") from None
        try:
            self.size = os.fstat(self._bytes.fileno()).st_size
            self._text = _decoded(self._bytes, encoding)
            self.header = self._read_header()
        except DAMAGES:
            self._bytes.close()
            raise self._refusal(DAMAGED, "damaged_file") from None
        except InvalidInput:
            self._bytes.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()
        self._bytes.close()  # what decompresses a file leaves it open

    @property
    def position(self) -> int:
        """Return how many bytes of the file have been read."""
        return self._bytes.tell()

    def rows(self) -> Iterator[Row]:
        """Give every row after the header, those that cannot be used with their fault; skip empty lines."""
        for row in self._records():
            extra = row.cells[len(self.header) :]
            if row.fault:
                yield row
            elif any(cell.strip() for cell in extra):
                reason = TOO_MANY_CELLS.filled(found=len(row.cells), expected=len(self.header))
                yield row._replace(fault="too_many_cells", reason=reason)
            elif any(cell.strip() for cell in row.cells):
                yield row

    def _records(self) -> Iterator[Row]:
        reader = self._reader()
        while True:
            self._taken, self._length, self._ended = [], 0, False
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _TooLong):
                yield self._first_line_alone()
            except DAMAGES:
                raise self._refusal(DAMAGED, "damaged_file") from None
            else:
                if self._ended:  # the reader looks beyond a row only inside quotation marks
                    yield self._first_line_alone()
                    reader = self._reader()
                else:
                    yield Row(self._taken[0].number, cells)

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(iter(self._next_line, None), delimiter=self.delimiter)

    def _first_line_alone(self) -> Row:
        """Give up the line on which the row began, and read those that it swallowed again."""
        first, *rest = self._taken
        self._waiting.extendleft(reversed(rest))
        reason = OPEN_QUOTE.filled(most=LONGEST)
        return Row(first.number, [first.text.rstrip("\r\n")], "unreadable_line", reason)

    def _next_line(self) -> str | None:
        line = self._waiting.popleft() if self._waiting else self._read_line()
        if line is None:
            self._ended = bool(self._taken)
            return None
        self._taken.append(line)
        self._length += len(line.text)
        if not line.is_whole or self._length > LONGEST:
            raise _TooLong
        return line.text

    def _read_line(self) -> _Line | None:
        text = self._text.readline(LONGEST + 1)
        if not text:
            return None
        self._number += 1
        is_whole, rest = len(text) <= LONGEST, text
        while len(rest) > LONGEST and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(LONGEST + 1)
        return _Line(self._number, CONTROLS.sub("", text), is_whole)

    def _read_header(self) -> list[str]:
        for row in self._records():
            names = [" ".join(cell.split()) for cell in row.cells]
            if row.fault or any(names):
                return names
        raise self._refusal(EMPTY, "empty_file")

    def _refusal(self, sentence: Text, code: str) -> InvalidInput:
        return InvalidInput(sentence.filled(name=self.path.name), code=code)


def _decoded(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """Read text; a mark at the start of the file says more of its encoding than the mapping does."""
    start = file.read(2)
    file.seek(0)
    buffered = io.BufferedReader(gzip.GzipFile(fileobj=file) if start == GZIP else file)  # type: ignore[arg-type]
    mark = buffered.peek(3)
    if mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif mark.startswith(codecs.BOM_UTF8) or encoding == "utf-8":
        encoding = "utf-8-sig"
    errors = "casetrack.cp1252" if encoding == "utf-8-sig" else "replace"
    return io.TextIOWrapper(buffered, encoding, errors, newline="")
