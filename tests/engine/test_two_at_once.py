"""Several at once, and killed at any moment: real processes, on both databases; threads on the embedded one.

Processes wait for each other by lines on their pipes (tests/engine/rivals.py), never by sleeping.
"""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from casetrack.database.tables import (
    Case,
    CaseLink,
    CaseText,
    Event,
    Message,
    Notification,
    RungFired,
    Staff,
    Timer,
)
from casetrack.engine import act, journal, open_case, sweep
from casetrack.errors import CaseChanged
from casetrack.organisation import staff as people
from tests.town import MONDAY, NINE, settle

ROOT = Path(__file__).parents[2]
PATIENCE = 120
"""Seconds after which a process that hangs is killed: the test is red then, not stuck."""
BREACH = datetime(2026, 12, 24, 5, tzinfo=UTC)
FIRED_BY_THEN = 6
"""Rungs of a letter of MONDAY that have come by BREACH: four of the answer, two of the milestone."""


class Rival:
    """Another process; killed at the end whatever happens."""

    def __init__(self, url: str, job: str, at: datetime, *arguments: object) -> None:
        command = [
            sys.executable,
            "-m",
            "tests.engine.rivals",
            url,
            job,
            at.isoformat(),
            *map(str, arguments),
        ]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.watchdog = threading.Timer(PATIENCE, self.process.kill)
        self.watchdog.start()

    def hears(self) -> str:
        """Return its next line; empty when it is dead."""
        return self.process.stdout.readline().strip()

    def waits_for(self, word: str) -> None:
        assert self.hears() == word

    def go_on(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def ends(self) -> object:
        """Return what came of its job."""
        return json.loads(self.hears())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def leave(self) -> None:
        self.watchdog.cancel()
        self.kill()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def rival(database_url) -> Iterator:
    """Start processes on `database`, ready and waiting."""
    started: list[Rival] = []

    def start(job: str, at: datetime, *arguments: object) -> Rival:
        started.append(Rival(database_url, job, at, *arguments))
        started[-1].waits_for("ready")
        return started[-1]

    yield start
    for one in started:
        one.leave()


def letters(database, count: int) -> list[int]:
    """A settled town with so many letters in Anne's hands."""
    with database.session() as session:
        town = settle(session)
        made = [
            open_case(
                session, "letter", by=town.marc, at=NINE, title="Un trou", received_on=MONDAY, citizen=town.citizen,
                subject=town.subjects["voirie"], officer=town.staff["anne"],
            ).id
            for _ in range(count)
        ]  # fmt: skip
        session.commit()
    return made


def in_progress(database) -> int:
    """One letter that Anne works on."""
    (case_id,) = letters(database, 1)
    with database.session() as session:
        case = session.get_one(Case, case_id)
        everybody = who(session)
        act(session, case, "assign", by=everybody["marc"], at=NINE, officer=everybody["anne"].id)
        act(session, case, "take_charge", by=everybody["anne"], at=NINE)
        session.commit()
    return case_id


def who(session) -> dict:
    return {row.login: people.actor(session, row, on=MONDAY) for row in session.scalars(select(Staff))}


def each_rung_fired_once(database, letters: int) -> None:
    """What must be there once the clock has come to BREACH, whoever fired it."""
    with database.reader() as session:
        of_letters = select(func.count()).select_from(RungFired).join(Case).where(Case.workflow == "letter")
        assert session.scalar(of_letters) == FIRED_BY_THEN * letters
        lines = select(func.count()).where(Event.actor_kind == "clock", Event.action != "open")
        assert session.scalar(lines) == session.scalar(select(func.count()).select_from(RungFired))
        causes = session.scalars(
            select(Case.fields["cause"].as_string()).where(Case.workflow == "dysfunction")
        )
        assert Counter(causes) == {"answer_late": letters, "milestone_missed": letters}
        about = select(func.count(CaseLink.case_id.distinct())).where(CaseLink.kind == "about")
        assert session.scalar(about) == 2 * letters
        told = select(func.count()).group_by(Notification.case_id, Notification.kind, Notification.staff_id)
        assert set(session.scalars(told.where(Notification.kind.like("answer:%")))) == {1}
        numbers = session.scalars(
            select(Case.reference).where(Case.workflow == "dysfunction").order_by(Case.reference)
        )
        assert numbers.all() == [f"2026-D-{number:05}" for number in range(1, 2 * letters + 1)]
        assert list(journal.verify(session)) == []


def test_two_sweeps_at_once_fire_each_rung_once_and_wait_for_nobody(database, rival):
    letters(database, 150)  # three hundred timers
    both = [rival("sweep_until_done", BREACH, 20) for _ in range(2)]

    for one in both:
        one.go_on()
    done = [one.ends() for one in both]

    assert sum(each["fired"] for each in done) == FIRED_BY_THEN * 150
    assert [each["skipped"] for each in done] == [0, 0]
    assert sweep(database.session, at=BREACH).fired == 0
    each_rung_fired_once(database, 150)


def test_two_desks_at_once_give_a_hundred_numbers_without_a_gap(database, rival):
    letters(database, 0)
    both = [rival("register", datetime(2027, 1, 2, 9, tzinfo=UTC), 50) for _ in range(2)]

    for one in both:
        one.go_on()
    references = [reference for one in both for reference in one.ends()]

    assert sorted(references) == [f"2027-A-{number:06}" for number in range(1, 101)]


def test_of_two_forms_sent_at_once_one_wins_and_the_other_is_told_and_keeps_its_text(database, rival):
    case_id = in_progress(database)
    typed = {"question": "Quel trottoir, pair ou impair ?"}
    first = rival("edit", NINE, "anne", case_id, 3, "draft_answer", json.dumps({"answer": "Oui.", "outcome": "favourable"}))  # fmt: skip
    second = rival("edit", NINE, "denis", case_id, 3, "ask_citizen", json.dumps(typed))
    first.go_on()
    first.waits_for("paused")  # everything is written, nothing is committed

    second.go_on()
    first.go_on()

    assert first.ends() == {"outcome": "done", "version": 4}
    assert second.ends() == {
        "outcome": "changed",
        "sentence": "Anne Arnaud a rédigé un projet de réponse le 23/11/2026 à 09\u00a0h\u00a000.",
        "typed": typed,
    }
    with database.reader() as session:
        assert session.scalars(select(CaseText.body)).all() == ["Oui."]
        assert session.scalar(select(func.count()).where(Message.template == "question")) == 0
        assert list(journal.verify(session)) == []


def impatient(database):
    """A session that would rather fail than wait for somebody."""
    session = database.session()
    session.execute(text("SET LOCAL lock_timeout = '1s'"))
    return session


def test_a_sweep_leaves_alone_the_case_that_somebody_is_working_on(postgresql_database):
    first, second = letters(postgresql_database, 2)
    with postgresql_database.session() as session:
        case = session.get_one(Case, first)
        act(session, case, "assign", by=who(session)["marc"], at=BREACH, officer=who(session)["paul"].id)

        during = sweep(lambda: impatient(postgresql_database), at=BREACH)
        session.commit()
    after = sweep(postgresql_database.session, at=BREACH)

    assert (during.fired, after.fired) == (FIRED_BY_THEN, FIRED_BY_THEN)
    with postgresql_database.reader() as session:
        swept = session.scalars(select(RungFired.case_id).where(RungFired.fired_at == BREACH).distinct())
        assert {first, second} <= set(swept)
        assert list(journal.verify(session)) == []


def test_an_act_waits_for_the_sweep_and_goes_on_from_its_line(database, rival):
    case_id = in_progress(database)
    clock = rival("sweep_and_pause", BREACH, 500)
    officer = rival("edit", BREACH, "anne", case_id, 3, "ask_citizen", json.dumps({"question": "Où ?"}))
    clock.go_on()
    clock.waits_for("paused")

    officer.go_on()
    clock.go_on()

    officer.waits_for("paused")
    officer.go_on()
    assert officer.ends() == {"outcome": "done", "version": 4}
    assert clock.ends() == {"fired": FIRED_BY_THEN, "skipped": 0}
    with database.reader() as session:
        lines = session.scalars(
            select(Event.action).where(Event.case_id == case_id).order_by(Event.seq)
        ).all()
        assert lines[-1] == "ask_citizen"
        assert list(journal.verify(session)) == []


def test_two_letters_attached_to_each_other_at_once_are_not_both_closed(database, rival):
    one, other = letters(database, 2)
    first = rival("edit", NINE, "marc", one, 0, "attach_duplicate", json.dumps({"original": other}))
    second = rival("edit", NINE, "marc", other, 0, "attach_duplicate", json.dumps({"original": one}))
    first.go_on()
    first.waits_for("paused")

    second.go_on()
    first.go_on()

    assert first.ends()["outcome"] == "done"
    assert second.ends()["outcome"] == "fields"
    with database.reader() as session:
        assert session.scalars(select(Case.id).where(Case.closed_seq.is_(None))).all() == [other]


def test_a_sweep_killed_before_its_commit_leaves_nothing_and_is_done_again_whole(database, rival):
    letters(database, 20)
    victim = rival("sweep_and_pause", BREACH, 500)
    victim.go_on()
    victim.waits_for("paused")  # every row is written
    with database.reader() as session:
        assert session.scalar(select(func.count()).select_from(RungFired)) == 0

    victim.kill()

    with database.reader() as session:
        assert session.scalar(select(func.count()).select_from(RungFired)) == 0
        assert session.scalar(select(func.count()).where(Timer.rung > 0)) == 0
        assert session.scalar(select(func.count()).where(Case.workflow == "dysfunction")) == 0
    sweep(database.session, at=BREACH)
    each_rung_fired_once(database, 20)


def test_a_sweep_killed_at_any_statement_loses_nothing_and_does_nothing_twice(database, rival):
    letters(database, 20)

    for statement in (3, 41, 17, 90, 8, 120):
        victim = rival("sweep_aloud", BREACH, 5)
        victim.go_on()
        for _ in range(statement):
            if not victim.hears().isalpha():
                break
        victim.kill()
        with database.reader() as session:
            assert list(journal.verify(session)) == []

    sweep(database.session, at=BREACH)
    each_rung_fired_once(database, 20)


def at_once(*jobs) -> list:
    """Run these at the same moment, each in a thread; return what each gave or raised."""
    outcomes: list = [None] * len(jobs)
    start = threading.Barrier(len(jobs))

    def run(place: int) -> None:
        start.wait()
        try:
            outcomes[place] = jobs[place]()
        except Exception as failure:
            outcomes[place] = failure

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return outcomes


def test_threads_of_one_process_share_the_embedded_database_too(sqlite_database):
    letters(sqlite_database, 40)

    def fire() -> int:
        fired = 0
        while done := sweep(sqlite_database.session, at=BREACH, limit=7).fired:
            fired += done
        return fired

    def desk() -> list[str]:
        references = []
        for _ in range(10):
            with sqlite_database.session() as session:
                case = open_case(
                    session, "letter", by=who(session)["marc"], at=datetime(2027, 1, 2, 9, tzinfo=UTC), title="Un trou",
                    received_on=date(2027, 1, 2), subject=1,
                )  # fmt: skip
                session.commit()
                references.append(case.reference)
        return references

    fired, others, one, two = at_once(fire, fire, desk, desk)

    assert fired + others == FIRED_BY_THEN * 40
    assert sorted(one + two) == [f"2027-A-{number:06}" for number in range(1, 21)]
    each_rung_fired_once(sqlite_database, 40)


def test_of_two_threads_that_act_on_the_same_page_one_is_told(database):
    case_id = in_progress(database)

    def ask() -> int:
        with database.session() as session:
            case, everybody = session.get_one(Case, case_id), who(session)
            act(session, case, "ask_citizen", by=everybody["anne"], at=NINE, version=3, question="Où ?")
            session.commit()
            return case.version

    outcomes = at_once(ask, ask)

    assert sorted(map(type, outcomes), key=str) == [CaseChanged, int]
    with database.reader() as session:
        assert session.scalar(select(func.count()).where(Message.template == "question")) == 1
