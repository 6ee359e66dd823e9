"""The journal of the administration."""

import pytest

from casetrack.errors import ActionNotAllowed
from casetrack.organisation import changes
from tests.town import NINE


def noted(session, town, **given):
    values = {"what": "service_changed", "about": "Voirie", "before": {}, "after": {}, **given}
    return changes.record(session, by=town.aline, at=NINE, **values)


def test_a_change_is_kept_with_who_when_and_what_was_there_before(session, town):
    noted(session, town, before={"name": "Voirie", "code": "VOI"}, after={"name": "Routes", "code": "VOI"})

    (line,) = changes.newest(session)
    assert (line.who, line.at, line.what.fr, line.about) == (
        "Aline Aubert",
        NINE,
        "service modifié",
        "Voirie",
    )
    assert [detail.fr for detail in line.details] == ["nom\u00a0: Voirie → Routes"]


def test_a_form_sent_without_a_change_leaves_no_line(session, town):
    assert noted(session, town, before={"name": "Voirie"}, after={"name": "Voirie"}) is None
    assert changes.newest(session) == []


def test_a_private_field_is_named_and_its_value_forgotten(session, town):
    line = noted(
        session, town, before={"email": "a@b.fr"}, after={"email": "c@d.fr"}, private={"email", "telephone"}
    )

    assert line.changes == {"email": []}
    assert [detail.en for detail in changes.newest(session)[0].details] == ["e-mail: changed"]


def test_an_act_without_values_is_kept_too(session, town):
    assert noted(session, town, what="password_given", about="Anne Arnaud").changes == {}


def test_older_lines_are_read_by_the_number_of_the_last_one_shown(session, town):
    ids = [noted(session, town, after={"name": str(n)}).id for n in range(5)]

    assert [line.id for line in changes.newest(session, limit=2)] == ids[:2:-1]
    assert [line.id for line in changes.newest(session, before=ids[3], limit=2)] == [ids[2], ids[1]]


@pytest.mark.parametrize("login", ["marc", "gilles", "mila", "anne"])
def test_only_an_administrator_changes_the_town(town, login):
    changes.require_administrator(town.aline)

    with pytest.raises(ActionNotAllowed, match="permission"):
        changes.require_administrator(town.actors[login])
