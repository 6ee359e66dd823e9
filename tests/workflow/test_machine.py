"""The table of moves: it answers one question, and can be made to run nothing."""

import pytest
from transitions import Machine

from casetrack.workflow import destination
from casetrack.workflow import machine as module
from casetrack.workflow.machine import Position, Table
from tests.workflow.good import mail


@pytest.mark.parametrize(
    ("state", "action", "to"),
    [
        ("registered", "send_answer", "answered"),
        ("registered", "assign", "registered"),  # stays in place
        ("awaiting_citizen", "assign", "awaiting_citizen"),  # "*": every state that does not end
        ("closed", "assign", None),
        ("closed", "reopen", "registered"),
        ("answered", "send_answer", None),
        ("registered", "unheard_of", None),
        ("registered", "to_closed", None),  # the library's own automatic moves are switched off
    ],
)
def test_an_action_leads_where_the_definition_says(state, action, to):
    assert destination(mail(), state, action) == to


def test_every_move_of_the_table_is_one_that_the_definition_writes():
    definition = mail()

    for state in definition.states:
        for key, action in definition.actions.items():
            expected = (action.to or state) if state in definition.starts(key) else None
            assert destination(definition, state, key) == expected


def test_an_action_may_have_any_plain_name():
    # The library would refuse an action named as the attribute that it writes to.
    definition = mail(("[actions.assign]", "[actions.state]"))

    assert destination(definition, "registered", "state") == "registered"


def test_one_machine_serves_every_case_of_a_definition():
    definition = mail()
    destination(definition, "registered", "assign")
    before = dict(module._machines)

    destination(definition, "closed", "reopen")

    assert module._machines == before
    assert before[definition.sha256].models == []


def test_the_machine_refuses_to_look_up_code_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "pulled.py").write_text("def trigger(*_): raise SystemExit('imported')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    arguments = {
        "model": None,
        "states": ["a", "b"],
        "initial": None,
        "auto_transitions": False,
        "model_attribute": "_state",
    }
    library, ours = Machine(**arguments), Table(**arguments)
    for machine in (library, ours):
        machine.add_transition("go", "a", "b", before="pulled.trigger")

    with pytest.raises(TypeError, match="a workflow calls nothing"):
        ours.events["go"].trigger(Position("a"))
    with pytest.raises(SystemExit, match="imported"):  # what the library does by itself
        library.events["go"].trigger(Position("a"))


def test_no_definition_gives_the_machine_anything_to_call():
    definition = mail()
    destination(definition, "registered", "assign")
    machine = module._machines[definition.sha256]

    for event in machine.events.values():
        for moves in event.transitions.values():
            for move in moves:
                assert (move.prepare, move.conditions, move.before, move.after) == ([], [], [], [])
