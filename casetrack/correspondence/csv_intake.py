"""Register the letters of a CSV file, a hundred at a time, each once however often the file comes back.

1. `prepare`   opens the file and understands its mapping; every fault of the mapping at once
2. `register`  opens a case for each row through the gate, tells nobody, and yields what it committed

An answer of the past is an act of the administrator who imports, with the day of the answer and that of the
recording. A row that cannot be a letter is given back with its reason.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from casetrack.correspondence import citizens
from casetrack.correspondence.csv_file import CsvFile, Row
from casetrack.correspondence.csv_letter import Letter, Place, Unusable, external_id, read_letter
from casetrack.correspondence.csv_mapping import CsvMapping, Known, read_text, understand
from casetrack.database.tables import CHANNELS, Case, Citizen, Service, Subject
from casetrack.engine import Actor, act, open_case, town
from casetrack.errors import ActionNotAllowed, CaseTrackError
from casetrack.language import Text
from casetrack.workflow import Definition, published

BATCH = 100
"""Rows in one transaction: what an interruption leaves for the next run."""
PAST_ANSWER = "record_past_answer"

ADMINISTRATORS_ONLY = Text(
    "Seul un administrateur importe des courriers\u00a0: {name} n'a pas ce rôle.",
    "Only an administrator imports letters: {name} does not have this role.",
)
BUSY = Text(
    "Un autre import écrit les mêmes courriers\u00a0: attendez qu'il finisse, puis relancez la même commande.",
    "Another import is writing the same letters: wait until it has finished, then run the same command again.",
)
DATABASE_FAILED = Text(
    "La base de données ne répond plus, ou son disque est plein. Les courriers enregistrés le restent\u00a0: "
    "une fois la cause levée, relancez la même commande.",
    "The database no longer answers, or its disk is full. Letters registered stay so: once the cause is mended, "
    "run the same command again.",
)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one row; "opened" and "duplicate" have a reference, "rejected" a code and a reason."""

    line: int
    outcome: str
    external_id: str
    reference: str = ""
    letter: Letter | None = None
    code: str = ""
    reason: Text | None = None
    cells: tuple[str, ...] = ()


class _Waiting(NamedTuple):
    row: Row
    letter: Letter


class _Refused(Exception):
    """The engine refused a letter in the middle of a batch."""


def prepare(session: Session, file: Path, mapping: Path) -> tuple[CsvFile, CsvMapping]:
    """Open a CSV file and understand its mapping; raise InvalidInput, for a mapping with every fault at once."""
    text = read_text(mapping)
    definition = published(session, str(text.tables.get("workflow", "letter")))[1]
    services = session.scalars(select(Service.code).where(Service.is_active))
    subjects = session.scalars(select(Subject.code).where(Subject.is_active))
    codes = {
        "service": set(services),
        "subject": set(subjects),
        "channel": CHANNELS,
        "nature": _choices(definition, None, "nature"),
        "outcome": _choices(definition, PAST_ANSWER, "outcome"),
    }
    zone = town.place(session).calendar.timezone
    with ExitStack() as opened:
        csv = CsvFile(file, encoding=text.first("encoding", "utf-8"), delimiter=text.first("delimiter", ","))
        opened.enter_context(csv)
        understood = understand(text, Known(csv.header, codes), zone=zone)
        opened.pop_all()  # from here on the caller closes it
    return csv, understood


def register(
    session_factory: Callable[[], Session], file: CsvFile, mapping: CsvMapping, *, by: Actor, at: datetime
) -> Iterator[list[Done]]:
    """Register every letter of the file; yield what became of each batch of rows, once it is committed.

    Raises ActionNotAllowed for anybody but an administrator. Stopping between two batches loses nothing:
    the next run finds what is registered and goes on.
    """
    if "administrator" not in by.roles:
        raise ActionNotAllowed(ADMINISTRATORS_ONLY.filled(name=by.name), code="permission")
    return _batches(file, _Importer(session_factory, mapping, by, at))


def _batches(file: CsvFile, importer: "_Importer") -> Iterator[list[Done]]:
    rows = file.rows()
    try:
        while batch := list(islice(rows, BATCH)):
            yield importer.write([_read(file, importer, row) for row in batch])
    finally:
        importer.close()


def _read(file: CsvFile, importer: "_Importer", row: Row) -> _Waiting | Done:
    mapping = importer.mapping
    if row.fault:
        return Done(row.line, "rejected", "", code=row.fault, reason=row.reason, cells=tuple(row.cells))
    cells = [" ".join(cell.split()) for cell in row.cells] + [""] * (len(file.header) - len(row.cells))
    named = dict(zip(file.header, cells, strict=False))
    try:
        return _Waiting(row, read_letter(mapping, named, today=importer.today))
    except Unusable as fault:
        return Done(
            row.line,
            "rejected",
            external_id(mapping, named),
            code=fault.code,
            reason=fault.reason,
            cells=tuple(row.cells),
        )


def _choices(definition: Definition, action: str | None, field: str) -> set[str]:
    """Return the codes of a choice of the workflow, on its opening form or on an action's."""
    if action and action not in definition.actions:
        return set()
    fields = definition.actions[action].fields if action else definition.fields
    return set(definition.choices(fields[field])) if field in fields else set()


