"""What is wrong in a definition: where it stands, its code, and what a clerk must change."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from casetrack.language import Text
from casetrack.workflow.sentences import SENTENCES

Path = tuple[str | int, ...]
"""Where something is written: ("actions", "close", "by", 0)."""
Fault = tuple[Path, str, dict[str, object]]
"""Where it is, its code, and what its sentence names."""

TOKEN = re.compile(
    r"#[^\n]*|"
    r'"""(?:\\.|[^\\])*?"""|' + r"'''.*?'''|"
    r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|"
    r"[\[\]{}=,.\n]|[^\s\[\]{}=,.#\"']+",
    re.DOTALL,
)


class Finding(NamedTuple):
    """One fault: file, line, code, and the sentence that says what to change."""

    file: str
    line: int
    code: str
    sentence: Text

    def __str__(self) -> str:
        """Say it on one line: French, then English."""
        return f"{self.file}:{self.line}: {self.code}: {self.sentence.fr} / {self.sentence.en}"


def found(code: str, file: str, line: int, **values: object) -> Finding:
    """Make a finding; a value that is a Text is said in the language of its sentence."""
    french, english = (
        {name: value.within(language) if isinstance(value, Text) else value for name, value in values.items()}
        for language in ("fr", "en")
    )
    sentence = SENTENCES[code]
    return Finding(file, line, code, Text(sentence.fr.format(**french), sentence.en.format(**english)))


def nearest(name: str, known: Iterable[str]) -> Text:
    """Say the known name that looks most like a mistyped one, or nothing."""
    close = difflib.get_close_matches(str(name), list(known), n=1)
    if not close:
        return Text("", "")
    return Text(f" (vouliez-vous dire «\u00a0{close[0]}\u00a0»\u00a0?)", f" (did you mean “{close[0]}”?)")


def line_of(source: str, path: Path) -> int:
    """Return the line where `path` (keys and places in lists) is written, or the nearest one above it."""
    lines = lines_of(source)
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 1)


@lru_cache(maxsize=64)
def lines_of(source: str) -> Mapping[Path, int]:
    """Return the line of every key and every list item of a TOML text that `tomllib` accepts.

    `tomllib` keeps no line numbers; this reads only where things are, never what they mean.
    """
    return dict(_Places(source).read())


class _Places:
    def __init__(self, source: str) -> None:
        self.tokens = [
            (found[0], source.count("\n", 0, found.start()) + 1)
            for found in TOKEN.finditer(source)
            if not found[0].startswith("#")
        ]
        self.at = 0

    def read(self) -> Iterator[tuple[Path, int]]:
        """Walk the tables of the file, then the keys of each."""
        table: Path = ()
        rows: dict[Path, int] = {}
        while self.skip("\n"):
            if self.now == "[":
                line, repeated = self.line, self.tokens[self.at + 1][0] == "["
                self.skip("[")
                table = self.key(("]",))
                self.skip("]")
                if repeated:
                    rows[table] = rows.get(table, -1) + 1
                    yield table, line
                    table = (*table, rows[table])
                yield table, line
            else:
                yield from self.pair(table)

    @property
    def now(self) -> str:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else ""

    @property
    def line(self) -> int:
        return self.tokens[min(self.at, len(self.tokens) - 1)][1]

    def skip(self, *what: str) -> bool:
        """Pass over these tokens; tell whether anything is left."""
        while self.now in what and self.now:
            self.at += 1
        return bool(self.now)

    def key(self, ends: tuple[str, ...]) -> Path:
        """Read a dotted key up to one of `ends`."""
        parts = []
        while self.now and self.now not in ends:
            if self.now != ".":
                parts.append(self.now.strip("\"'"))
            self.at += 1
        return tuple(parts)

    def pair(self, table: Path) -> Iterator[tuple[Path, int]]:
        """Read `key = value`."""
        line = self.line
        path = (*table, *self.key(("=",)))
        self.skip("=")
        yield path, line
        yield from self.value(path)

    def value(self, path: Path) -> Iterator[tuple[Path, int]]:
        """Read one value: a list, an inline table, or anything short."""
        if self.now == "[":
            yield from self.items(path)
        elif self.now == "{":
            self.at += 1
            while self.skip("\n", ",") and self.now != "}":
                yield from self.pair(path)
            self.at += 1
        else:
            while self.now and self.now not in ("\n", ",", "]", "}"):
                self.at += 1

    def items(self, path: Path) -> Iterator[tuple[Path, int]]:
        """Read the items of a list, numbered."""
        self.at += 1
        number = 0
        while self.skip("\n", ",") and self.now != "]":
            yield (*path, number), self.line
            yield from self.value((*path, number))
            number += 1
        self.at += 1
