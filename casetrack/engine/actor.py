"""Who acts: a member of staff, a citizen, or the clock."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Hold what the gate must know of the person who acts; built by `casetrack.organisation`."""

    kind: str
    """"staff", "citizen" or "clock"."""
    id: int | None
    """Number of the member of staff, or of the citizen."""
    name: str
    language: str = "fr"
    roles: frozenset[str] = frozenset()
    """Roles held anywhere: desk, officer, head, signatory, mediator, evaluation, administrator."""
    officer_of: frozenset[int] = frozenset()
    """Services of which the person is a case officer."""
    heads: frozenset[int] = frozenset()
    """Services headed, with every service below."""
    heads_directly: frozenset[int] = frozenset()
    signs_for: frozenset[int] = frozenset()
    """Services for which the person signs, with every service below."""
    replaces: tuple["Actor", ...] = ()
    """The absent people whom this person replaces today."""


CLOCK = Actor(kind="clock", id=None, name="Casetrack")
