"""Every workflow can be drawn: each state once, each move an arrow, nothing on top of anything."""

import re
from itertools import combinations

import pytest

from casetrack.oversight.circuit_drawing import drawing
from casetrack.settings import shipped_workflows
from casetrack.workflow import read_folder
from tests.workflow.good import incident, mail

DEFINITIONS = [*read_folder(shipped_workflows()), mail(), incident()]


@pytest.fixture(params=DEFINITIONS, ids=lambda definition: definition.key)
def definition(request):
    """Each workflow that comes with Casetrack, and the small ones of the tests."""
    return request.param


def points(path: str) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in re.findall(r"(-?\d+),(-?\d+)", path)]


def test_each_state_is_drawn_once_and_none_covers_another(definition):
    picture = drawing(definition)
    width, height = picture.box

    assert [box.key for box in picture.boxes] == list(definition.states)
    for one, other in combinations(picture.boxes, 2):
        assert abs(one.x - other.x) >= width or abs(one.y - other.y) >= height, (one.key, other.key)
    for box in picture.boxes:
        assert 0 <= box.x <= picture.width - width
        assert 0 <= box.y <= picture.height - height


def test_each_move_between_two_states_is_an_arrow_that_names_its_actions(definition):
    expected = {}
    for action in definition.actions.values():
        for start in action.from_:
            if action.to and start not in ("*", action.to):
                expected.setdefault((start, action.to), []).append(action.label.text)

    arrows = drawing(definition).arrows

    assert sorted([label.fr for label in labels] for labels in expected.values()) == sorted(
        [label.fr for label in arrow.actions] for arrow in arrows
    )


def test_every_arrow_leads_down_within_the_drawing(definition):
    picture = drawing(definition)

    for arrow in picture.arrows:
        heights = [y for _x, y in points(arrow.path)]
        assert heights == sorted(heights)
        assert all(-1 <= x <= picture.width + 1 and 0 <= y <= picture.height for x, y in points(arrow.path))


def test_what_ends_a_case_stands_at_the_foot_and_the_opening_at_the_head(definition):
    boxes = drawing(definition).boxes

    foot = max(box.y for box in boxes)
    assert all(box.y == foot for box in boxes if box.ends)
    assert next(box.y for box in boxes if box.opens) == min(box.y for box in boxes)
