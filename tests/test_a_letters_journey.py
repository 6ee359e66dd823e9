"""The story of one letter, end to end, through the public functions, on both databases.

Read this first: each test is one day of the same letter, told from its receipt to its reopening.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from casetrack.database.tables import Case, Event, Message, Notification, Timer
from casetrack.engine import act, allowed_actions, journal, open_case, sweep
from casetrack.errors import ActionNotAllowed, NeedsMissing

PARIS = ZoneInfo("Europe/Paris")


def at(day: str, hour: int = 9) -> datetime:
    """An hour of a day in Paris."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), PARIS) + timedelta(hours=hour)


@pytest.fixture
def letter(session, town) -> Case:
    """A letter about a pothole, received on Monday 23 November 2026, registered the same day."""
    return open_case(
        session,
        "letter",
        by=town.marc,
        at=at("2026-11-23"),
        title="Trou dans la chaussée, rue des Lilas",
        received_on=date(2026, 11, 23),
        channel="email",
        citizen=town.citizen,
        subject=town.subjects["voirie"],
        nature="complaint",
    )


def drafted(session, town, letter) -> None:
    """Bring the letter to a draft, on the Wednesday."""
    act(session, letter, "triage", by=town.marc, at=at("2026-11-23", 10), subject=town.subjects["voirie"])
    act(session, letter, "take_charge", by=town.anne, at=at("2026-11-24"))
    act(
        session, letter, "draft_answer", by=town.anne, at=at("2026-11-25"), answer="Le trou sera rebouché le 2 décembre.",
        outcome="favourable",
    )  # fmt: skip


def answered(session, town, letter) -> None:
    """Bring the letter to its answer, sent on the Friday."""
    drafted(session, town, letter)
    act(session, letter, "submit_for_endorsement", by=town.anne, at=at("2026-11-25", 11))
    act(session, letter, "endorse", by=town.denis, at=at("2026-11-26"))
    act(session, letter, "sign", by=town.simone, at=at("2026-11-26", 15))
    act(session, letter, "send_answer", by=town.marc, at=at("2026-11-27"))


def test_a_letter_gets_a_number_and_three_dates(session, letter):
    assert letter.reference == "2026-A-000001"
    assert letter.state == "registered"
    assert letter.due_on == date(2026, 12, 23)  # one month, from day number to day number
    assert letter.act_by == date(2026, 12, 23)  # a Wednesday: the target is the same day
    assert letter.implicit_on == date(2027, 1, 23)  # two months, a Saturday: never rolled


def test_its_receipt_waits_in_the_outbox_at_once(session, letter):
    receipt = session.scalars(select(Message).where(Message.case_id == letter.id)).one()

    assert (receipt.template, receipt.channel, receipt.status) == ("receipt", "email", "waiting")
    assert receipt.recipient == "nadia.petit@exemple.fr"
    assert "2026-A-000001" in receipt.subject
    for said in ("lundi 23 novembre 2026", "mercredi 23 décembre 2026", "samedi 23 janvier 2027", "Voirie"):
        assert said in receipt.body


def test_it_cannot_be_closed_before_it_is_answered(session, town, letter):
    drafted(session, town, letter)

    with pytest.raises(ActionNotAllowed) as refusal:
        act(session, letter, "close", by=town.anne, at=at("2026-11-26"), outcome="favourable")

    assert refusal.value.code == "state"
    assert "Réponse en préparation" in refusal.value.sentence.fr


def test_it_cannot_be_sent_before_it_is_signed(session, town, letter):
    drafted(session, town, letter)
    act(session, letter, "submit_for_signature", by=town.denis, at=at("2026-11-25", 12))
    act(session, letter, "sign", by=town.simone, at=at("2026-11-26"))
    letter.facts = {key: value for key, value in letter.facts.items() if key != "signed"}
    session.flush()

    with pytest.raises(NeedsMissing) as refusal:
        act(session, letter, "send_answer", by=town.marc, at=at("2026-11-26", 16))

    assert list(refusal.value.needs) == ["signed"]


def test_the_answer_leaves_with_its_text_and_stops_both_clocks(session, town, letter):
    answered(session, town, letter)

    sent = session.scalars(select(Message).where(Message.template == "answer")).one()
    assert "Le trou sera rebouché le 2 décembre." in sent.body
    assert letter.answered_on == date(2026, 11, 27)
    ended = dict(session.execute(select(Timer.key, Timer.status).where(Timer.case_id == letter.id)).all())
    assert ended == {
        "receipt": "met",
        "answer": "met",
        "milestone": "met",
        "implicit": "met",
        "closing": "running",
    }


