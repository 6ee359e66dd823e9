"""The clock: every reminder once, in order, to the right person; a breach never disappears; nothing moves a case."""

import random
from contextlib import suppress
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select, text, update

from casetrack.database.tables import (
    Absence,
    Case,
    CaseLink,
    Event,
    Notification,
    RungFired,
    Staff,
    StaffRole,
    Timer,
)
from casetrack.engine import act, journal, open_case, sweep
from casetrack.engine.recipients import Directory
from casetrack.organisation import staff as people
from casetrack.workflow.registry import RECIPIENTS
from tests.town import MONDAY, NINE

PARIS = ZoneInfo("Europe/Paris")


def morning(day: date) -> datetime:
    """Six in the morning in Paris."""
    return datetime.combine(day, datetime.min.time(), PARIS) + timedelta(hours=6)


def register(session, town, **details) -> Case:
    """A letter of that Monday on Voirie, in Anne's hands."""
    given = {
        "subject": town.subjects["voirie"],
        "officer": town.staff["anne"],
        "received_on": MONDAY,
        "channel": "post",
        **details,
    }
    return open_case(session, "letter", by=town.marc, at=NINE, title="Un trou", citizen=town.citizen, **given)


def told(session, who) -> list[str]:
    """What one person was told, in order."""
    mine = select(Notification.kind).where(Notification.staff_id == who.id)
    return list(session.scalars(mine.order_by(Notification.created_at, Notification.id)))


LADDER_OF_400_DAYS = [
    ("answer", "-10 working days", date(2026, 12, 9)),
    ("milestone", "-3 working days", date(2026, 12, 14)),
    ("answer", "-5 working days", date(2026, 12, 16)),
    ("milestone", "breach", date(2026, 12, 18)),
    ("answer", "-2 working days", date(2026, 12, 21)),
    ("answer", "breach", date(2026, 12, 24)),
    ("answer", "+3 working days", date(2026, 12, 29)),
    ("answer", "+5 working days", date(2026, 12, 31)),
    ("implicit", "-10 days", date(2027, 1, 13)),
    ("answer", "+20 working days", date(2027, 1, 22)),
    ("implicit", "breach", date(2027, 1, 24)),
]


def test_a_letter_nobody_touches_for_400_days_worker_killed_at_random(database, session, town):
    case = register(session, town)
    session.commit()
    chance = random.Random(7)

    day = MONDAY
    while day < MONDAY + timedelta(days=400):
        if chance.random() < 0.7:  # otherwise the worker is down that day
            if chance.random() < 0.2:  # killed half-way: everything of its transaction is lost
                with suppress(Killed):
                    sweep(lambda: Dying(database.session()), at=morning(day))
            sweep(database.session, at=morning(day))
        day += timedelta(days=1)

    session.expire_all()
    fired = session.execute(
        select(Timer.key, RungFired.rung, RungFired.seq)
        .join(Timer)
        .where(RungFired.case_id == case.id)
        .order_by(RungFired.seq)
    ).all()
    ladders = {
        key: [rung for key_, rung, _ in LADDER_OF_400_DAYS if key_ == key] for key, _, _ in LADDER_OF_400_DAYS
    }
    assert [(key, ladders[key][rung]) for key, rung, _ in fired] == [
        (key, rung) for key, rung, _ in LADDER_OF_400_DAYS
    ]
    assert case.is_open
    assert case.state == "registered"
    assert case.implicit_born_on == date(2027, 1, 23)
    opened = session.scalars(
        select(Case.fields["cause"].as_string())
        .join(CaseLink, CaseLink.case_id == Case.id)
        .where(CaseLink.other_id == case.id)
        .order_by(Case.id)
    ).all()
    assert opened == ["milestone_missed", "answer_late", "silence"]
    assert told(session, town.anne) == [
        "answer:-10 working days", "milestone:-3 working days", "answer:-5 working days", "milestone:breach",
        "answer:-2 working days", "answer:breach",
    ]  # fmt: skip
    assert "answer:+3 working days" in told(session, town.diane)
    assert "answer:+5 working days" in told(session, town.gilles)
    assert "implicit:breach" in told(session, town.jeanne)
    assert list(journal.verify(session)) == []


class Killed(BaseException):
    """The process was killed."""


class Dying:
    """A session whose process is killed just before it commits."""

    def __init__(self, session):
        self.session = session

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.rollback()
        self.session.close()

    def commit(self):
        """Lose the work."""
        raise Killed

    def __getattr__(self, name):
        return getattr(self.session, name)


