"""The town hall on the day that the moved clock shows: who is there, and what they do."""

import heapq
from collections import defaultdict, deque
from collections.abc import Generator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack.correspondence import citizens
from casetrack.database.tables import Case, CaseLink, Citizen, Service, Staff, StaffRole, Subject, Town
from casetrack.demo import papers, people
from casetrack.demo.letters import Letter
from casetrack.engine import Actor, act, open_about, open_case, town
from casetrack.organisation import absences, services, staff

Life = Generator[datetime, None, None]
"""What happens to something from day to day: it yields the instant at which it goes on."""
Waiting = Generator[datetime, None, int]
"""A part of a life that returns how many days were waited."""

OPENS, CLOSES = time(8, 30), time(17, 30)
A_MOMENT = timedelta(minutes=7)


class Directory:
    """Hold who does what, read once: the town's people do not change during the demonstration."""

    def __init__(self, session: Session) -> None:
        self.logins = dict(session.execute(select(Staff.login, Staff.id)).all())
        self.services = dict(session.execute(select(Service.code, Service.id)).all())
        self.subjects = {subject.code: subject for subject in session.scalars(select(Subject))}
        self.tree = services.tree(session)
        self.holders: dict[tuple[str, int | None], list[int]] = defaultdict(list)
        roles = select(StaffRole.role, StaffRole.service_id, StaffRole.staff_id).order_by(StaffRole.id)
        for role, service_id, staff_id in session.execute(roles):
            self.holders[role, service_id].append(staff_id)

    def of(self, role: str, service_id: int | None = None) -> list[int]:
        """Return who holds a role in a service or, where nobody does, in the nearest service above."""
        steps = self.tree.upwards(service_id) if service_id else (None,)
        return next((self.holders[role, step] for step in steps if self.holders[role, step]), [])


