"""The journal as sentences: nothing that a person does is left in the infinitive."""

import pytest

from casetrack.engine.facts import FACTS
from casetrack.oversight import history
from casetrack.settings import shipped_workflows
from casetrack.workflow import read_folder

ACTIONS = [
    (definition.key, name, action)
    for definition in read_folder(shipped_workflows())
    for name, action in definition.actions.items()
]


@pytest.mark.parametrize(("workflow", "name", "action"), ACTIONS, ids=lambda one: str(one)[:40])
def test_every_action_says_what_was_done(workflow, name, action):
    assert action.done is not None
    assert not action.done.fr.split()[0].endswith(("er", "ir", "re"))
    assert history.you_did(action).fr == f"Vous avez {action.done.fr}"
    assert history.you_did(action).en == f"You {action.done.en}"


def test_every_other_fact_of_a_person_has_its_sentence():
    assert {*history.FACTS_DONE, "opened_about"} == {*FACTS}


def test_an_action_without_the_words_is_called_by_its_label():
    _, _, action = ACTIONS[0]

    assert (
        history.you_did(action.model_copy(update={"done": None})).fr == f"C'est fait\u00a0: {action.label.fr}"
    )
