"""Whatever people, the clock and chance do, in whatever order: what always holds is looked at after every step.

What is expected comes from the journal and from the text of the definitions, read here a second time with
tomllib: never from the engine's own answer.
"""

import shutil
import tomllib
from collections import Counter as Tally
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, literal, select, union_all

from casetrack.database import Database
from casetrack.database.tables import (
    Absence,
    Case,
    CaseCopy,
    CaseLink,
    Citizen,
    Counter,
    Event,
    Message,
    Notification,
    RungFired,
    Suspension,
    Table,
    Timer,
)
from casetrack.engine import CLOCK, Actor, act, allowed_actions, journal, may_read, open_case, sweep
from casetrack.errors import ActionNotAllowed, CaseChanged, CaseTrackError, InvalidFields, NeedsMissing
from casetrack.organisation import staff as people
from casetrack.settings import shipped_workflows
from tests.town import settle

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ALIVE = ("running", "suspended")

SHEETS = {
    path.parent.name: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in shipped_workflows().glob("*/workflow.toml")
}
PROMISE = {"letter": "answer", "light": "answer", "dysfunction": "handling"}
ANEW = {"question": ["answer"], "recommendation": ["position", "completion"]}
"""Kinds within the town whose promise is given again, in the same cycle: the last one given counts."""

ODD = st.sampled_from(
    ["", "   ", "x", "\x00", "é" * 301, "a\r\nb", -1, 0, 999_999, 2**40, "2026-02-30", "0026-01-01", "9999-12-31", [], None, True]
)  # fmt: skip
WAITS = st.sampled_from(
    [timedelta(hours=5), timedelta(days=1), timedelta(days=3), timedelta(days=12), timedelta(days=33), timedelta(days=70), timedelta(days=400)]
)  # fmt: skip
SELDOM = st.sampled_from([True] + [False] * 4)


