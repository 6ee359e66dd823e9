"""How words are written: as a person would type them, and without their accents, to be found alike."""

import re
import unicodedata

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
# What a word processor or a web page leaves in a text that is copied: where a line may be cut, where it may not.
PASTED = str.maketrans({"\u00ad": "", "\u200b": "", "\u2060": "", "\ufeff": "", "\u2010": "-", "\u2011": "-"})
SPACES = re.compile(r"[^\S\n\r\v\f\x1c-\x1f\x85\u2028\u2029]+")
"""Every space that ends no line: no-break, narrow, of a table."""
HIDDEN = {"Cc", "Cf", "Cs"}
"""Categories of signs that nobody sees: controls, marks that turn a line round, halves of a sign."""
COPIED_BY_HAND = "abcdefghjkmnpqrstuvwxyz23456789"
"""Signs of what is read aloud or copied from paper, a password or a code: without l, 1, o, 0 and i."""
# « 18 », ; : ! ? » and the number that follows n°, as French typography wants them.
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_NO_BREAK = re.compile(r" (?=[:;?!»])|(?<=«) |(?<=[nN]°) ")


def plain(text: str) -> str:
    """Return a pasted text as a person would type it: plain spaces and hyphens, no place where a line may be cut.

    What nobody sees and nobody pastes by chance stays, for the caller to refuse: it is not `isprintable`.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return SPACES.sub(" ", unicodedata.normalize("NFC", text).translate(PASTED)).strip()


def visible(text: str) -> str:
    """Return a text as one plain line without any sign that nobody sees: for letters, which are never refused for one."""
    shown = " ".join(plain(text).split())
    if shown.isprintable():
        return shown
    return " ".join("".join(sign for sign in shown if unicodedata.category(sign) not in HIDDEN).split())


def typeset(text: str, language: str) -> str:
    """Put the curved apostrophes, and the no-break spaces that French alone wants."""
    text = _APOSTROPHE.sub("’", text)
    return _NO_BREAK.sub("\u00a0", text) if language == "fr" else text


def fold(text: str) -> str:
    """Return the text in lower case, without accents or ligatures: "Œuvre de Noël" → "oeuvre de noel"."""
    if not text.isprintable():
        text = visible(text)
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """Cut the folded text into words; e-mail addresses stay whole but for their hyphens."""
    return re.findall(r"[\w.+@]*\w", fold(text))
