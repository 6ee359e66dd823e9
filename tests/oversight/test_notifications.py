"""What the clock tells each person, until they put it away."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from casetrack.database.tables import Case, Notification
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


def test_what_is_put_away_is_not_shown_again(session, town, late):
    (notice,) = unread(session, town.anne)
    first, *rest = notice.ids

    assert notifications.mark_read(session, town.anne, [first], at=datetime(2027, 1, 2, tzinfo=UTC)) == 1

    assert [one.ids for one in unread(session, town.anne)] == [tuple(rest)]
    assert notifications.mark_read(session, town.anne, [first], at=datetime(2027, 1, 3, tzinfo=UTC)) == 0
    assert notifications.mark_read(session, town.anne, rest, at=datetime(2027, 1, 3, tzinfo=UTC)) == len(rest)
    assert unread(session, town.anne) == []


def test_the_signals_of_a_case_are_one_notice_each_with_its_day(session, town, late):
    (notice,) = unread(session, town.anne)

    assert notice.reference == late.reference
    assert {line.what.fr: line.due.words.fr.replace("\u00a0", " ") for line in notice.lines} == {
        "Réponse écrite": "en retard de 10 jours",
        "Premier point d'étape": "en retard de 16 jours",
    }
    assert {line.due.tone for line in notice.lines} == {"late"}


def test_what_was_settled_says_nothing_more(session, town, late):
    later = NINE + timedelta(days=40)
    news = {"done": "a", "remaining": "b", "why": "c", "next_news_on": "2027-01-15"}
    act(session, late, "send_milestone", by=town.anne, at=later, **news)
    (notice,) = unread(session, town.anne)
    assert [line.what.fr for line in notice.lines] == ["Réponse écrite"]

    act(session, late, "refer_out", by=town.anne, at=later, authority="La Poste", contact="3631")

    assert unread(session, town.anne) == []
    assert session.scalar(select(notifications.count(town.anne))) == 0


def test_what_was_promised_anew_is_not_what_was_missed(database, session, town, late):
    news = {"done": "a", "remaining": "b", "why": "c"}
    act(
        session,
        late,
        "send_milestone",
        by=town.anne,
        at=NINE + timedelta(days=40),
        next_news_on="2027-01-10",
        **news,
    )
    session.commit()
    sweep(database.session, at=NINE + timedelta(days=50))
    session.expire_all()
    (missed,) = unread(session, town.anne)
    assert "Prochaines nouvelles annoncées" in [line.what.fr for line in missed.lines]

    act(
        session,
        late,
        "send_milestone",
        by=town.anne,
        at=NINE + timedelta(days=50),
        next_news_on="2027-02-10",
        **news,
    )

    (again,) = unread(session, town.anne)
    assert [line.what.fr for line in again.lines] == ["Réponse écrite"]


def test_what_is_settled_is_put_away_with_the_rest(session, town, late):
    act(session, late, "refer_out", by=town.anne, at=NINE + timedelta(days=40), authority="A", contact="B")
    mine = (Notification.staff_id == town.anne.id, Notification.read_at.is_(None))
    assert session.scalars(select(Notification.id).where(*mine)).all()

    notifications.mark_read(session, town.anne, [], at=NINE + timedelta(days=41))

    assert session.scalars(select(Notification.id).where(*mine)).all() == []


def test_nobody_puts_away_what_was_told_to_another(session, town, late):
    (notice,) = unread(session, town.anne)

    assert notifications.mark_read(session, town.paul, notice.ids, at=NINE) == 0
    assert unread(session, town.anne) == [notice]


def test_who_may_no_longer_read_the_case_is_told_nothing_of_it(session, town, late):
    act(session, late, "transfer", by=town.anne, at=NINE, service=town.services["PRO"].id, reason="Propreté")

    assert unread(session, town.anne) == []
    assert session.scalar(select(notifications.count(town.anne))) == 0
