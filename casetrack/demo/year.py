"""Day by day from a year ago to now: the mail comes, people work, the clock watches."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casetrack.database import Database
from casetrack.database.tables import Absence, Case, CaseLink, Message, Notification, Staff, Town
from casetrack.demo import papers
from casetrack.demo.accounts import PASSWORD, open_accounts, shown
from casetrack.demo.answers import keep_models
from casetrack.demo.desks import SEALED, STANDING, desk_lives
from casetrack.demo.hall import Hall
from casetrack.demo.letters import arrivals, typeset
from casetrack.demo.life import dysfunction_life, letter_life
from casetrack.demo.mediation import mediation_lives
from casetrack.demo.stories import LETTERS_TOLD, STORIES, Story
from casetrack.engine import journal, sweep, town
from casetrack.organisation import RIVEMONT, absences, apply_town, read_town
from casetrack.settings import shipped_workflows
from casetrack.workflow import publish_all, read_folder

WAKES = time(6, 0)
"""When the clock is asked, before anybody comes to work."""
POSTED = time(16, 45)
READ_AFTER = timedelta(days=3)
FEWEST = LETTERS_TOLD + len(STANDING) + len(SEALED)
"""Letters that every demonstration has: its stories, and those that stand on the desks today."""


class Parameters(NamedTuple):
    """What a demonstration is made of: the same ones at the same instant make the same town."""

    letters: int = 3_000
    years: int = 1
    seed: int = 1


def fill(
    database: Database,
    made_of: Parameters,
    *,
    now: datetime,
    progress: Callable[[date], None] = lambda _day: None,
    store: Path | None = None,
) -> dict:
    """Fill an empty, migrated database with a town and its mail; return what was made, for the visitor.

    Each day: the clock's sweep and seal, then what people do, in one transaction a day. `progress`
    hears of each day. `store` is where documents are kept: without it the letters come without their papers.
    The same parameters and instant make the same journal, line by line.
    """
    with database.session() as session:
        hall = _open_town(session, made_of, now, store)
        for day in _days(hall):
            _watch(database, hall, day)
            hall.live_until(min(hall.instant(day, time.max), now))
            _post(hall, day)
            session.commit()
            progress(day)
        papers.leave_a_pile(hall, hall.login("m.grandclement"))
        session.commit()
        sweep(database.session, at=now)
        details = _sign(session, hall, made_of)
        session.commit()
    return details


def made_as(session: Session) -> dict | None:
    """Return what `fill` made here, with its parameters; None when it made nothing or did not come to its end."""
    row = session.get(Town, 1)
    return row.details.get("demo") if row else None


def _open_town(session: Session, made_of: Parameters, now: datetime, store: Path | None) -> Hall:
    """Publish the workflows, apply the town's file, invent the absences and everything that will come."""
    file = read_town(RIVEMONT)
    starts = now - timedelta(days=365 * made_of.years)
    publish_all(session, read_folder(shipped_workflows()), at=starts, by=None)
    apply_town(session, file, at=starts)
    open_accounts(session)
    keep_models(session, at=starts)
    hall = Hall(session, starts=starts, now=now, seed=made_of.seed, store=store)
    _plan_absences(hall)
    for number, story in enumerate(STORIES):
        hall.begin(story.lives(hall, number))
    for life in (*desk_lives(hall), *mediation_lives(hall)):
        hall.begin(life)
    for letter in arrivals(
        made_of.letters - FEWEST,
        town=file,
        calendar=hall.calendar,
        start=hall.today,
        now=now,
        seed=made_of.seed,
    ):
        hall.begin(letter_life(hall, letter))
    session.commit()
    return hall


def _plan_absences(hall: Hall) -> None:
    """Send two officers of each service on holiday, one after the other, each replacing the other."""
    chance = Random(f"{hall.seed}:absences")
    last = hall.calendar.day_of(hall.now)
    planned = set(hall.session.scalars(select(Absence.staff_id)))  # those of the town's file
    for service_id in sorted(hall.directory.tree.nodes):
        pair = hall.directory.holders["officer", service_id][:2]
        if len(pair) < 2 or planned & set(pair):
            continue
        planned |= set(pair)
        first, second = (hall.session.get_one(Staff, number) for number in pair)
        leaves = last - timedelta(days=chance.randint(60, 330))
        for person, other, weeks in ((first, second, 0), (second, first, 3)):
            starts_on = leaves + timedelta(weeks=weeks)
            ends_on = starts_on + timedelta(days=13)
            absences.add(hall.session, person, starts_on=starts_on, ends_on=ends_on, replaced_by=other)


def _days(hall: Hall) -> Iterator[date]:
    day, last = hall.today, hall.calendar.day_of(hall.now)
    while day <= last:
        yield day
        day += timedelta(days=1)


def _watch(database: Database, hall: Hall, day: date) -> None:
    """Let the clock do at six what it does by itself, and people begin with what it found."""
    hall.at = min(max(hall.instant(day, WAKES), hall.at), hall.now)
    fired = sweep(database.session, at=hall.at)
    journal.seal(hall.session, at=hall.at)
    hall.look_who_is_away()
    if fired.fired:
        _read_again(hall.session)
    if fired.opened:
        _begin_dysfunctions(hall)
    read = update(Notification.__table__).where(
        Notification.read_at.is_(None), Notification.created_at < hall.at - READ_AFTER
    )
    hall.session.execute(read.values(read_at=hall.at))


def _read_again(session: Session) -> None:
    """Read again the cases in which the clock recorded an implicit decision: the answer speaks of it."""
    born = select(Case).where(Case.implicit_born_on.is_not(None), Case.closed_seq.is_(None))
    session.scalars(born.execution_options(populate_existing=True)).all()


def _begin_dysfunctions(hall: Hall) -> None:
    found = (
        select(Case, CaseLink.other_id)
        .join(CaseLink, CaseLink.case_id == Case.id)
        .where(Case.external_source == "breach", Case.registered_at == hall.at, CaseLink.kind == "about")
        .order_by(Case.id)
    )
    for case, about in hall.session.execute(found).all():
        if about not in hall.followed:
            hall.begin(dysfunction_life(hall, case))


def _post(hall: Hall, day: date) -> None:
    """Send the day's e-mails and post its letters; those of the last days wait in the print run for the visitor."""
    last = hall.calendar.day_of(hall.now)
    if day == last:
        return
    sent = update(Message.__table__).where(Message.status == "waiting")
    hall.session.execute(
        sent.values(status="sent", sent_at=Message.created_at, attempts=1, next_attempt_at=None)
    )
    if day < hall.calendar.add_working_days(last, -1, closures=True):
        posted = update(Message.__table__).where(Message.status == "to_print")
        by = hall.login("m.grandclement")
        at = hall.instant(day, POSTED)
        hall.session.execute(posted.values(status="posted", sent_at=at, posted_by_id=by))


def _sign(session: Session, hall: Hall, made_of: Parameters) -> dict:
    """Note in the town's row that this is a demonstration: its accounts and its stories, for the visitor."""
    row = session.get_one(Town, 1)
    demo = {
        **made_of._asdict(),
        "made_at": hall.now.isoformat(),
        "password": PASSWORD,
        "accounts": shown(session),
        "stories": [_told(hall.stories[number], story) for number, story in enumerate(STORIES)],
    }
    row.details = {**row.details, "demo": demo}
    town.forget_place(session)
    return demo


def _told(case: Case, story: Story) -> dict[str, str]:
    return {
        "reference": case.reference,
        "title": case.title,
        "shows": typeset(story.shows.fr),
        "shows_en": story.shows.en,
    }
