"""The names of the registry are those that the engine knows, and each says itself in both languages."""

import pytest

from casetrack.engine.effects import EFFECT
from casetrack.engine.needs import NEED
from casetrack.engine.permission import RELATION
from casetrack.workflow import registry
from casetrack.workflow.explaining import PARTS, PARTS_BY_NAME
from casetrack.workflow.schema import Sends, Sheet

NAMED = {
    "relations": (registry.RELATIONS, RELATION),
    "needs": (registry.NEEDS, NEED),
    "effects": (registry.EFFECTS, EFFECT),
}


@pytest.mark.parametrize("kind", NAMED)
def test_every_name_that_a_definition_may_use_is_written_in_the_engine(kind):
    offered, done = NAMED[kind]

    assert set(offered) == set(done)


def test_every_message_role_of_the_shape_is_explained():
    roles = Sends.model_json_schema()["properties"]["role"]["enum"]

    assert set(registry.MESSAGE_ROLES) == set(roles)


def test_names_that_the_rules_speak_of_exist():
    assert set(registry.RELATIONS) >= registry.DECIDERS
    assert set(registry.RELATIONS) >= registry.NEVER_END
    assert set(registry.EFFECT_FIELDS) <= set(registry.EFFECTS)
    assert set(registry.MESSAGE_ROLES) >= registry.INFORMING


def test_every_table_of_the_shape_can_be_explained():
    tables = {name for name, field in Sheet.model_fields.items() if "dict" in str(field.annotation)} - {
        "lists"
    }

    assert tables <= set(PARTS_BY_NAME)
    assert "opening" in PARTS