class _Importer:
    """Write batches with one session, so that what the engine reads of the town is read once."""

    def __init__(
        self, session_factory: Callable[[], Session], mapping: CsvMapping, by: Actor, at: datetime
    ) -> None:
        self.session_factory, self.mapping, self.by, self.at = session_factory, mapping, by, at
        self._begin()

    def _begin(self) -> None:
        self.session = self.session_factory()
        self.today = town.place(self.session).calendar.day_of(self.at)
        self.services, self.subjects = _ids(self.session, Service), _ids(self.session, Subject)
        self.session.commit()

    def close(self) -> None:
        self.session.close()

    def write(self, batch: list[_Waiting | Done]) -> list[Done]:
        """Commit a batch; begin it again, with care, if a letter is refused or another import was quicker."""
        waiting = [one for one in batch if isinstance(one, _Waiting)]
        for careful in (False, True, True, True):
            try:
                done = self._register(waiting, careful=careful) if waiting else {}
                self.session.commit()
            except (_Refused, IntegrityError, OperationalError) as failure:
                # What this session remembers of the town may have been rolled back with the rest.
                self.session.close()
                if isinstance(failure, OperationalError) and not _is_deadlock(failure):
                    raise CaseTrackError(DATABASE_FAILED, code="database") from failure
                self._begin()
            else:
                return [done[one.row.line] if isinstance(one, _Waiting) else one for one in batch]
        raise CaseTrackError(BUSY, code="busy")

    def _register(self, waiting: list[_Waiting], *, careful: bool) -> dict[int, Done]:
        known = self._known([letter.external_id for _, letter in waiting])
        new = [one for one in waiting if one.letter.external_id not in known]
        # Everything that others may hold comes before the first reference number, which holds everybody up.
        self._make(Service, self.services, (one.letter.service for one in new if one.letter.service))
        self._make(Subject, self.subjects, (one.letter.subject for one in new))
        senders, done = self._senders(new)
        for one in waiting:
            number = one.letter.external_id
            if one.row.line in done:
                continue
            if number in known:
                done[one.row.line] = Done(one.row.line, "duplicate", number, known[number], one.letter)
                continue
            try:
                with self.session.begin_nested() if careful else nullcontext():
                    case = self._open(one.letter, senders.get(one.row.line))
            except CaseTrackError as refusal:
                if not careful:
                    raise _Refused from refusal
                done[one.row.line] = _refused(one, refusal)
            else:
                known[number] = case.reference
                done[one.row.line] = Done(one.row.line, "opened", number, case.reference, one.letter)
        return done

    def _open(self, letter: Letter, sender: Citizen | None) -> Case:
        """Open the case in silence; record its answer, if it had one, in the importer's name."""
        session, by, at = self.session, self.by, self.at
        case = open_case(
            session,
            self.mapping.workflow,
            by=by,
            at=at,
            title=letter.title,
            received_on=letter.received_on,
            channel=letter.channel,
            citizen=sender,
            subject=self.subjects[letter.subject.code],
            service=self.services[letter.service.code] if letter.service else None,
            external=(self.mapping.source, letter.external_id),
            silent=True,
            **({"nature": letter.nature} if letter.nature else {}),
        )
        if day := letter.answered_on:
            act(session, case, PAST_ANSWER, by=by, at=at, answered_on=day, outcome=letter.outcome)
        return case

    def _known(self, numbers: list[str]) -> dict[str, str]:
        query = select(Case.external_id, Case.reference)
        query = query.where(Case.external_source == self.mapping.source, Case.external_id.in_(numbers))
        return dict(self.session.execute(query).all())  # type: ignore[arg-type]

    def _senders(self, new: list[_Waiting]) -> tuple[dict[int, Citizen], dict[int, Done]]:
        """Find or create who wrote, by line; what cannot be a person is refused."""
        senders, refused = {}, {}
        for one in new:
            if one.letter.sender:
                try:
                    senders[one.row.line] = citizens.find_or_create(self.session, **one.letter.sender)
                except CaseTrackError as refusal:
                    refused[one.row.line] = _refused(one, refusal)
        return senders, refused

    def _make(
        self, table: type[Service] | type[Subject], known: dict[str, int], wanted: Iterable[Place]
    ) -> None:
        """Create the services or subjects that the batch names and the town does not have, in order."""
        missing: dict[str, str] = {}
        for place in wanted:
            if place.code not in known:
                missing.setdefault(place.code, place.name)
        details = town.place(self.session).details
        for code, name in sorted(missing.items()):
            if table is Service:
                # Letters carry the town's own address until the service has one (CRPA, art. R112-5).
                address = {key: details.get(key, "") for key in ("address", "telephone", "email")}
                row: Service | Subject = Service(code=code, name=name, **address)
            else:
                row = Subject(code=code, label=name, label_en=name, workflow=self.mapping.workflow)
            self.session.add(row)
            self.session.flush()
            known[code] = row.id


def _refused(one: _Waiting, refusal: CaseTrackError) -> Done:
    line, number, cells = one.row.line, one.letter.external_id, tuple(one.row.cells)
    return Done(line, "rejected", number, code="refused", reason=refusal.sentence, cells=cells)


def _is_deadlock(failure: OperationalError) -> bool:
    return getattr(failure.orig, "sqlstate", "") == "40P01"


def _ids(session: Session, table: type[Service] | type[Subject]) -> dict[str, int]:
    return dict(session.execute(select(table.code, table.id)).all())  # type: ignore[arg-type]