class Hall:
    """The town hall while a year passes: `at` is the present instant of its moved clock."""

    def __init__(
        self, session: Session, *, starts: datetime, now: datetime, seed: int, store: Path | None = None
    ) -> None:
        self.session, self.at, self.now, self.seed = session, starts, now, seed
        self.store = store
        """Where documents are kept; None: the letters come without their papers."""
        self.calendar = town.place(session).calendar
        self.mayor = str(town.place(session).details["mayor"].get("title_fr", ""))
        self.zone = ZoneInfo(self.calendar.timezone)
        self.directory = Directory(session)
        self.partners = {entry["name"]: entry for entry in session.get_one(Town, 1).details["partners"]}
        self.chance = Random(f"{seed}:hall")
        self.writers: list[Citizen] = []
        self.organisations: dict[str, Citizen] = {}
        self.recent: deque[Letter] = deque(maxlen=150)
        """The last letters registered, which others may repeat."""
        self.analysed: dict[tuple[int | None, str], Case] = {}
        """By service and cause, the dysfunction whose analysis stands for the others."""
        self.followed: set[int] = set()
        """Cases whose breaches a story takes care of."""
        self.stories: dict[int, Case] = {}
        """The case of each story, by its place in `casetrack.demo.stories`."""
        self._agenda: list[tuple[datetime, int, Life]] = []
        self._away: dict[int, int | None] = {}
        self._actors: dict[tuple[int, tuple[int, ...]], Actor] = {}
        self._lives = 0

    # ---- The clock --------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """Return the day that the moved clock shows."""
        return self.calendar.day_of(self.at)

    def instant(self, day: date, at: time) -> datetime:
        """Return an instant by the clock on the town hall's wall."""
        return datetime.combine(day, at, self.zone)

    def on(self, day: date, chance: Random) -> datetime:
        """Return an instant at which somebody works: that day or the first working day after, never past."""
        day = self.calendar.next_working_day(max(day, self.today), closures=True)
        opens = max(self.instant(day, OPENS), self.at + A_MOMENT)
        closes = self.instant(day, CLOSES)
        if opens >= closes:
            return self.on(day + timedelta(days=1), chance)
        return opens + timedelta(seconds=chance.randrange(int((closes - opens).total_seconds())))

    def in_days(self, count: int, chance: Random) -> datetime:
        """Return an instant of the nth working day from today; 0 is later today."""
        return self.on(self.calendar.add_working_days(self.today, count, closures=True), chance)

    def begin(self, life: Life) -> None:
        """Let something live from now on."""
        self._lives += 1
        self._go_on(life, self._lives)

    def live_until(self, end: datetime) -> None:
        """Let everything live on until that instant."""
        while self._agenda and self._agenda[0][0] <= end:
            self.at, number, life = heapq.heappop(self._agenda)
            self._go_on(life, number)
        self.at = max(self.at, end)

    def _go_on(self, life: Life, number: int) -> None:
        if (at := next(life, None)) is not None:
            # Two things never happen to one letter at the same instant.
            heapq.heappush(self._agenda, (max(at, self.at + A_MOMENT), number, life))

    # ---- The people -------------------------------------------------------------------------

    def look_who_is_away(self) -> None:
        """Read today's absences."""
        self._away = absences.away(self.session, self.today)

    def present(self, staff_id: int) -> int:
        """Return the person, or who replaces them today."""
        if staff_id not in self._away:
            return staff_id
        return absences.stands_in(self._away, staff_id) or staff_id

    def actor(self, staff_id: int) -> Actor:
        """Return what a person may do today."""
        replaced = tuple(
            person for person in sorted(self._away) if absences.stands_in(self._away, person) == staff_id
        )
        if (known := self._actors.get((staff_id, replaced))) is None:
            known = self._actors[staff_id, replaced] = staff.actor(self.session, staff_id, on=self.today)
        return known

    def login(self, name: str) -> int:
        """Return the number of the person with this login."""
        return self.directory.logins[name]

    # ---- What they do -----------------------------------------------------------------------

    def act(self, case: Case, action: str, who: int, **fields: object) -> None:
        """Let somebody, or who replaces them, act on a case now."""
        act(self.session, case, action, by=self.actor(self.present(who)), at=self.at, **fields)

    def act_oneself(self, case: Case, action: str, who: int, **fields: object) -> None:
        """Let somebody act on what was sealed for them, and nobody in their place."""
        act(self.session, case, action, by=self.actor(who), at=self.at, **fields)

    def open(self, workflow: str, who: int, title: str, **details: object) -> Case:
        """Let somebody open a case now."""
        by = self.actor(self.present(who))
        return open_case(self.session, workflow, by=by, at=self.at, title=title, **details)  # type: ignore[arg-type]

    def open_about(self, workflow: str, who: int, about: Case, title: str, **details: object) -> Case:
        """Let somebody open a case about another one now."""
        by = self.actor(self.present(who))
        return open_about(self.session, about, workflow, by=by, at=self.at, title=title, **details)  # type: ignore[arg-type]

    def breach(self, case: Case, cause: str) -> Case:
        """Return the dysfunction that the clock opened about a case for this cause."""
        about = select(CaseLink.case_id).where(CaseLink.other_id == case.id, CaseLink.kind == "about")
        found = self.session.scalars(select(Case).where(Case.id.in_(about)).order_by(Case.id))
        return next(breach for breach in found if breach.fields["cause"] == cause)

    def register(
        self,
        letter: Letter,
        *,
        by: int | None = None,
        subject: str = "",
        silent: bool = False,
        readers: Sequence[int] = (),
    ) -> None:
        """Register a letter at the desk where it came in, with its receipt."""
        known = self.directory.subjects[subject or letter.matter.subject]
        if letter.citizen is None and letter.sender:
            letter.citizen = self._writer(letter)
        own = {} if known.workflow == "light" else {"nature": letter.matter.nature, **letter.fields}
        desk = by or self.desk_for(letter.channel, letter.chance)
        letter.case = self.open(
            known.workflow,
            desk,
            letter.title,
            received_on=letter.received_on,
            channel=letter.channel,
            citizen=letter.citizen,
            subject=known.id,
            confidentiality=letter.confidentiality,
            readers=readers,
            silent=silent,
            **own,
        )
        papers.join(self, letter, desk)
        self.recent.append(letter)

    def desk_for(self, channel: str, chance: Random) -> int:
        """Return who registers what comes this way."""
        return self.login(chance.choice(DESKS[channel]))

    def _writer(self, letter: Letter) -> Citizen:
        chance = letter.chance
        if letter.sender != "person":
            found = people.organisation(chance, letter.sender)
            name = str(found["organisation"])
            if name not in self.organisations:
                self.organisations[name] = citizens.save(self.session, Citizen(**found))
            return self.organisations[name]
        if self.writers and not letter.english and chance.random() < 0.12:
            return chance.choice(self.writers)
        # One letter in five hundred carries the longest name that one meets.
        longest = people.LONGEST_NAME if len(self.writers) % 500 == 40 else ""
        found = people.person(chance, english=letter.english, family_name=longest)
        if letter.channel in ("email", "web") and not found["email"]:
            found["email"] = people.email(f"{found['given_name']}.{found['family_name']}", chance)
        writer = citizens.save(self.session, Citizen(**found))
        if not letter.english:
            self.writers.append(writer)
        return writer


# Who registers what comes by each way; letters given to an elected member come through the cabinet.
DESKS = {
    "post": ("m.grandclement", "e.tchikaya"),
    "email": ("e.tchikaya", "a.jourdren", "a.rakotoarisoa"),
    "web": ("a.jourdren", "a.rakotoarisoa"),
    "desk": ("a.rakotoarisoa", "c.el-mansouri", "u.lesquesne"),
    "telephone": ("e.nzambi", "d.peyroux"),
    "elected": ("y.ait-ouali",),
}
