"""Words without their accents, so that BENOÎT, Benoit and benoît are found alike."""

import re
import unicodedata

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})


def fold(text: str) -> str:
    """Return the text in lower case, without accents or ligatures: "Œuvre de Noël" → "oeuvre de noel"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """Cut the folded text into words; e-mail addresses stay whole but for their hyphens."""
    return re.findall(r"[\w.+@]*\w", fold(text))