class TownHall(RuleBasedStateMachine):
    """A town hall at work: several cases, everybody at once, a clock that jumps and a worker that comes and goes."""

    def __init__(self) -> None:
        super().__init__()
        self.begin_again()
        self.now = MONDAY
        self.breaches: dict[int, date] = {}
        self.first: dict[int, tuple] = {}
        self.held: list[Case] = []
        self.actors: dict[str, object] = {}

    @property
    def today(self) -> date:
        return self.now.astimezone(PARIS).date()

    # ---- What people do -----------------------------------------------------------------------

    @initialize(data=st.data())
    def a_first_letter(self, data):
        with self.database.session() as session:
            self._open(
                session,
                data,
                "letter",
                self.actor(session, "marc"),
                {"subject": self.town.subjects["voirie"]},
            )
            session.commit()

    @rule(
        data=st.data(),
        workflow=st.sampled_from(["letter", "letter", "light", "dysfunction", "question", "recommendation"]),
    )
    def register(self, data, workflow):
        """Somebody registers a letter, some days after it came, sometimes with nonsense."""
        with self.database.session() as session:
            who = self.actor(session, data.draw(st.sampled_from(["marc", "marc", "anne", "eva", "gilles"])))
            details = {
                "subject": self.town.subjects[data.draw(st.sampled_from(["voirie", "buvette", "merci", "cada", "social"]))],
                "received_on": self.today - timedelta(days=data.draw(st.sampled_from([0, 0, 0, 1, 2, 9, 45]))),
                "channel": data.draw(st.sampled_from(["post", "email", "desk"])),
                "silent": data.draw(SELDOM),
            }  # fmt: skip
            if data.draw(SELDOM):
                level = data.draw(st.sampled_from([1, 2]))
                named = data.draw(st.sampled_from([[], ["marc"], ["denis"], ["marc", "denis", "marc"]]))
                details |= {"confidentiality": level, "readers": [self.town.staff[login] for login in named]}
            if data.draw(SELDOM):
                details["officer"] = self.town.staff["anne"]
            if data.draw(SELDOM):
                odd = data.draw(
                    st.sampled_from(["title", "channel", "nature", "postmark_on", "cause", "colour"])
                )
                details[odd] = str(data.draw(ODD))
            before = self.snapshot(session)
            try:
                self._open(session, data, workflow, who, details)
            except (ActionNotAllowed, InvalidFields):
                assert self.snapshot(session) == before
            session.commit()

    def _open(self, session, data, workflow, who, details):
        if workflow in ANEW:
            details |= {
                workflow: "Pourquoi ?",
                "answer_by": self.today + timedelta(days=data.draw(st.integers(0, 40))),
            }
            who = self.actor(session, data.draw(st.sampled_from(["mila", "eva"])))
        if workflow not in ("letter", "light"):
            cause = {"cause": "tool"} if workflow == "dysfunction" else {}
            details = {
                **cause,
                **{k: v for k, v in details.items() if k != "subject"},
                "service": self.town.services["VOI"],
            }
        citizen = None if data.draw(SELDOM) else session.get_one(Citizen, self.town.citizen)
        return open_case(
            session, workflow, by=who, at=self.now, citizen=citizen, **{"title": "Un trou", **details}
        )

    @rule(data=st.data())
    def somebody_does_what_is_offered(self, data):
        """Whatever a button offers can be done, with a form filled in as it asks."""
        with self.database.session() as session:
            case = self.some_case(session, data)
            first = data.draw(st.integers(0, len(self.town.staff) - 1))
            logins = [*self.town.staff][first:] + [*self.town.staff][:first]
            for who in (self.actor(session, login) for login in logins):
                if offers := allowed_actions(session, case, who):
                    break
            else:
                return
            name = data.draw(st.sampled_from([offer.name for offer in offers]))
            fields = self.well_filled(session, data, case, who, name)
            if fields is None:
                return
            sealed = case.confidentiality == 2
            before = self.snapshot(session)
            try:
                form = case.id if data.draw(st.booleans()) else case
                act(session, form, name, by=who, at=self.now, version=case.version, **fields)
            except InvalidFields:
                assert sealed, "a form filled in as it asks was refused"
                assert self.snapshot(session) == before
            session.commit()

    @rule(data=st.data())
    def somebody_tries_anything(self, data):
        """Offered is accepted, not offered is refused, and a refusal changes nothing in any table."""
        with self.database.session() as session:
            case = self.some_case(session, data)
            who = data.draw(st.sampled_from([*self.town.staff, "clock", "citizen"]))
            who = {
                "clock": CLOCK,
                "citizen": Actor(kind="citizen", id=self.town.citizen, name="Nadia Petit"),
            }.get(who) or self.actor(session, who)
            sheet = SHEETS[case.workflow]
            name = data.draw(st.sampled_from([*sheet["actions"], "burn"]))
            fields = self.well_filled(session, data, case, who, name) if name != "burn" else {}
            well = fields is not None and case.confidentiality < 2
            fields = fields or {}
            if data.draw(SELDOM):
                well = False
                fields[data.draw(st.sampled_from([*fields, "colour"]))] = data.draw(ODD)
            stale = data.draw(SELDOM)
            offered = name in {offer.name for offer in allowed_actions(session, case, who)}
            before = self.snapshot(session)
            try:
                act(session, case, name, by=who, at=self.now, version=case.version - stale, **fields)
            except CaseTrackError as fault:
                refusal = fault
            else:
                refusal = None
            assert (refusal is None) == (self.snapshot(session) != before)
            if not offered:
                assert isinstance(refusal, ActionNotAllowed | NeedsMissing | CaseChanged)
            elif stale:
                assert isinstance(refusal, CaseChanged)
            elif well:
                assert refusal is None
            else:
                assert refusal is None or isinstance(refusal, InvalidFields)
            session.commit()

    @rule(data=st.data())
    def the_letter_is_answered(self, data):
        """Carry a letter to its answer as fast as its state allows: chance alone would rarely get there."""
        way = ["triage", "take_charge", "record_items", "give_opinion", "go_on_without_opinion", "draft_answer", "submit_for_signature", "endorse", "sign", "send_answer", "answer_and_close"]  # fmt: skip
        with self.database.session() as session:
            case = self.some_case(session, data)
            for name in way:
                self._by_whoever_may(session, data, case, name)
            session.commit()

    def _by_whoever_may(self, session, data, case, name):
        if name not in SHEETS[case.workflow]["actions"] or (name, case.state) == ("draft_answer", "drafting"):
            return
        for login in self.town.staff:
            who = self.actor(session, login)
            if name in {offer.name for offer in allowed_actions(session, case, who)}:
                fields = self.well_filled(session, data, case, who, name)
                act(session, case, name, by=who, at=self.now, **fields)
                return

    @rule(data=st.data())
    def a_page_stays_open_on_a_screen(self, data):
        with self.database.session() as session:
            case = self.some_case(session, data)
            session.expunge(case)
            self.held = [*self.held[-3:], case]

    @rule(data=st.data())
    def somebody_sends_a_form_of_an_old_page(self, data):
        """Either nothing was done meanwhile, or they are told and nothing changes."""
        if not self.held:
            return
        case = data.draw(st.sampled_from(self.held))
        with self.database.session() as session:
            present = session.get_one(Case, case.id)
            session.expunge(present)
            who = self.actor(session, data.draw(st.sampled_from(["marc", "anne", "denis"])))
            name = data.draw(st.sampled_from(list(SHEETS[case.workflow]["actions"])))
            fields = self.well_filled(session, data, case, who, name) or {}
            before = self.snapshot(session)
            try:
                act(session, case, name, by=who, at=self.now, **fields)
            except CaseTrackError:
                assert self.snapshot(session) == before
            else:
                assert present.version == case.version - 1
            session.commit()

    @rule(days=st.integers(0, 30), who=st.sampled_from(["anne", "denis", "marc", "simone"]), by=st.sampled_from(["paul", "lea", "rose", None]))  # fmt: skip
    def somebody_is_away(self, days, who, by):
        with self.database.session() as session:
            other = self.town.staff[by] if by else None
            self.actors = {}
            session.add(Absence(staff_id=self.town.staff[who], starts_on=self.today, ends_on=self.today + timedelta(days=days), replaced_by_id=other))  # fmt: skip
            session.commit()

    # ---- What time does -----------------------------------------------------------------------

    @rule(wait=WAITS, worker=st.booleans())
    def time_passes(self, wait, worker):
        self.now += wait
        if worker:
            self.the_worker_comes(500)

    @rule(limit=st.sampled_from([1, 2, 10_000]))
    def the_worker_comes(self, limit):
        with self.database.reader() as session:
            last = session.scalar(select(func.max(Notification.id))) or 0
        result = sweep(self.database.session, at=self.now, limit=limit)
        assert result.skipped == 0
        with self.database.reader() as session:
            if not result.truncated:
                self.every_breach_has_fired(session)
            self.only_readers_were_told(session, last)

    @rule()
    def the_day_is_sealed(self):
        with self.database.session() as session:
            journal.seal(session, at=self.now)
            session.commit()

    def every_breach_has_fired(self, session):
        """A breach that came while the clock ran fires, however late the worker and even after the answer."""
        fired = set(session.execute(select(RungFired.timer_id, RungFired.rung)).all())
        query = select(Timer, Case.workflow, Case.registered_at, Event.effective_on).join(
            Case, Case.id == Timer.case_id
        )
        query = query.join(
            Event, (Event.case_id == Timer.case_id) & (Event.seq == Timer.ended_seq), isouter=True
        )
        for timer, workflow, registered_at, effective_on in session.execute(query):
            for number, rung in enumerate(SHEETS[workflow]["deadlines"][timer.key].get("ladder", [])):
                if not rung.get("open") or effective_on:
                    continue
                came = timer.due_on < (self.today if timer.status in ALIVE else timer.ended_on)
                late_at_birth = timer.due_on < registered_at.astimezone(PARIS).date()
                if came and not (late_at_birth and timer.status not in ALIVE):
                    assert (timer.id, number) in fired, (timer.key, timer.due_on)
                if not came:
                    assert (timer.id, number) not in fired, (timer.key, timer.due_on)

    def only_readers_were_told(self, session, last):
        for notice in session.scalars(select(Notification).where(Notification.id > last)):
            case = session.get_one(Case, notice.case_id)
            reads = may_read(session, case, people.actor(session, notice.staff_id, on=self.today))
            # The legal service is told of the implicit decisions of other services.
            assert reads or (case.confidentiality == 0 and notice.staff_id == self.town.staff["jeanne"])

    # ---- What always holds --------------------------------------------------------------------

    @invariant()
    def what_always_holds(self):
        with self.database.reader() as session:
            cases = {case.id: case for case in session.scalars(select(Case))}
            lines, timers = defaultdict(list), defaultdict(list)
            for line in session.scalars(select(Event).order_by(Event.case_id, Event.seq)):
                lines[line.case_id].append(line)
            for timer in session.scalars(select(Timer).order_by(Timer.id)):
                timers[timer.case_id].append(timer)
            sent = set(session.execute(select(Message.case_id, Message.seq)).all())
            for case in cases.values():
                self.no_silent_end(case, lines[case.id], sent)
                self.the_state_is_what_the_journal_says(case, lines[case.id])
                if case.workflow in ANEW:
                    self.the_last_promise_given_is_the_one_shown(case, timers[case.id])
                else:
                    self.each_cycle_is_answered_or_open_in_time_or_late(case, timers[case.id])
                    self.the_first_cycle_stays(case, timers[case.id])
                if case.is_open:
                    assert any(timer.status in ALIVE for timer in timers[case.id]), case.reference
            self.no_breach_disappears(timers, lines)
            self.rungs_and_dysfunctions(session, cases)
            self.numbers_follow_each_other(session, cases.values())
            self.suspensions_belong_to_a_waiting_state(session, cases)
            assert list(journal.verify(session)) == []

    def no_silent_end(self, case, lines, sent):
        """Nothing ends but by an answer, a notice, or a listed reason decided by a named person, in that cycle."""
        if case.is_open:
            return
        sheet = SHEETS[case.workflow]
        cycle = []
        for line in lines:
            action = sheet["actions"].get(line.action, {})
            cycle = [] if action.get("reopens") else [*cycle, (line, action)]
        end, ending = next((line, action) for line, action in cycle if line.ends)
        assert end.seq == case.closed_seq
        assert end.actor_kind == "staff"
        assert end.actor_id == case.closed_by_id
        told = [
            line
            for line, action in cycle
            if action.get("sends", {}).get("role") in ("answers", "informs") and (case.id, line.seq) in sent
        ]
        if not told:
            assert ending.get("decides"), f"{case.reference} ended in silence by {end.action}"
            reasons = sheet["lists"][ending["fields"]["outcome"]["of"]]
            assert case.outcome in reasons
            assert f'"outcome":"{case.outcome}"' in end.payload

    def the_state_is_what_the_journal_says(self, case, lines):
        state = None
        for number, line in enumerate(lines, start=1):
            assert (line.seq, line.from_state) == (number, state)
            state = line.to_state
            assert line.actor_kind != "clock" or number == 1 or line.from_state == line.to_state
        assert (case.state, case.last_seq) == (state, len(lines))
        assert case.is_open == (not SHEETS[case.workflow]["states"][state].get("ends", False))
        assert case.version == sum(line.actor_kind == "staff" or line.seq == 1 for line in lines)

    def each_cycle_is_answered_or_open_in_time_or_late(self, case, timers):
        for cycle in range(1, case.cycle + 1):
            promises = [t for t in timers if (t.key, t.cycle) == (PROMISE[case.workflow], cycle)]
            (last,) = (t for t in promises if t.status != "superseded")
            verdicts = [
                last.status == "met" and last.met_on <= last.due_on,
                last.status == "met" and last.met_on > last.due_on,
                last.status in ALIVE and self.today <= last.due_on,
                last.status in ALIVE and self.today > last.due_on,
            ]
            assert verdicts.count(True) == 1, (case.reference, cycle, last.status)
        assert case.answered_on == last.met_on
        assert (case.due_on, case.act_by) == (last.due_on, last.act_by)
        implicit = [
            t for t in timers if (t.key, t.cycle) == ("implicit", case.cycle) and t.status != "superseded"
        ]
        assert case.implicit_on in (None, *(t.due_on for t in implicit))

    def the_last_promise_given_is_the_one_shown(self, case, timers):
        given = [t for t in timers if t.key in ANEW[case.workflow] and t.cycle == case.cycle]
        last = max(given, key=lambda timer: timer.armed_seq)
        assert (case.due_on, case.act_by, case.answered_on) == (last.due_on, last.act_by, last.met_on)
        if case.first_answered_on is not None:
            kept = (case.first_due_on, case.first_answered_on)
            assert self.first.setdefault(case.id, kept) == kept

    def the_first_cycle_stays(self, case, timers):
        now = (case.first_due_on, case.first_answered_on)
        (first,) = (
            t for t in timers if (t.key, t.cycle) == (PROMISE[case.workflow], 1) and t.status != "superseded"
        )
        assert now == (first.due_on, first.met_on)
        if case.cycle > 1:
            assert self.first.setdefault(case.id, now) == now

    def no_breach_disappears(self, timers, lines):
        """What was once late is late for ever, by its own row; it may only turn out to have been later still."""
        rows = {timer.id: timer for each in timers.values() for timer in each}
        for timer_id, due_on in self.breaches.items():
            timer = rows[timer_id]
            assert timer.due_on <= due_on
            if timer.status not in ALIVE:
                recorded_afterwards = lines[timer.case_id][timer.ended_seq - 1].effective_on
                assert recorded_afterwards or (timer.met_on or timer.ended_on) > timer.due_on
        for timer in rows.values():
            if timer.status in ALIVE and timer.due_on < self.today:
                self.breaches.setdefault(timer.id, timer.due_on)

    def rungs_and_dysfunctions(self, session, cases):
        """No rung twice, none left out, one line each; each that opens has opened one dysfunction, about this case."""
        fired = session.execute(
            select(RungFired.timer_id, RungFired.rung, RungFired.case_id, RungFired.seq, Timer.key)
            .join(Timer, Timer.id == RungFired.timer_id)
            .order_by(RungFired.timer_id, RungFired.seq)
        ).all()
        seen = Tally()
        for row in fired:
            assert row.rung == seen[row.timer_id]
            seen[row.timer_id] += 1
        of_the_clock = select(func.count()).where(Event.actor_kind == "clock", Event.action != "open")
        assert session.scalar(of_the_clock) == len(fired) == len({(row.case_id, row.seq) for row in fired})
        expected = {
            f"{row.timer_id}.{row.rung}": row.case_id
            for row in fired
            if SHEETS[cases[row.case_id].workflow]["deadlines"][row.key]["ladder"][row.rung].get("open")
        }
        about = dict(
            session.execute(select(CaseLink.case_id, CaseLink.other_id).where(CaseLink.kind == "about")).all()
        )
        opened = [case for case in cases.values() if case.external_source == "breach"]
        assert {case.external_id: about[case.id] for case in opened} == expected
        assert len(opened) == len(expected)

    def numbers_follow_each_other(self, session, cases):
        given = defaultdict(list)
        for case in cases:
            year, _, number = case.reference.partition("-")
            given[case.workflow, int(year)].append(int(number.partition("-")[2]))
        last = {(row.series, row.year): row.last for row in session.scalars(select(Counter)) if row.last}
        assert {key: sorted(numbers) for key, numbers in given.items()} == {
            key: list(range(1, count + 1)) for key, count in last.items()
        }

    def suspensions_belong_to_a_waiting_state(self, session, cases):
        waiting = Tally(session.scalars(select(Suspension.case_id).where(Suspension.ends_on.is_(None))))
        for case in cases.values():
            assert waiting[case.id] == bool(SHEETS[case.workflow]["states"][case.state].get("suspends"))

    def teardown(self):
        """However it ended, somebody can still move every open case that is not sealed."""
        with self.database.reader() as session:
            everybody = [self.actor(session, login) for login in self.town.staff]
            for case in session.scalars(
                select(Case).where(Case.closed_seq.is_(None), Case.confidentiality < 2)
            ):
                moves = (
                    offer.name
                    for who in everybody
                    for offer in allowed_actions(session, case, who)
                    if SHEETS[case.workflow]["actions"][offer.name].get("to", case.state) != case.state
                )
                assert next(moves, None), f"nobody can move {case.reference}, {case.state}"

    # ---- How forms are filled in --------------------------------------------------------------

    def cases(self, session):
        return list(session.scalars(select(Case).order_by(Case.id)))

    def some_case(self, session, data):
        cases = {case.reference: case for case in self.cases(session)}
        return cases[data.draw(st.sampled_from(list(cases)))]

    def actor(self, session, login):
        """What this person may do today, asked once a day."""
        if self.actors.get("today") != self.today:
            self.actors = {"today": self.today}
        if login not in self.actors:
            self.actors[login] = people.actor(session, self.town.staff[login], on=self.today)
        return self.actors[login]

    def snapshot(self, session):
        """How many rows each table has, every case, and what hangs on it and may change."""
        counts = [select(literal(t.name), func.count()).select_from(t) for t in Table.metadata.sorted_tables]
        changing = (Case, Timer, CaseCopy, Suspension, Counter)
        return (
            session.execute(union_all(*counts)).all(),
            [session.execute(select(table.__table__)).all() for table in changing],
        )

    def well_filled(self, session, data, case, who, name):
        """Fill in a form as it asks; None where nothing could be chosen."""
        sheet = SHEETS[case.workflow]
        action = sheet["actions"][name]
        typed: dict[str, object] = {}
        for key, field in action.get("fields", {}).items():
            if field.get("required") or data.draw(st.booleans()):
                if (value := self.good(session, data, case, who, sheet, field)) is None:
                    return None
                typed[key] = value
        if "assign" in action.get("effects", []) and not {"service", "officer", "subject"} & typed.keys():
            typed["officer"] = self.town.staff["anne"]
        return typed

    def good(self, session, data, case, who, sheet, field):
        match field["type"]:
            case "text" | "line":
                return data.draw(st.sampled_from(["Oui.", "Ça, c'est écrit\u00a0: « été »", "x" * 300]))
            case "choice":
                return data.draw(st.sampled_from(list(sheet["lists"][field["of"]])))
            case "service":
                others = [key for key in self.town.services.values() if key != case.service_id]
                return data.draw(st.sampled_from(others))
            case "staff":
                return self.town.staff[data.draw(st.sampled_from(["anne", "paul", "lea", "denis"]))]
            case "subject":
                return self.town.subjects[data.draw(st.sampled_from(list(self.town.subjects)))]
            case "date":
                return self.good_day(data, case, field)
            case "case":
                return self.good_original(session, data, case, who)

    def good_day(self, data, case, field):
        earliest = {"today": self.today, "received_on": case.received_on}.get(field.get("not_before"), self.today - timedelta(days=30))  # fmt: skip
        # Only a past answer is typed so; after a reopening it may not come before it.
        if case.cycle > 1 and field.get("not_after"):
            earliest = self.today
        latest = self.today if field.get("not_after") == "today" else self.today + timedelta(days=90)
        return data.draw(st.dates(max(earliest, latest - timedelta(days=120)), latest)).isoformat()

    def good_original(self, session, data, case, who):
        """Another case of the same kind, open, that this person may read: a closed one may be a copy of ours."""
        kinds = {"letter", "light"} if case.workflow in ("letter", "light") else {case.workflow}
        others = [
            other.id
            for other in self.cases(session)
            if other.id != case.id and other.is_open and other.workflow in kinds and may_read(session, other, who)
        ]  # fmt: skip
        return data.draw(st.sampled_from(others)) if others else None


