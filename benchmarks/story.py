"""The letter that everybody handles: six steps, each committed, each refusing an illegal move."""

from typing import NamedTuple

REGISTERED, ACKNOWLEDGED, IN_PROGRESS, REPLIED, CLOSED = range(1, 6)
SERVICES = 20
"""Services of the town when it holds many letters."""
MEDIATOR = SERVICES + 1
"""Number of the mediator, after the officers of the services."""
DYSFUNCTIONS = 20
"""One dysfunction for so many letters."""
DAYS = 100
"""Days over which the letters of a loaded town fall due: one in a hundred each day."""
DUE_AFTER = 30

BODY = (
    "Madame, Monsieur, je reviens sur ma lettre du mois dernier, restée sans réponse. Le chantier de "
    "l’égout de la rue du Moulin est arrêté depuis le printemps\u00a0; les barrières sont restées, le trottoir "
    "est fermé, et deux riverains sont déjà tombés. Je demande au service concerné quand les travaux "
    "reprendront, qui répond du retard, et ce qui est prévu d’ici là pour les personnes qui ne peuvent "
    "pas faire le tour par la grande route. Je vous prie d’agréer, Madame, Monsieur, mes salutations. "
)


class Step(NamedTuple):
    """One step after the opening: the action, the states it leads from and to, and what is written."""

    action: str
    before: int
    after: int
    note: str


OPENING = ("open", 0, REGISTERED, "Letter received by post and registered at the front desk.")
STEPS = (
    Step("acknowledge", REGISTERED, ACKNOWLEDGED, "Receipt sent to the correspondent."),
    Step("milestone", ACKNOWLEDGED, IN_PROGRESS, "File passed to the technical section."),
    Step("milestone", IN_PROGRESS, IN_PROGRESS, "Opinion received, draft under way."),
    Step("reply", IN_PROGRESS, REPLIED, "Reply signed and dispatched to the correspondent."),
    Step("close", REPLIED, CLOSED, "Nothing further outstanding."),
)


def letter(number: int) -> tuple[str, str, str]:
    """Return title, sender and text of the letter of that number: about 600 bytes, always the same."""
    return (
        f"Égout de la rue du Moulin, demande {number:07}",
        f"usager{number % 5000}@exemple.test",
        f"{BODY}{number}",
    )


def series(is_sqlite: bool, length: int) -> str:
    """Return a FROM clause whose column `i` counts from 0 to `length` - 1."""
    if is_sqlite:
        return (
            f"(WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i + 1 < {length}) "
            "SELECT i FROM s)"
        )
    return f"(SELECT g::bigint AS i FROM generate_series(0, {length - 1}) g) s"