def test_it_is_closed_by_a_named_person(session, town, letter):
    answered(session, town, letter)

    line = act(session, letter, "close", by=town.anne, at=at("2026-12-01"), outcome="favourable")

    assert not letter.is_open
    assert (letter.closed_by_id, letter.closed_seq, letter.outcome) == (town.anne.id, line.seq, "favourable")
    assert line.ends
    assert line.actor_id == town.anne.id


def test_its_history_says_who_did_what_in_order(session, town, letter):
    answered(session, town, letter)

    done = session.execute(select(Event.seq, Event.action, Event.actor_id).order_by(Event.seq)).all()

    assert done == [
        (1, "open", town.marc.id),
        (2, "triage", town.marc.id),
        (3, "take_charge", town.anne.id),
        (4, "draft_answer", town.anne.id),
        (5, "submit_for_endorsement", town.anne.id),
        (6, "endorse", town.denis.id),
        (7, "sign", town.simone.id),
        (8, "send_answer", town.marc.id),
    ]
    assert journal.replay(session, letter) == letter.state == "answered"
    assert list(journal.verify(session)) == []


def test_reopened_it_keeps_its_first_answer_and_gets_a_new_month(session, town, letter):
    answered(session, town, letter)
    act(session, letter, "close", by=town.anne, at=at("2026-12-01"), outcome="favourable")

    act(session, letter, "reopen", by=town.marc, at=at("2027-01-11"), reason="Le trou est toujours là.")

    assert letter.is_open
    assert (letter.first_due_on, letter.first_answered_on) == (date(2026, 12, 23), date(2026, 11, 27))
    assert letter.answered_on is None
    assert letter.due_on == date(2027, 2, 11)
    assert letter.cycle == 2
    first = session.scalars(select(Timer).where(Timer.key == "answer", Timer.cycle == 1)).one()
    assert (first.status, first.met_on) == ("met", date(2026, 11, 27))


def test_missing_items_stop_the_clocks_until_they_come(session, town, letter):
    act(session, letter, "triage", by=town.marc, at=at("2026-11-23", 10), subject=town.subjects["voirie"])
    act(session, letter, "take_charge", by=town.anne, at=at("2026-11-24"))

    act(
        session,
        letter,
        "request_items",
        by=town.anne,
        at=at("2026-12-01"),
        items="Un plan.",
        items_by="2026-12-16",
    )
    assert letter.due_on == date(2027, 1, 7)  # 23 December and the 15 days allotted
    act(session, letter, "record_items", by=town.marc, at=at("2026-12-10"), received="2026-12-09")

    assert letter.due_on == date(2026, 12, 31)  # 8 days only: the items came on the 9th
    assert letter.implicit_on == date(2027, 1, 31)


def test_a_letter_that_nobody_touches_warns_breaches_and_stays_open(database, session, town, letter):
    act(session, letter, "triage", by=town.marc, at=at("2026-11-23", 10), subject=town.subjects["voirie"])
    act(session, letter, "take_charge", by=town.anne, at=at("2026-11-24"))
    session.commit()

    sweep(database.session, at=at("2027-02-01"))

    session.expire_all()
    assert letter.is_open
    assert letter.state == "in_progress"
    assert letter.implicit_born_on == date(2027, 1, 23)
    causes = session.scalars(
        select(Case.fields["cause"].as_string()).where(Case.workflow == "dysfunction")
    ).all()
    assert sorted(causes) == ["answer_late", "milestone_missed", "silence"]
    mine = select(Notification.kind).where(Notification.staff_id == town.anne.id).order_by(Notification.seq)
    assert session.scalars(mine).all() == [
        "answer:-10 working days",
        "milestone:-3 working days",
        "answer:-5 working days",
        "milestone:breach",
        "answer:-2 working days",
        "answer:breach",
    ]


def test_the_buttons_are_what_the_gate_accepts(session, town, letter):
    names = {action.name for action in allowed_actions(session, letter, town.marc)}

    assert {"triage", "assign", "refer_out", "attach_duplicate", "withdraw"} <= names
    assert not names & {"sign", "close", "close_without_answer", "take_charge"}
    assert allowed_actions(session, letter, town.stranger) == []
