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
from casetrack.workflow.paths import Paths, faults_on_paths
from casetrack.workflow.rules import broken_rules
from casetrack.workflow.schema import Definition
from casetrack.workflow.trying import messages_that_fail, sent

PROVED = (
    Text(
        "États\u00a0: {states}, tous atteints\u00a0; de chacun, un dossier peut être terminé (actions\u00a0: {actions}, "
        "situations parcourues\u00a0: {places}).",
        "States: {states}, all reached; from each, a case can be ended (actions: {actions}, situations walked: {places}).",
    ),
    Text(
        "Façons de terminer\u00a0: {ends}\u00a0; avant chacune, l'usager est informé ou un responsable décide d'un motif "
        "de la liste.",
        "Ways to end: {ends}; before each, the citizen is informed or a head decides on a listed reason.",
    ),
    Text(
        "Situations ouvertes\u00a0: {open}\u00a0; dans chacune, au moins une échéance court ou reste suspendue jusqu'à une "
        "date.",
        "Open situations: {open}; in each, at least one deadline runs, or is suspended until a date.",
    ),
    Text(
        "Confidentialité\u00a0: ordinaire, restreint ou scellé, dans chaque état ouvert quelqu'un qui peut lire le dossier "
        "peut le faire avancer ou l'ouvrir à qui le fera.",
        "Confidentiality: ordinary, restricted or sealed, in each open state somebody who may read the case may take "
        "it further, or open it to the person who will.",
    ),
    Text(
        "Échéances\u00a0: {deadlines}, rappels\u00a0: {rungs}\u00a0; ils avertissent, constatent ou ouvrent un dossier, "
        "aucun ne répond, ne refuse ni ne clôt.",
        "Deadlines: {deadlines}, reminders: {rungs}; they warn, record or open a case, none answers, refuses or closes.",
    ),
    Text(
        "Messages\u00a0: {messages}, écrits en français et en anglais, avec toutes les données et avec le strict minimum.",
        "Messages: {messages}, written in French and in English, from all the data and from the least.",
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


def beside(definitions: Iterable[Definition], known: Mapping[str, Definition]) -> list[Finding]:
    """Return what proved definitions open, or give as a cause, that these do not know."""
    return [
        found(code, definition.file, line_of(definition.source, path), **values)
        for definition in definitions
        for path, code, values in unknown_workflows(definition, known)
    ]


def prove(definition: Definition) -> list[Text]:
    """Say what was proved of a definition without findings."""
    paths = Paths(definition)
    ends = {step.action for step in paths.steps if definition.states[step.end.state].ends}
    counts = {
        "states": len(definition.states),
        "actions": len(definition.actions),
        "places": len(paths.places),
        "open": sum(not definition.states[place.state].ends for place in paths.places),
        "ends": len(ends),
        "deadlines": len(definition.deadlines),
        "rungs": sum(len(deadline.ladder) for deadline in definition.deadlines.values()),
        "messages": len(sent(definition)),
    }
    return [sentence.filled(**counts) for sentence in PROVED]