@pytest.fixture(scope="module")
def sqlite_hall(sqlite_town, folder):
    """A file that holds the small town of tests/town.py, and how to begin again from it."""
    _, model = sqlite_town
    settled, hall = folder / "settled.db", folder / "hall.db"
    shutil.copyfile(model, settled)
    people = settled_in(Database(f"sqlite:///{settled}", synchronous="OFF"))
    database = Database(f"sqlite:///{hall}", synchronous="OFF")

    def begin_again() -> None:
        database.dispose()
        for old in folder.glob("hall.db*"):
            old.unlink()
        shutil.copyfile(settled, hall)

    yield {"town": people, "database": database, "begin_again": staticmethod(begin_again)}
    database.dispose()


@pytest.fixture(scope="module")
def postgresql_hall(postgresql_town, postgresql_server):
    """The same on PostgreSQL, where the writes of a step leave in one statement."""
    settled = f"{postgresql_server.town}_settled"
    postgresql_server.run(f"CREATE DATABASE {settled} TEMPLATE {postgresql_server.model}")
    people = settled_in(Database(postgresql_server.address(settled)))

    def begin_again() -> None:
        postgresql_town.dispose()
        postgresql_server.run(
            f"DROP DATABASE IF EXISTS {postgresql_server.town} WITH (FORCE)",
            f"CREATE DATABASE {postgresql_server.town} TEMPLATE {settled}",
        )

    yield {"town": people, "database": postgresql_town, "begin_again": staticmethod(begin_again)}
    postgresql_town.dispose()
    postgresql_server.run(f"DROP DATABASE {settled} WITH (FORCE)")


def settled_in(database) -> SimpleNamespace:
    """Settle the town and return everybody and everything by number."""
    with database.session() as session:
        town = settle(session)
        session.commit()
        numbers = SimpleNamespace(
            staff={login: row.id for login, row in town.staff.items()},
            services={code: row.id for code, row in town.services.items()},
            subjects={code: row.id for code, row in town.subjects.items()},
            citizen=town.citizen.id,
        )
    database.dispose()
    return numbers


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 60), ("postgresql", 20)])
def test_whatever_happens_the_promise_holds(request, kind, examples):
    hall = type("TownHall", (TownHall,), request.getfixturevalue(f"{kind}_hall"))
    deep = settings.default.max_examples > 100

    run_state_machine_as_test(
        hall,
        settings=settings(
            max_examples=settings.default.max_examples if deep else examples,
            stateful_step_count=80 if deep else 40,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, Phase.shrink],
        ),
    )
