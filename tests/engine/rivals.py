"""Another process at work on the same database: `python -m tests.engine.rivals URL JOB …`.

It says "ready", waits for a line, does its job and prints what came of it as JSON. A job that pauses says
"paused" and waits for another line. Nothing here sleeps: whoever starts it gives the signals.
"""

import json
import sys
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import event, select
from sqlalchemy.orm import Session

from casetrack.database import Database
from casetrack.database.tables import Case, Citizen, Staff, Subject
from casetrack.engine import Actor, act, open_case, sweep
from casetrack.errors import CaseTrackError
from casetrack.organisation import staff as people

STATEMENTS = ("execute", "executemany", "commit")


def say(word: str) -> None:
    print(word, flush=True)


def pause() -> None:
    say("paused")
    sys.stdin.readline()


def actor(session: Session, login: str, at: datetime) -> Actor:
    return people.actor(
        session, session.scalars(select(Staff).where(Staff.login == login)).one(), on=at.date()
    )


def sweep_until_done(database: Database, at: datetime, batch: int) -> dict:
    """Fire what is due, few timers at a time, until nothing is left that nobody else holds."""
    fired = skipped = 0
    while (result := sweep(database.session, at=at, limit=batch)).fired + result.skipped:
        fired, skipped = fired + result.fired, skipped + result.skipped
    return {"fired": fired, "skipped": skipped}


def sweep_and_pause(database: Database, at: datetime, batch: int) -> dict:
    """Write everything, then wait before the first commit."""
    event.listen(Session, "before_commit", lambda _session: pause(), once=True)
    return sweep_until_done(database, at, batch)


def sweep_aloud(database: Database, at: datetime, batch: int) -> dict:
    """Print a line at each statement, so that whoever listens can kill at any of them."""

    def listen(frame: object, kind: str, called: object) -> None:
        name = getattr(called, "__name__", "") if kind == "c_call" else frame.f_code.co_name  # type: ignore[attr-defined]
        if kind in ("call", "c_call") and name in STATEMENTS:
            say(name)

    sys.setprofile(listen)
    return sweep_until_done(database, at, batch)


def register(database: Database, at: datetime, count: int) -> list[str]:
    """Register letters, each in a transaction of its own."""
    references = []
    for _ in range(count):
        with database.session() as session:
            case = open_case(
                session, "letter", by=actor(session, "marc", at), at=at, title="Un trou",
                citizen=session.scalars(select(Citizen)).first(), subject=session.scalars(select(Subject)).first(),
            )  # fmt: skip
            references.append(case.reference)
            session.commit()
    return references


def edit(
    database: Database, at: datetime, login: str, case_id: int, version: int, action: str, fields: str
) -> dict:
    """Send one form, pausing between its writes and its commit; say what became of it."""
    with database.session() as session:
        case = session.get_one(Case, case_id)
        who = actor(session, login, at)
        if session.get_bind().dialect.name == "postgresql":
            session.commit()  # a page was shown; on SQLite the one writer already waits its turn
        try:
            act(session, case, action, by=who, at=at, version=version or None, **json.loads(fields))
        except CaseTrackError as refusal:
            return {"outcome": refusal.code, "sentence": refusal.sentence.fr, "typed": json.loads(fields)}
        pause()
        session.commit()
        return {"outcome": "done", "version": case.version}


JOBS: dict[str, Callable] = {
    job.__name__: job for job in (sweep_until_done, sweep_and_pause, sweep_aloud, register, edit)
}


def main(url: str, job: str, at: str, *arguments: str) -> None:
    database = Database(url)
    say("ready")
    sys.stdin.readline()
    given = [int(word) if word.isdecimal() else word for word in arguments]
    outcome = JOBS[job](database, datetime.fromisoformat(at), *given)
    sys.setprofile(None)
    say(json.dumps(outcome))


if __name__ == "__main__":
    main(*sys.argv[1:])