def test_a_rung_fires_on_its_day_not_the_day_before(database, session, town):
    register(session, town)
    session.commit()

    before = sweep(database.session, at=morning(date(2026, 12, 8)))
    on_the_day = sweep(database.session, at=morning(date(2026, 12, 9)))
    again = sweep(database.session, at=morning(date(2026, 12, 9)))

    assert (before.fired, on_the_day.fired, again.fired) == (0, 1, 0)


def test_a_breach_that_came_while_the_worker_was_down_is_noted_even_after_the_answer(database, session, town):
    case = register(session, town)
    answer_by_hand(session, town, case, morning(date(2026, 12, 28)))
    session.commit()

    sweep(database.session, at=morning(date(2027, 3, 1)))

    causes = session.scalars(
        select(Case.fields["cause"].as_string()).where(Case.workflow == "dysfunction")
    ).all()
    assert sorted(causes) == ["answer_late", "milestone_missed"]
    # Of the answer nobody is told any more; of the closure, which still waits, she is.
    assert told(session, town.anne) == ["closing:-3 working days", "closing:breach"]


def test_a_letter_answered_in_time_leaves_nothing_to_fire(database, session, town):
    case = register(session, town)
    answer_by_hand(session, town, case, morning(date(2026, 12, 1)))
    act(session, case, "close", by=town.anne, at=morning(date(2026, 12, 2)), outcome="favourable")
    session.commit()

    assert sweep(database.session, at=morning(date(2028, 1, 1))).fired == 0
    assert session.scalar(select(func.count()).select_from(Timer).where(Timer.next_rung_at.is_not(None))) == 0


def test_a_letter_registered_late_is_late_at_once_but_its_receipt_opens_nothing(database, session, town):
    case = register(session, town, received_on=date(2026, 10, 1))
    session.commit()

    sweep(database.session, at=morning(date(2026, 11, 24)))

    session.refresh(case)
    causes = session.scalars(
        select(Case.fields["cause"].as_string()).where(Case.workflow == "dysfunction")
    ).all()
    assert sorted(causes) == ["answer_late", "milestone_missed"]
    receipt = session.scalars(select(Timer).where(Timer.case_id == case.id, Timer.key == "receipt")).one()
    assert receipt.met_on > receipt.due_on  # late, and it shows


def test_reopening_erases_no_breach_and_starts_a_ladder_of_its_own(database, session, town):
    case = register(session, town)
    session.commit()
    sweep(database.session, at=morning(date(2027, 2, 1)))
    session.refresh(case)
    answer_by_hand(session, town, case, morning(date(2027, 2, 2)))
    act(session, case, "close", by=town.anne, at=morning(date(2027, 2, 3)), outcome="favourable")
    act(session, case, "reopen", by=town.marc, at=morning(date(2027, 2, 4)), reason="Le trou est revenu.")
    session.commit()

    sweep(database.session, at=morning(date(2027, 4, 1)))

    first, second = session.scalars(
        select(Timer).where(Timer.case_id == case.id, Timer.key == "answer").order_by(Timer.cycle)
    )
    assert (first.due_on, first.met_on) == (date(2026, 12, 23), date(2027, 2, 2))
    assert (second.starts_on, second.due_on, second.met_on) == (date(2027, 2, 4), date(2027, 3, 4), None)
    late = session.scalars(
        select(Case).where(Case.workflow == "dysfunction", Case.fields["cause"].as_string() == "answer_late")
    ).all()
    assert len(late) == 2


@pytest.mark.parametrize(
    ("change", "warned"),
    [
        ("nothing", "anne"),
        ("no officer", "denis"),
        ("officer left", "denis"),
        ("officer away", "paul"),
        ("no officer, no head", "diane"),
        ("no service", "marc"),
    ],
)
def test_the_first_warning_always_reaches_somebody(database, session, town, change, warned):
    case = register(session, town)
    cases, staff = Case.__table__, Staff.__table__
    if change.startswith("no officer"):
        session.execute(update(cases).values(officer_id=None))
    if change == "no service":
        session.execute(update(cases).values(officer_id=None, service_id=None))
    if change == "officer left":
        session.execute(update(staff).where(staff.c.id == town.anne.id).values(is_active=False))
    if change == "officer away":
        session.add(
            Absence(
                staff_id=town.anne.id,
                starts_on=date(2026, 12, 1),
                ends_on=date(2026, 12, 31),
                replaced_by_id=town.paul.id,
            )
        )
    if change.endswith("no head"):
        session.execute(delete(StaffRole.__table__).where(StaffRole.staff_id == town.denis.id))
    session.commit()

    sweep(database.session, at=morning(date(2026, 12, 9)))

    assert told(session, town.actors[warned]) == ["answer:-10 working days"]
    assert session.scalar(select(func.count()).select_from(Notification)) == 1
    assert case.state == "registered"


