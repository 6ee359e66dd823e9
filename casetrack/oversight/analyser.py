"""French as people write it, and as people type it in a search box, brought to the same words.

Both databases store what this makes, and neither analyses anything by itself: the same letters are
found on both. A letter gives words (`indexed`), a question gives what each of its words may be (`asked`).
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

import snowballstemmer

from casetrack.spelling import fold

LONGEST_QUESTION = 200
"""Signs of a question that are read: more is a text pasted by mistake."""
MOST_WORDS = 16
"""Words of a question that are looked for."""
LONGEST_WORD = 60
AS_IS = "="
"""Stands before a word that was not stemmed, so that the name Petit is not found by « petite »."""
LARGEST_LETTER = 200_000
"""Signs of different words kept of one case: PostgreSQL refuses more than a megabyte of them."""

WORD = re.compile(r"[^\W_]+")
# Too frequent to find anything; what an elision leaves before its apostrophe is here too.
EMPTY = frozenset(
    WORD.findall(
        "a au aux avec c ce ces cette d dans de des du elle elles en est et eux il ils j je jusqu l la le les leur "
        "leurs lorsqu m ma mais me mes mon n ne nos notre nous on ont ou par pas pour puisqu qu que qui quoiqu s "
        "sa sans se ses si son sont sur t ta te tes ton tu un une vos votre vous y"
    )
)
TELEPHONE = re.compile(
    r"(?<![\w+])(?:(?:\+|00)[ .]?33[ .-]?(?:\(0\)[ .-]?)?|0)([1-9])[ .-]?(\d\d)[ .-]?(\d\d)[ .-]?(\d\d)[ .-]?(\d\d)(?!\w)"
)
# 2026-A-000123, 2026/a/123, 2026 A 123, A123: the year may be left out, and the zeros.
REFERENCE = re.compile(
    r"(?<!\w)(?:(\d{4})(?: ?[-/] ?| ?)([a-z])(?: ?[-/] ?| ?)|([a-z])[-/]?)0*(\d{1,9})(?!\w)"
)

_STEMMER = snowballstemmer.stemmer("french")
_ONE_AT_A_TIME = Lock()


class Indexed(NamedTuple):
    """Hold the words of a case, each once, apart by a space."""

    stems: str
    exact: str


class Reference(NamedTuple):
    """Hold a reference number as typed; `year` is empty where it was left out."""

    year: str
    series: str
    number: str


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return what a folded word shares with its plural and its feminine: "reclamations" → "reclam"."""
    with _ONE_AT_A_TIME:  # the stemmer keeps the word that it works on
        return _STEMMER.stemWord(word) or word


def indexed(prose: Iterable[str], names: Iterable[str]) -> Indexed:
    """Return the words of a case: prose is stemmed; names, numbers and references stay as they are."""
    stems: dict[str, None] = {}
    exact: dict[str, None] = {}
    for text in prose:
        numbers, rest = _numbers(fold(text))
        exact.update(dict.fromkeys(form for forms in numbers for form in forms))
        for word in _words(rest):
            if any(sign.isdigit() for sign in word):
                exact.update(dict.fromkeys(_number(word)))
            elif word not in EMPTY:
                stems[stem(word)] = None
    for text in names:
        numbers, rest = _numbers(fold(text))
        exact.update(dict.fromkeys(form for forms in numbers for form in forms))
        exact.update(dict.fromkeys(form for word in _words(rest) for form in _number(word)))
    return Indexed(_bounded(stems), _bounded(AS_IS + word for word in exact))


def asked(question: str) -> list[tuple[str, ...]]:
    """Return what must be found: one of each tuple. Nothing but empty words is looked for as it is."""
    numbers, rest = _numbers(fold(question[:LONGEST_QUESTION]))
    found = [(AS_IS + fullest,) for fullest, *_ in numbers]
    words = list(_words(rest))
    telling = [word for word in words if word not in EMPTY] or ([] if found else words)
    found += [(stem(word), *(AS_IS + form for form in _number(word))) for word in telling]
    return list(dict.fromkeys(found))[:MOST_WORDS]


def names_in(question: str) -> list[str]:
    """Return the words of a question as a name is folded, none where something in it is no name."""
    words = [word for word in _words(fold(question[:LONGEST_QUESTION])) if word not in EMPTY]
    return words if len(words) <= 4 and all(word.isalpha() for word in words) else []


def reference_in(question: str) -> Reference | None:
    """Return the reference number that a question is, None where it is anything else."""
    typed = fold(question[:LONGEST_QUESTION]).replace("n°", "").strip()
    found = REFERENCE.fullmatch(typed)
    return Reference(found[1] or "", (found[2] or found[3]).upper(), found[4]) if found else None


def _numbers(text: str) -> tuple[list[tuple[str, ...]], str]:
    """Take telephone and reference numbers out of a folded text: all forms of each, the fullest first."""
    found: list[tuple[str, ...]] = []

    def telephone(match: re.Match) -> str:
        found.append(("0" + "".join(match.groups()),))
        return " "

    def reference(match: re.Match) -> str:
        year, series, number = match[1], match[2] or match[3], match[4]
        short = f"{series}{number}"
        found.append((f"{year}{short}", short, year, number) if year else (short,))
        return " "

    return found, REFERENCE.sub(reference, TELEPHONE.sub(telephone, text))


def _words(text: str) -> Iterable[str]:
    return (word[:LONGEST_WORD] for word in WORD.findall(text))


def _number(word: str) -> tuple[str, ...]:
    """Return a word, and a number also without the zeros before it."""
    short = word.lstrip("0")
    return (word, short) if short and short != word and word.isdecimal() else (word,)


def _bounded(words: Iterable[str]) -> str:
    kept: list[str] = []
    room = LARGEST_LETTER
    for word in words:
        room -= len(word) + 1
        if room < 0:
            break
        kept.append(word)
    return " ".join(kept)
