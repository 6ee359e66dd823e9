"""Who is away and who stands in: an absence never leaves a letter without somebody to look at it."""

from datetime import date

import pytest
from sqlalchemy import select

from casetrack.database.tables import Absence, Staff
from casetrack.errors import InvalidInput
from casetrack.organisation import absences, staff

FIRST, LAST = date(2026, 12, 21), date(2026, 12, 31)


def note(session, person, first=FIRST, last=LAST, replaced_by=None):
    return absences.add(session, person, starts_on=first, ends_on=last, replaced_by=replaced_by)


def stand_in(session, person, day):
    """Return who acts for a person that day, as the engine knows those who act."""
    at_work = session.scalars(select(Staff).where(Staff.is_active)).all()
    acting = [
        one for one in at_work if person.id in {a.id for a in staff.actor(session, one, on=day).replaces}
    ]
    return acting[0] if acting else None


@pytest.mark.parametrize(
    ("day", "away"),
    [
        (date(2026, 12, 20), False),  # the day before
        (date(2026, 12, 21), True),  # the first day counts
        (date(2026, 12, 31), True),  # so does the last
        (date(2027, 1, 1), False),
    ],
)
def test_an_absence_holds_from_its_first_to_its_last_day(session, hall, day, away):
    note(session, hall.anne, replaced_by=hall.paul)

    assert (stand_in(session, hall.anne, day) == hall.paul) is away


def test_a_replacement_who_is_away_too_is_replaced_in_turn(session, hall):
    note(session, hall.anne, replaced_by=hall.paul)
    note(session, hall.paul, replaced_by=hall.ines)

    assert stand_in(session, hall.anne, FIRST) == hall.ines


def test_nobody_stands_in_when_the_last_replacement_is_away_without_one(session, hall):
    note(session, hall.anne, replaced_by=hall.paul)
    note(session, hall.paul)

    assert stand_in(session, hall.anne, FIRST) is None


def test_nobody_stands_in_who_has_left(session, hall):
    note(session, hall.anne, replaced_by=hall.paul)
    hall.paul.is_active = False
    session.flush()

    assert stand_in(session, hall.anne, FIRST) is None


@pytest.mark.parametrize(
    ("away", "found"),
    [
        ({1: 2, 2: 3, 3: 4, 4: 5, 5: 6}, 6),  # five replacements: the longest chain
        ({1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 6: 7}, None),  # six: a mistake
        ({1: 2, 2: 1}, None),  # each for the other: noted before the rule, or by hand
        ({1: 1}, None),
        ({}, None),
    ],
)
def test_a_chain_of_replacements_always_ends(away, found):
    assert absences.stands_in(away, 1) == found


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 12, 31), date(2027, 1, 5)),  # one day in common is enough
        (date(2026, 12, 1), date(2026, 12, 21)),
        (date(2026, 12, 24), date(2026, 12, 26)),  # inside
        (date(2026, 12, 1), date(2027, 1, 31)),  # around
    ],
)
def test_the_same_days_are_not_noted_twice(session, hall, first, last):
    note(session, hall.anne)

    with pytest.raises(
        InvalidInput, match="already_away: Anne Martin is already away from Monday 21 December 2026"
    ):
        note(session, hall.anne, first, last)


def test_somebody_who_is_away_on_one_of_the_days_replaces_nobody(session, hall):
    note(session, hall.paul, LAST, date(2027, 1, 8))

    with pytest.raises(InvalidInput, match="replacement_away") as refused:
        note(session, hall.anne, replaced_by=hall.paul)

    assert refused.value.sentence.fr == (
        "Paul Martin est aussi absent(e), du jeudi 31 décembre 2026 au vendredi 8 janvier 2027\u00a0: "
        "choisissez une autre personne pour le remplacement."
    )


def test_neither_somebody_who_left_nor_oneself_may_replace(session, hall):
    hall.paul.is_active = False

    with pytest.raises(InvalidInput, match="replacement_inactive"):
        note(session, hall.anne, replaced_by=hall.paul)
    with pytest.raises(InvalidInput, match="replaces_oneself"):
        note(session, hall.anne, replaced_by=hall.anne)


def test_an_absence_does_not_end_before_it_starts(session, hall):
    with pytest.raises(InvalidInput, match="ends_before_start"):
        note(session, hall.anne, LAST, FIRST)


def test_a_coming_absence_that_is_cancelled_goes_away(session, hall):
    absences.cancel(session, note(session, hall.anne), on=FIRST)

    assert session.query(Absence).count() == 0


def test_somebody_called_back_was_away_until_the_day_before(session, hall):
    absence = note(session, hall.anne, replaced_by=hall.paul)

    absences.cancel(session, absence, on=date(2026, 12, 24))

    assert absence.ends_on == date(2026, 12, 23)
    assert stand_in(session, hall.anne, date(2026, 12, 24)) is None
