"""Prove a definition before it is used (invariants 1, 2 and 10), or say what a clerk must change.

1. `names`   every name that it writes exists
2. `rules`   its fields, states, actions and deadlines hold together
3. `paths`   whatever is done, the citizen is informed before an end, and an open case has a clock
4. `trying`  its messages can be written, in both languages, from much and from little
"""

from collections.abc import Iterable, Mapping

from casetrack.language import Text
from casetrack.workflow.findings import Finding, found, line_of
from casetrack.workflow.names import unknown_names, unknown_workflows
from casetrack.workflow.paths import OPENING, Paths, faults_on_paths
from casetrack.workflow.rules import broken_rules
from casetrack.workflow.schema import Definition
from casetrack.workflow.trying import messages_that_fail, sent_by

PROVED = (
    Text(
        "Les {states} états sont atteints et mènent tous à une fin ({actions} actions, {places} situations, {steps} pas).",
        "All {states} states are reached and lead to an end ({actions} actions, {places} situations, {steps} steps).",
    ),
    Text(
        "Aucune fin n'est silencieuse\u00a0: avant chacune des {ends} façons de terminer, l'usager est informé ou un "
        "responsable décide d'un motif de la liste.",
        "No end is silent: before each of the {ends} ways to end, the citizen is informed or a head decides on a "
        "listed reason.",
    ),
    Text(
        "Dans chaque situation ouverte, au moins une échéance court ou reste suspendue jusqu'à une date.",
        "In every open situation at least one deadline runs, or is suspended until a date.",
    ),
    Text(
        "Les {deadlines} échéances et leurs {rungs} rappels avertissent, constatent ou ouvrent un dossier\u00a0; aucun "
        "ne répond, ne refuse ni ne clôt.",
        "The {deadlines} deadlines and their {rungs} reminders warn, record or open a case; none answers, refuses or "
        "closes.",
    ),
    Text(
        "Les {messages} messages s'écrivent en français et en anglais, avec toutes les données et avec le strict "
        "minimum.",
        "The {messages} messages can be written in French and in English, from all the data and from the least.",
    ),
)


def check(definition: Definition, known: Mapping[str, Definition] | None = None) -> list[Finding]:
    """Return what must be changed before a definition may be used; nothing when it is proved.

    `known` gives by key the workflows that a deadline may open; without it these are not looked at.
    """
    faults = [*unknown_names(definition), *broken_rules(definition)]
    if known is not None:
        faults += unknown_workflows(definition, known)
    if not any(code.startswith("unknown_") for _, code, _ in faults):
        # With a mistyped name every path would look wrong: only the name is said.
        faults += faults_on_paths(definition)
    findings = [
        found(code, definition.file, line_of(definition.source, path), **values)
        for path, code, values in faults
    ]
    return sorted({*findings, *messages_that_fail(definition)})


def check_all(
    definitions: Iterable[Definition], known: Mapping[str, Definition] | None = None
) -> list[Finding]:
    """Check definitions that may open one another, and those in `known`."""
    given = {definition.key: definition for definition in definitions}
    known = {**(known or {}), **given}
    return [finding for definition in given.values() for finding in check(definition, known)]


def prove(definition: Definition) -> list[Text]:
    """Say what was proved of a definition without findings."""
    paths = Paths(definition)
    ends = {step.action for step in paths.steps if definition.states[step.end.state].ends}
    counts = {
        "states": len(definition.states),
        "actions": len(definition.actions),
        "places": len(paths.places),
        "steps": len(paths.steps),
        "ends": len(ends),
        "deadlines": len(definition.deadlines),
        "rungs": sum(len(deadline.ladder) for deadline in definition.deadlines.values()),
        "messages": len({sent_by(definition, key) for key in (OPENING, *definition.actions)} - {None}),
    }
    return [sentence.filled(**counts) for sentence in PROVED]
