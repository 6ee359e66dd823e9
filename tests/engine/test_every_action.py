"""The full table: every definition × state × action × person, allowed or refused with its code.

The expectation comes from the definition's text alone (`from`, `by`) and from who is who in
tests/town.py, written by hand in STANDING; the gate must agree on every cell.
"""

import pytest
from sqlalchemy import update

from casetrack.database.tables import Case, CaseCopy
from casetrack.engine import CLOCK, act, allowed_actions, needs, open_case
from casetrack.engine.effects import EFFECT
from casetrack.engine.permission import CONDITION, RELATION
from casetrack.errors import ActionNotAllowed, ActionRefused
from casetrack.settings import shipped_workflows
from casetrack.workflow import read_folder
from casetrack.workflow.registry import EFFECTS, NEEDS, RELATIONS
from tests.town import MONDAY, NINE

DEFINITIONS = {definition.key: definition for definition in read_folder(shipped_workflows())}

# Who stands how to a case of Voirie given to Anne, copied to Propreté whose opinion is awaited.
# Heads are asked through the services that they head: above both, they are head and copied.
STANDING = {
    "anne": {"officer", "service"},
    "paul": {"service"},
    "denis": {"service_head"},
    "diane": {"service_head", "director", "copied", "asked"},
    "gilles": {"service_head", "director", "copied", "asked"},
    "simone": {"signatory"},
    "marc": {"desk"},
    "aline": {"administrator"},
    "jeanne": set(),
    "eva": {"evaluation"},
    "mila": {"mediator"},
    "lea": {"copied", "asked"},
    "rose": {"copied", "asked"},
}


def opened(session, town, key) -> Case:
    """A case of this kind, in the service of Voirie, with Anne, copied to Propreté."""
    definition = DEFINITIONS[key]
    openers = {"clock": CLOCK, "desk": town.marc, "mediator": town.mila}
    by = next(openers[who] for who in openers if who in definition.opening.by)
    internal = definition.addressed_to == "service"
    filled_in = {"cause": "answer_late", "answer_by": MONDAY, "question": "?", "recommendation": "!"}
    details = {name: filled_in[name] for name in definition.fields if name in filled_in}
    if not internal:
        details["subject"] = town.subjects["voirie"]
    case = open_case(
        session,
        key,
        by=by,
        at=NINE,
        title="Un courrier",
        received_on=MONDAY,
        citizen=town.citizen,
        channel="internal" if internal else "post",
        service=town.services["VOI"],
        officer=town.staff["anne"],
        **details,
    )
    session.add(CaseCopy(case_id=case.id, service_id=town.services["PRO"].id, asked_opinion=True))
    session.flush()
    return case


STATES = [(key, state) for key, definition in DEFINITIONS.items() for state in definition.states]


@pytest.mark.parametrize(("key", "state"), STATES)
def test_each_person_may_do_just_what_the_definition_says(session, town, key, state):
    definition = DEFINITIONS[key]
    case = opened(session, town, key)
    # Set by hand, since the question is the permission alone; the facts are there so that no need is missing.
    facts = {"draft": 1, "endorsed": 1, "signed": 1, "signed_by": town.simone.id}
    session.execute(update(Case.__table__).where(Case.id == case.id).values(state=state, facts=facts))
    session.expire(case)

    for login, relations in STANDING.items():
        actor = town.actors[login]
        offered = {allowed.name for allowed in allowed_actions(session, case, actor)}
        for name, action in definition.actions.items():
            from_here = state in definition.starts(name)
            stands = bool(relations & set(action.by))
            waits_for_opinion = "no_opinion_awaited" in action.needs
            # Nobody is named to an ordinary case.
            from_here = from_here and "name" not in action.effects
            assert (name in offered) == (from_here and stands and not waits_for_opinion), (login, name)
            if not (from_here and stands):
                with pytest.raises(ActionNotAllowed) as refusal:
                    act(session, case, name, by=actor, at=NINE)
                assert refusal.value.code == ("permission" if from_here else "state"), (login, name)


@pytest.mark.parametrize("key", DEFINITIONS)
def test_the_clock_may_do_nothing_at_all(session, town, key):
    case = opened(session, town, key)

    assert allowed_actions(session, case, CLOCK) == []
    for name in DEFINITIONS[key].actions:
        with pytest.raises(ActionRefused):
            act(session, case, name, by=CLOCK, at=NINE)


def test_an_action_that_does_not_exist_is_refused_with_its_code(session, town):
    case = opened(session, town, "letter")

    with pytest.raises(ActionNotAllowed) as refusal:
        act(session, case, "burn", by=town.anne, at=NINE)

    assert refusal.value.code == "unknown_action"


def test_every_name_of_the_registry_is_written_in_the_engine():
    assert set(EFFECTS) == set(EFFECT)
    assert set(NEEDS) == set(needs.known())
    assert set(RELATIONS) == set(RELATION)
    assert set(RELATION) - set(CONDITION) == {"citizen", "clock"}
