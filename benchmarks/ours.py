"""The same work through the public functions of `casetrack`, with everything on.

Permission, version, typed fields, chained journal, clocks, texts, rendered messages: nothing is left
out, and every step is committed by itself.
"""

import time
from datetime import UTC, datetime, timedelta
from datetime import time as at_time
from itertools import count
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.crew import memory
from benchmarks.places import Place
from benchmarks.population import FIRST_DAY, populate
from benchmarks.story import MEDIATOR, SERVICES, STEPS, letter
from casetrack.database import Database
from casetrack.database.migrate import upgrade
from casetrack.database.tables import (
    Case,
    Citizen,
    Event,
    Notification,
    Service,
    Staff,
    StaffRole,
    Subject,
    Town,
)
from casetrack.engine import Actor, act, journal, open_case, sweep
from casetrack.oversight import worklists
from casetrack.settings import shipped_workflows
from casetrack.workflow import publish, read

WORKFLOW = Path(__file__).parent / "workflows" / "bench"
FIRST_LETTER = datetime(2026, 1, 5, 9, tzinfo=UTC)
CLERK = Actor(
    kind="staff",
    id=1,
    name="Anne Agent",
    roles=frozenset({"desk", "officer"}),
    officer_of=frozenset({1}),
)


class Ours:
    """Work on one database as the town hall does."""

    def __init__(self, place: Place) -> None:
        self.database = Database(place.url, synchronous=place.synchronous)
        self.numbers = count()

    def create(self) -> None:
        """Make the tables by the migrations, and a town of twenty services with an officer and a head each."""
        upgrade(self.database.engine)
        numbers = range(1, SERVICES + 1)
        with self.database.session() as session:
            session.add(Town(id=1, name="Ville de Rivemont", details={"email": "mairie@rivemont.test"}))
            session.add_all(Service(id=n, code=f"S{n}", name=f"Service {n}") for n in numbers)
            session.flush()
            for n in numbers:
                session.add(
                    Staff(id=n, login=f"a{n}", given_name="Anne", family_name=f"Agent {n}", service_id=n)
                )
                session.flush()
                session.add_all(
                    StaffRole(staff_id=n, role=role, service_id=n) for role in ("officer", "head")
                )
            session.add(Staff(id=MEDIATOR, login="m", given_name="Mila", family_name="Médiatrice"))
            session.flush()
            session.add(StaffRole(staff_id=1, role="desk"))
            session.add(StaffRole(staff_id=MEDIATOR, role="mediator"))
            session.add(Subject(id=1, code="voirie", label="Voirie", service_id=1, workflow="bench"))
            session.add(Citizen(id=1, family_name="Petit", email="petit@exemple.test"))
            session.flush()
            for workflow in (WORKFLOW, shipped_workflows() / "dysfunction"):
                publish(session, read(workflow), at=FIRST_LETTER, by=None)
            session.commit()

    def lifecycle(self, letters: int, start: str = "number") -> tuple[float, float]:
        """Take that many letters from receipt to closure, each step committed; return begin and end.

        Each step starts from the case's number alone, in a transaction of its own. By "number", the gate
        itself reads the row, once, and holds it; "read": the ORM reads it first, then the gate; "kept": the
        session still has it, as in a program that does several things to one case.
        """
        started = time.monotonic()
        with self.database.long_session() as session:
            for number in (next(self.numbers) for _ in range(letters)):
                at = FIRST_LETTER + timedelta(days=number // 20 % 365)
                title, _, body = letter(number)
                case = open_case(
                    session,
                    "bench",
                    by=CLERK,
                    at=at,
                    title=title,
                    received_on=at.date(),
                    channel="email",
                    citizen=1,
                    subject=1,
                    officer=1,
                )
                session.commit()
                case_id = case.id
                for step in STEPS:
                    of: Case | int = case_id
                    if start != "number":
                        of = case = session.get_one(Case, case_id, populate_existing=start == "read")
                    typed: dict = {"milestone": {"done": step.note}, "reply": {"answer": body}}.get(
                        step.action, {}
                    )
                    act(session, of, step.action, by=CLERK, at=at, **typed)
                    session.commit()
        return started, time.monotonic()

    def counts(self) -> dict[str, int]:
        """Count what the letters left, and verify the whole journal."""
        with self.database.reader() as session:
            return {
                "cases": session.scalar(select(func.count()).select_from(Case)) or 0,
                "events": journal.count(session),
                "closed": session.scalar(select(func.count()).where(Case.closed_seq.is_not(None))) or 0,
                "faults": len(list(journal.verify(session))),
            }

    def load(self, letters: int) -> None:
        """Put that many open letters in."""
        populate(self.database.engine, letters)

    def sweep(self, day: int) -> tuple[float, int]:
        """Fire the rungs that come due until that day; return the seconds and how many."""
        at = datetime.combine(FIRST_DAY + timedelta(days=day), at_time(6), UTC)
        started = time.perf_counter()
        result = sweep(self.database.session, at=at, limit=10_000_000)
        return time.perf_counter() - started, result.fired

    def swept(self) -> dict[str, int]:
        """Count what the sweeps wrote."""
        with self.database.reader() as session:
            lines = select(func.count()).where(Event.actor_kind == "clock")
            notices = select(func.count()).select_from(Notification)
            return {"lines": session.scalar(lines) or 0, "notices": session.scalar(notices) or 0}

    def worklist(self, pages: int) -> list[float]:
        """Read that many first pages of the services' worklists, no template; return the seconds of each."""
        seconds = []
        for turn in range(pages):
            number = turn * 7 % SERVICES + 1
            actor = Actor(kind="staff", id=number, name="Anne Agent", officer_of=frozenset({number}))
            started = time.perf_counter()
            with self.database.reader() as session:
                page = worklists.worklist(session, actor, "service", today=FIRST_DAY)
            seconds.append(time.perf_counter() - started)
            assert len(page.lines) == 50, len(page.lines)
        return seconds

    def memory(self) -> tuple[float, float]:
        """Return what this process holds in memory now, and held at most, in MB."""
        return memory()
