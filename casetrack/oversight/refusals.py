"""Why an action cannot be done, and the action that would make it possible."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from casetrack.database.tables import Case
from casetrack.engine import Actor, AllowedAction, RefusedAction
from casetrack.engine.permission import standing
from casetrack.language import Text
from casetrack.workflow import Action, Definition, destination

MET_BY = {  # what is needed: the effects that bring it
    "service": ("assign", "set_subject"),
    "officer": ("take", "assign"),
    "draft": ("draft",),
    "draft_changed": ("draft",),
    "endorsed": ("endorse",),
    "signed": ("sign",),
    "no_opinion_awaited": ("give_opinion", "give_up_opinion"),
}
NOT_YET = Text("{action}\u00a0: pas encore possible", "{action}: not possible yet")
NOT_YOU = Text("{action}\u00a0: pas par vous", "{action}: not by you")
NOTHING_LEFT = Text(
    "Aucune réponse n'est partie. Le dossier se clôture quand l'usager a reçu une réponse, ou par l'une des autres issues prévues.",
    "No answer has left. The case closes once the citizen has an answer or is told, or for a listed reason.",
)
ELSEWHERE = Text(
    "Le dossier est «\u00a0{here}\u00a0»\u00a0; cela se fait quand il est «\u00a0{there}\u00a0».",
    "The case is “{here}”; this is done when it is “{there}”.",
)
OR = Text("\u00a0» ou «\u00a0", "” or “")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Hold an action that cannot be done now, why, and the actions of this person that lead there."""

    name: str
    heading: Text
    reasons: tuple[Text, ...]
    ways: tuple[AllowedAction, ...]


def refusals(
    session: Session,
    case: Case,
    definition: Definition,
    actor: Actor,
    *,
    allowed: Sequence[AllowedAction],
    refused: Sequence[RefusedAction],
) -> tuple[tuple[Refusal, ...], tuple[RefusedAction, ...]]:
    """Return the refusals that somebody looks for, then the other actions that are refused.

    Somebody looks for what lacks something, for the next step when it is another's, and for the closure.
    """
    state = definition.states[case.state]
    next_is_theirs = any(action.name in state.next for action in allowed)
    first = [
        action
        for action in refused
        if action.code == "needs" or (not next_is_theirs and action.name in state.next[:1])
    ]
    looked_for = [_refusal(action, definition, allowed) for action in first]
    closing = _closing(session, case, definition, actor, allowed)
    return (*looked_for, *closing), tuple(action for action in refused if action not in first)


def _refusal(refused: RefusedAction, definition: Definition, allowed: Sequence[AllowedAction]) -> Refusal:
    heading = NOT_YET if refused.code == "needs" else NOT_YOU
    ways: tuple[AllowedAction, ...] = ()
    if refused.code == "needs":
        needed = definition.actions[refused.name].needs
        brings = {effect for need in needed for effect in MET_BY.get(need, ())}
        ways = tuple(one for one in allowed if brings & {*definition.actions[one.name].effects})
    return Refusal(refused.name, _headed(heading, refused.label), refused.reasons, ways[:2])


def _closing(
    session: Session, case: Case, definition: Definition, actor: Actor, allowed: Sequence[AllowedAction]
) -> list[Refusal]:
    """Say why the case cannot be closed yet to whoever will be able to, with the ways that lead there."""
    if definition.states[case.state].ends:
        return []
    closures = [
        name for name, action in definition.actions.items() if _is_the_closure(definition, name, action)
    ]
    if not closures or any(destination(definition, case.state, name) for name in closures):
        return []  # what belongs to this state is offered, or refused with its own reason
    name = closures[0]
    action = definition.actions[name]
    if not standing(session, case, actor, action.by)[0]:
        return []
    from_states = {state for closure in closures for state in definition.starts(closure)}
    ways = [one for one in allowed if definition.actions[one.name].to in from_states]
    next_step = [one for one in allowed if one.name in definition.states[case.state].next][:1]
    reason = NOTHING_LEFT
    if definition.addressed_to != "citizen" or case.answered_on is not None:
        reason = _elsewhere(case, definition, from_states)
    found = tuple(dict.fromkeys([one.name for one in (*next_step, *ways)]))[:2]
    by_name = {one.name: one for one in allowed}
    heading = _headed(NOT_YET, action.label.text)
    return [Refusal(name, heading, (reason,), tuple(by_name[one] for one in found))]


def _is_the_closure(definition: Definition, name: str, action: Action) -> bool:
    """Tell whether this action ends a case as the road of some state proposes it."""
    ends = action.to is not None and definition.states[action.to].ends
    return ends and any(name in state.next for state in definition.states.values())


def _elsewhere(case: Case, definition: Definition, from_states: Iterable[str]) -> Text:
    here = definition.states[case.state].label
    there = [definition.states[key].label for key in definition.states if key in from_states]
    return Text(
        ELSEWHERE.fr.format(here=here.fr, there=OR.fr.join(label.fr for label in there)),
        ELSEWHERE.en.format(here=here.en, there=OR.en.join(label.en for label in there)),
    )


def _headed(heading: Text, label: Text) -> Text:
    return heading.filled(action=label)
