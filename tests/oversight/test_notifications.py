"""What the clock tells each person, until they put it away."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from casetrack.database.tables import Case
from casetrack.engine import act, open_case, sweep
from casetrack.oversight import notifications
from tests.town import MONDAY, NINE


@pytest.fixture
def late(database, session, town) -> Case:
    """A letter that Anne has left lying for forty days."""
    case = open_case(session, "letter", by=town.marc, at=NINE, title="Trou", received_on=MONDAY, citizen=town.citizen,
                     subject=town.subjects["voirie"])  # fmt: skip
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"].id)
    act(session, case, "take_charge", by=town.anne, at=NINE)
    session.commit()
    sweep(database.session, at=NINE + timedelta(days=40))
    return case


def unread(session, actor) -> list[notifications.Notice]:
    return notifications.unread(session, actor, timezone="Europe/Paris", today=date(2027, 1, 2))


def test_reminders_and_breaches_reach_the_officer_newest_first(session, town, late):
    notices = unread(session, town.anne)

    assert notices[0].id > notices[-1].id
    said = {notice.what.fr.replace("\u00a0", " "): notice.tone for notice in notices}
    assert said["Réponse écrite : rappel, dix jours ouvrés avant l'échéance"] == "soon"
    assert said["Réponse écrite : échéance dépassée"] == "late"
    assert session.scalar(select(notifications.count(town.anne))) == len(notices)


def test_what_is_put_away_is_not_shown_again(session, town, late):
    first, *rest = unread(session, town.anne)

    assert notifications.mark_read(session, town.anne, [first.id], at=datetime(2027, 1, 2, tzinfo=UTC)) == 1

    assert [notice.id for notice in unread(session, town.anne)] == [notice.id for notice in rest]
    assert notifications.mark_read(session, town.anne, [first.id], at=datetime(2027, 1, 3, tzinfo=UTC)) == 0


def test_nobody_puts_away_what_was_told_to_another(session, town, late):
    ids = [notice.id for notice in unread(session, town.anne)]

    assert notifications.mark_read(session, town.paul, ids, at=NINE) == 0
    assert session.scalar(select(notifications.count(town.anne))) == len(ids)


def test_who_may_no_longer_read_the_case_is_told_nothing_of_it(session, town, late):
    act(session, late, "transfer", by=town.anne, at=NINE, service=town.services["PRO"].id, reason="Propreté")

    assert unread(session, town.anne) == []
    assert session.scalar(select(notifications.count(town.anne))) == 0
