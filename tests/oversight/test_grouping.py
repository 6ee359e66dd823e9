"""Joining dysfunctions to one that stands for all: what would change, on both databases."""

from datetime import date

import pytest

from casetrack.engine import act, open_case
from casetrack.errors import NotFound
from casetrack.oversight.grouping import plan
from tests.town import MONDAY, NINE

TODAY = date(2026, 12, 1)


def opened(session, town, title, **given):
    return open_case(
        session, "dysfunction", by=town.eva, at=NINE, title=title, cause="tool", received_on=MONDAY,
        **({"service": town.services["VOI"]} | given),
    )  # fmt: skip


@pytest.fixture
def three(session, town):
    """Three dysfunctions just reported, of the same cause."""
    return [opened(session, town, f"Fait {number}") for number in range(3)]


def planned(session, actor, cases, **given):
    return plan(session, actor, [case.reference for case in cases], today=TODAY, **given)


def names(found) -> list[str]:
    return [one.title or one.reference for one in found]


def test_the_first_reported_stands_for_all_unless_another_is_wanted(session, town, three):
    found = planned(session, town.eva, three)
    assert (found.main.title, names(found.changes), found.left_out) == ("Fait 0", ["Fait 1", "Fait 2"], ())

    found = planned(session, town.eva, three, main=three[2].reference)
    assert (found.main.title, names(found.changes)) == ("Fait 2", ["Fait 0", "Fait 1"])


def test_what_has_come_too_far_is_the_main_one_or_is_left_out(session, town, three):
    for case in three[1:]:
        act(session, case, "qualify", by=town.eva, at=NINE, severity="minor", cause="tool", service=town.services["VOI"].id)  # fmt: skip
        act(session, case, "begin_analysis", by=town.denis, at=NINE)
        act(session, case, "propose_plan", by=town.denis, at=NINE, root_cause="tool", plan="Un plan.")

    found = planned(session, town.eva, three)

    assert (found.main.title, names(found.changes), names(found.left_out)) == (
        "Fait 1",
        ["Fait 0"],
        ["Fait 2"],
    )
    assert "peut être le principal" in found.left_out[0].reason.fr


def test_closed_unknown_and_unreadable_ones_are_left_out_alike(session, town, three):
    act(session, three[1], "dismiss", by=town.eva, at=NINE, outcome="no_effect", reasons="Rien.")
    sealed = opened(session, town, "Scellé", confidentiality=2, readers=[town.lea.id])
    letter = open_case(
        session, "letter", by=town.marc, at=NINE, title="Lettre", citizen=town.citizen,
        subject=town.subjects["voirie"],
    )  # fmt: skip

    wanted = [case.reference for case in (*three, sealed, letter)]
    found = plan(session, town.eva, [*wanted, "2026-D-99999", wanted[0]], today=TODAY)

    assert names(found.members) == ["Fait 0", "Fait 2"]
    left = {one.reference: one.reason for one in found.left_out}
    assert set(left) == {three[1].reference, sealed.reference, letter.reference, "2026-D-99999"}
    assert len({reason.fr for reason in left.values()}) == 1
    assert {one.title for one in found.left_out} == {""}


def test_nothing_chosen_gives_nothing(session, town):
    found = plan(session, town.eva, [], today=TODAY)

    assert (found.main, found.members, found.changes) == (None, (), ())


def test_it_says_when_the_causes_differ(session, town, three):
    act(session, three[0], "qualify", by=town.eva, at=NINE, severity="minor", cause="reception", service=town.services["VOI"].id)  # fmt: skip

    assert [cause.fr for cause in planned(session, town.eva, three).causes] == ["Accueil", "Outil"]


@pytest.mark.parametrize("login", ["gilles", "marc", "aline", "denis", "anne"])
def test_others_group_nothing(session, town, three, login):
    with pytest.raises(NotFound):
        planned(session, getattr(town, login), three)
