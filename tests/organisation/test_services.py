"""The tree of services, and who answers for each."""

import pytest

from casetrack.errors import NotFound
from casetrack.organisation import services


def test_what_is_below_a_service_includes_it_and_goes_all_the_way_down(session, hall):
    below = services.below(session, hall.pole.id)

    assert below == {hall.pole.id, hall.roads.id, hall.lights.id, hall.parks.id}


def test_a_service_without_anything_below_stands_alone(session, hall):
    assert services.below(session, hall.lights.id) == {hall.lights.id}


def test_the_way_to_a_service_reads_from_the_top(session, hall):
    path = services.path(session, hall.lights.id)

    assert path == "Direction générale › Pôle Cadre de vie › Voirie › Éclairage"


def test_the_tree_is_listed_parents_first_and_by_name_whatever_the_accents(session, hall):
    rows = services.tree(session).in_order()

    assert [(depth, node.code) for depth, node in rows] == [
        (0, "DGS"), (1, "DGA"), (2, "EVE"), (2, "VOI"), (3, "ECL"),
    ]  # fmt: skip


def test_a_loop_in_the_tree_never_hangs_the_town_hall(session, hall):
    hall.town.parent_id = hall.lights.id
    session.flush()

    assert hall.pole.id in services.below(session, hall.roads.id)
    assert len(services.tree(session).upwards(hall.roads.id)) == 4


def test_a_service_is_found_by_its_code(session, hall):
    assert services.find(session, "EVE") is hall.parks

    with pytest.raises(NotFound, match="ZZZ"):
        services.find(session, "ZZZ")
