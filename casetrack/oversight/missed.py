"""What the clock saw missed when it opened a case: that case bears the title of its letter, and this tells them apart."""

from casetrack.database.tables import Case
from casetrack.language import Text
from casetrack.workflow import Definition

BREACH = "breach"
"""Where what the clock opens comes from, beside the number of its rung."""
MISSED = {  # the cause presumed
    "answer_late": Text("promesse dépassée", "missed promise"),
    "silence": Text("décision implicite née", "implicit decision born"),
    "receipt_missing": Text("accusé de réception en retard", "late receipt"),
    "milestone_missed": Text("point d'étape manqué", "missed milestone"),
}
KIND = Text("{label}\u00a0: {missed}", "{label}: {missed}")


def what_was_missed(case: Case) -> Text | None:
    """Return what is said before the title of a case that the clock opened; None of another."""
    return MISSED.get(str(case.fields.get("cause"))) if case.external_source == BREACH else None


def kind(case: Case, definition: Definition) -> Text:
    """Return what stands in a list where a citizen's name does, of a case that no citizen wrote."""
    missed = what_was_missed(case)
    label = definition.label.text
    return KIND.filled(label=label, missed=missed) if missed else label
