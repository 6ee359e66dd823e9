"""Accounts: signing in, roles, what each person may do on a given day, leaving."""

from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event

from casetrack.database.tables import Case, WorkflowVersion
from casetrack.errors import InvalidInput, NotFound
from casetrack.organisation import absences, staff

MONDAY = date(2026, 11, 23)
PASSWORD = "une phrase facile"


@contextmanager
def counted(session):
    """Count the statements sent to the database."""
    statements = []
    engine = session.get_bind()

    def note(connection, cursor, statement, *rest):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def test_an_officer_is_one_of_their_service_only(session, hall):
    anne = staff.actor(session, hall.anne, on=MONDAY)

    assert (anne.kind, anne.id, anne.name, anne.language) == ("staff", hall.anne.id, "Anne Martin", "fr")
    assert anne.roles == {"officer"}
    assert anne.officer_of == {hall.roads.id}
    assert not (anne.heads | anne.heads_directly | anne.signs_for)


def test_a_head_heads_everything_below(session, hall):
    omar = staff.actor(session, hall.omar.id, on=MONDAY)

    below = {hall.pole.id, hall.roads.id, hall.lights.id, hall.parks.id}
    assert (omar.heads, omar.heads_directly, omar.signs_for) == (below, {hall.pole.id}, below)


def test_a_role_may_be_held_in_another_service(session, hall):
    staff.give_role(session, hall.anne, "officer", hall.parks)

    anne = staff.actor(session, hall.anne, on=MONDAY)

    assert anne.officer_of == {hall.roads.id, hall.parks.id}


def test_a_role_of_the_whole_town_is_bound_to_no_service(session, hall):
    assert staff.give_role(session, hall.anne, "desk", hall.parks)
    assert not staff.give_role(session, hall.anne, "desk")  # held already

    anne = staff.actor(session, hall.anne, on=MONDAY)

    assert (anne.roles, anne.officer_of) == ({"officer", "desk"}, {hall.roads.id})


def test_a_replacement_acts_for_the_absent_through_the_whole_chain(session, hall):
    absences.add(session, hall.anne, starts_on=MONDAY, ends_on=MONDAY, replaced_by=hall.paul)
    absences.add(session, hall.paul, starts_on=MONDAY, ends_on=MONDAY, replaced_by=hall.ines)

    ines = staff.actor(session, hall.ines, on=MONDAY)

    assert [person.name for person in ines.replaces] == ["Anne Martin", "Paul Martin"]
    assert [person.officer_of for person in ines.replaces] == [{hall.roads.id}, {hall.roads.id}]
    assert all(person.replaces == () for person in ines.replaces)
    assert ines.officer_of == frozenset()  # their own rights do not grow
    assert staff.actor(session, hall.paul, on=MONDAY).replaces == ()


def test_a_replacement_ends_with_the_absence(session, hall):
    absences.add(session, hall.anne, starts_on=MONDAY, ends_on=MONDAY, replaced_by=hall.paul)

    assert staff.actor(session, hall.paul, on=date(2026, 11, 24)).replaces == ()


def test_one_question_to_the_database_is_enough_at_each_page(session, hall):
    absences.add(session, hall.anne, starts_on=MONDAY, ends_on=MONDAY, replaced_by=hall.paul)
    session.expunge_all()

    with counted(session) as statements:
        staff.actor(session, hall.paul.id, on=MONDAY)

    assert len(statements) == 1


@pytest.mark.parametrize("who", ["somebody who left", "nobody"])
def test_only_somebody_with_an_active_account_acts(session, hall, who):
    hall.paul.is_active = False
    session.flush()

    with pytest.raises(NotFound, match="no_account"):
        staff.actor(session, hall.paul if who == "somebody who left" else 999_999, on=MONDAY)


def test_signing_in_needs_the_right_password_of_an_active_account(session, hall):
    staff.set_password(hall.anne, PASSWORD, cheap=True)

    assert staff.sign_in(session, " ANNE ", PASSWORD) is hall.anne
    assert staff.sign_in(session, "anne", "une autre phrase") is None
    assert staff.sign_in(session, "paul", "") is None  # an account that has no password yet
    assert staff.sign_in(session, "nobody", PASSWORD) is None


def test_somebody_who_left_does_not_sign_in(session, hall):
    staff.set_password(hall.anne, PASSWORD, cheap=True)
    hall.anne.is_active = False
    session.flush()

    assert staff.sign_in(session, "anne", PASSWORD) is None


def test_the_two_ways_of_typing_an_accent_are_one_password(session, hall):
    staff.set_password(hall.anne, "une phrase accentu\u00e9e", cheap=True)

    assert staff.sign_in(session, "anne", "une phrase accentue\u0301e") is hall.anne


def test_a_weak_hash_is_made_stronger_at_the_next_sign_in_and_no_session_ends(session, hall):
    staff.set_password(hall.anne, PASSWORD, cheap=True)
    weak, key = hall.anne.password_hash, hall.anne.session_key

    staff.sign_in(session, "anne", PASSWORD)

    assert hall.anne.password_hash != weak
    assert not staff.STRONG.check_needs_rehash(hall.anne.password_hash)
    assert hall.anne.session_key == key
    assert staff.sign_in(session, "anne", PASSWORD) is hall.anne


def test_an_unknown_login_costs_as_much_as_a_wrong_password():
    # The hash compared for a login that does not exist has today's parameters.
    assert not staff.STRONG.check_needs_rehash(staff.NOBODY)


def test_a_new_password_ends_every_open_session(hall):
    staff.set_password(hall.anne, PASSWORD, cheap=True)
    before = hall.anne.session_key

    staff.set_password(hall.anne, PASSWORD, cheap=True)

    assert before not in ("", hall.anne.session_key)


def test_a_short_password_is_refused(hall):
    with pytest.raises(InvalidInput, match="password_too_short"):
        staff.set_password(hall.anne, "onze lettre")


def test_nobody_leaves_while_open_cases_count_on_them(session, hall):
    case = open_case_of(session, hall.anne)

    with pytest.raises(InvalidInput, match=r"has_open_cases: Anne Martin still has 1 open case"):
        staff.deactivate(session, hall.anne, on=MONDAY)

    case.officer_id = hall.paul.id
    session.flush()
    staff.deactivate(session, hall.anne, on=MONDAY)
    assert not hall.anne.is_active


def test_nobody_leaves_while_they_replace_somebody(session, hall):
    absences.add(session, hall.anne, starts_on=MONDAY, ends_on=MONDAY, replaced_by=hall.paul)

    with pytest.raises(InvalidInput, match="still_replaces"):
        staff.deactivate(session, hall.paul, on=MONDAY)

    staff.deactivate(session, hall.paul, on=date(2026, 11, 24))
    assert not hall.paul.is_active


def test_the_first_administrator_is_made_once(session):
    assert len(staff.add_administrator(session, "Chef")) == 2
    assert staff.add_administrator(session, "chef") == []

    chef = staff.find(session, "chef")
    assert staff.actor(session, chef, on=MONDAY).roles == {"administrator"}
    assert staff.without_password(session) == [chef]


def open_case_of(session, officer):
    at = datetime(2026, 11, 2, 9, tzinfo=UTC)
    version = WorkflowVersion(key="letter", version=1, sha256="", source="", messages={}, published_at=at)
    session.add(version)
    session.flush()
    case = Case(
        reference="2026-A-000001", workflow_id=version.id, workflow="letter", state="assigned", title="Trottoir",
        channel="post", received_on=at.date(), registered_at=at, officer_id=officer.id,
    )  # fmt: skip
    session.add(case)
    session.flush()
    return case
