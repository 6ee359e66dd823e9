"""What is done in somebody's name, or beside the mediator, is told to them: nobody is made absent in silence."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from casetrack.organisation import absences, accounts
from casetrack.oversight import notifications
from tests.town import MONDAY, NINE

FRIDAY = MONDAY + timedelta(days=4)


def alerts(session, actor) -> list[str]:
    found = notifications.unread(session, actor, timezone="Europe/Paris", today=MONDAY)
    return [line.what.fr for notice in found for line in notice.lines]


def absent(session, town, *, by, replaced_by="denis"):
    other = town.staff[replaced_by] if replaced_by else None
    return absences.note(
        session, town.staff["anne"], starts_on=MONDAY, ends_on=FRIDAY, replaced_by=other, by=by, at=NINE
    )


def test_whoever_is_made_absent_by_somebody_else_is_told(session, town):
    absent(session, town, by=town.denis)

    assert alerts(session, town.anne) == [
        "Denis Delmas a noté votre absence du lun. 23\u00a0novembre au ven. 27\u00a0novembre, remplacement\u00a0: Denis Delmas"
    ]
    assert alerts(session, town.denis) == []
    assert session.scalar(_counted(town.anne)) == 1


def _counted(actor):
    return select(notifications.count(actor))


def test_another_replacement_and_the_end_of_an_absence_are_told_too(session, town):
    absence = absent(session, town, by=town.anne)

    absences.replace(session, absence, town.staff["paul"], by=town.aline, at=NINE, on=MONDAY)
    absences.call_back(session, absence, by=town.denis, at=NINE, on=MONDAY)

    assert alerts(session, town.anne) == [
        "Denis Delmas a annulé ou écourté votre absence du lun. 23\u00a0novembre au ven. 27\u00a0novembre",
        "Aline Aubert a changé votre absence du lun. 23\u00a0novembre au ven. 27\u00a0novembre, remplacement\u00a0: Paul Perrin",
    ]


def test_nobody_is_told_of_what_they_did_themselves(session, town):
    absence = absent(session, town, by=town.anne, replaced_by=None)
    absences.replace(session, absence, town.staff["paul"], by=town.anne, at=NINE, on=MONDAY)
    absences.call_back(session, absence, by=town.anne, at=NINE, on=MONDAY)

    assert alerts(session, town.anne) == []


@pytest.mark.parametrize("how", ["added", "changed"])
def test_the_mediator_is_told_of_another_mediator(session, town, how):
    typed = {
        "given_name": "Paul",
        "family_name": "Perrin",
        "title": "agent",
        "service": "VOI",
        "language": "fr",
    }
    roles = [("officer", "VOI"), ("mediator", "")]
    if how == "added":
        accounts.add(session, {**typed, "login": "p.perrin"}, roles, by=town.aline, at=NINE)
    else:
        accounts.change(session, town.staff["paul"], typed, roles, by=town.aline, at=NINE)
        accounts.change(session, town.staff["paul"], typed, roles, by=town.aline, at=NINE)

    assert alerts(session, town.mila) == ["Aline Aubert a donné le rôle de médiateur à Paul Perrin"]
    assert alerts(session, town.paul) == []


def test_an_alert_without_a_case_is_put_away_like_another(session, town):
    absent(session, town, by=town.denis)
    (notice,) = notifications.unread(session, town.anne, timezone="Europe/Paris", today=MONDAY)

    assert (notice.reference, notice.title) == ("", "")
    assert notifications.mark_read(session, town.anne, notice.ids, at=NINE) == 1
    assert alerts(session, town.anne) == []
