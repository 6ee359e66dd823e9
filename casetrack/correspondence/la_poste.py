"""The numbers that the post office gives to registered letters, written in one way."""

import re

from casetrack.errors import InvalidInput
from casetrack.language import Text

IMPOSSIBLE = Text(
    "des lettres sans accent et des chiffres seulement, comme 1A 234 567 8901 2 ou RR 123 456 789 FR.",
    "plain letters and figures only, such as 1A 234 567 8901 2 or RR 123 456 789 FR.",
)
CUTS = re.compile(r"[\s.\-/]+")
# National (1A, 2C… and eleven figures), international (UPU S10).
FORMS = (
    (re.compile(r"(\d[A-Z])(\d{3})(\d{3})(\d{4})(\d)"), r"\1 \2 \3 \4 \5"),
    (re.compile(r"([A-Z]{2})(\d{3})(\d{3})(\d{3})([A-Z]{2})"), r"\1 \2 \3 \4 \5"),
)


def registered_number(typed: str) -> str:
    """Return the number of a registered letter as its label has it; raise InvalidInput for signs that none has.

    A form that we do not know is kept: the label may be foreign, or of a private carrier.
    """
    given = CUTS.sub(" ", typed.upper()).strip()
    whole = given.replace(" ", "")
    if not whole:
        return ""
    if not re.fullmatch(r"[A-Z0-9]+", whole) or not re.search(r"\d", whole):
        raise InvalidInput(IMPOSSIBLE, code="registered_number")
    for form, written in FORMS:
        if found := form.fullmatch(whole):
            return found.expand(written)
    return whole if whole.isdecimal() else given