def test_an_absence_stops_no_clock_and_the_replacement_acts_in_the_other_s_name(session, town):
    case = register(session, town)
    act(session, case, "triage", by=town.marc, at=NINE, subject=town.subjects["voirie"])
    session.add(Absence(staff_id=town.anne.id, starts_on=MONDAY, ends_on=MONDAY, replaced_by_id=town.lea.id))
    session.flush()
    session.execute(update(Case.__table__).values(officer_id=town.anne.id))
    session.expire_all()
    lea = people.actor(session, town.lea.id, on=MONDAY)

    line = act(session, case, "take_charge", by=lea, at=NINE)

    assert (line.actor_id, line.on_behalf_of_id) == (town.lea.id, town.anne.id)


@pytest.mark.parametrize(("level", "readers"), [(1, {"anne", "denis"}), (2, {"anne"})])
def test_a_confidential_letter_warns_only_those_who_may_read_it(database, session, town, level, readers):
    register(session, town, confidentiality=level)
    session.commit()

    sweep(database.session, at=morning(date(2026, 12, 16)))

    names = {login for login, actor in town.actors.items() if told(session, actor)}
    assert names == readers


def test_one_broken_case_does_not_stop_the_others(database, session, town):
    cases = [register(session, town) for _ in range(5)]
    session.commit()
    # A ladder that the pinned definition does not have: as a damaged row would be.
    session.execute(
        update(Timer.__table__)
        .where(Timer.case_id == cases[2].id, Timer.key == "answer")
        .values(key="nothing")
    )
    session.commit()

    result = sweep(database.session, at=morning(date(2026, 12, 9)))

    assert (result.fired, result.skipped) == (4, 1)
    later = session.scalar(select(Timer.next_rung_at).where(Timer.key == "nothing"))
    assert later == morning(date(2026, 12, 9)) + timedelta(hours=1)


def test_a_sweep_takes_no_more_than_it_is_told_and_says_so(database, session, town):
    for _ in range(5):
        register(session, town)
    session.commit()

    first = sweep(database.session, at=morning(date(2026, 12, 9)), limit=2)
    rest = sweep(database.session, at=morning(date(2026, 12, 9)))

    assert (first.fired, first.truncated) == (2, True)
    assert (rest.fired, rest.truncated) == (3, False)


def test_the_clock_cannot_move_or_end_a_case_even_by_hand(session, town):
    case = register(session, town)
    line = journal.new_line(
        2, case.last_hash, at=NINE, actor_kind="clock", actor_id=None, action="close", from_state="registered", to_state="closed", ends=True
    )  # fmt: skip

    with pytest.raises(Exception, match=r"ended_by_a_person|clock_moves_nothing"):
        session.execute(Event.__table__.insert().values(case_id=case.id, **line))


def test_a_case_cannot_be_closed_in_the_table_without_a_person_and_an_outcome(session, town):
    case = register(session, town)
    session.flush()

    with pytest.raises(Exception, match="closed_by_a_named_person"):
        session.execute(
            text("UPDATE cases SET closed_seq = 1, closed_on = '2026-12-01' WHERE id = :id"), {"id": case.id}
        )


def answer_by_hand(session, town, case, at) -> None:
    """Bring a letter to its answer in one go."""
    if case.state == "registered":
        act(session, case, "triage", by=town.marc, at=at, subject=town.subjects["voirie"])
    act(session, case, "take_charge", by=town.anne, at=at)
    act(session, case, "draft_answer", by=town.anne, at=at, answer="C'est fait.", outcome="favourable")
    act(session, case, "submit_for_signature", by=town.denis, at=at)
    act(session, case, "sign", by=town.simone, at=at)
    act(session, case, "send_answer", by=town.marc, at=at)


@pytest.mark.parametrize("name", RECIPIENTS)
def test_every_recipient_that_a_ladder_may_name_is_somebody(session, town, name):
    directory = Directory(session, MONDAY)

    found = directory.find(
        [name], service_id=town.services["VOI"].id, officer_id=town.anne.id, asked=(town.services["PRO"].id,)
    )

    assert found
