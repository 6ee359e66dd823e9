"""`casetrack intake csv`: letters registered elsewhere, taken over from a CSV file."""

import csv
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy import select
from sqlalchemy.orm import Session

from casetrack import clock
from casetrack.correspondence.csv_file import CsvFile
from casetrack.correspondence.csv_intake import Done, prepare, register
from casetrack.correspondence.csv_mapping import CsvMapping
from casetrack.database import Database
from casetrack.database.tables import Staff, StaffRole
from casetrack.engine import Actor, town
from casetrack.errors import InvalidInput
from casetrack.language import Text
from casetrack.organisation import staff
from casetrack.settings import Settings

EVERY = 5_000
"""Rows between two lines of progress where nobody looks at a terminal."""
INTERRUPTED = 130
REJECT_COLUMNS = ("rejet_ligne", "rejet_code", "rejet_motif")

WHICH_ADMINISTRATOR = Text(
    "Au nom de qui\u00a0? Les réponses déjà données seront enregistrées sous ce nom. Ajoutez «\u00a0--as LOGIN\u00a0»"
    "\u00a0; administrateurs\u00a0: {logins}.",
    "In whose name? Answers already given will be recorded under it. Add “--as LOGIN”; administrators: {logins}.",
)
OWN_REJECTS = Text(
    "Le fichier des rejets ne peut pas être le fichier importé\u00a0: choisissez un autre nom après «\u00a0--rejects\u00a0».",
    "The file of rejects cannot be the imported file: choose another name after “--rejects”.",
)
REJECTS_UNWRITABLE = Text(
    "Le fichier des rejets «\u00a0{name}\u00a0» ne peut pas être écrit\u00a0: choisissez-en un autre avec «\u00a0--rejects\u00a0».",
    "The file of rejects “{name}” cannot be written: choose another with “--rejects”.",
)
STOPPING = Text(
    "Arrêt demandé\u00a0: le lot en cours se termine.", "Stopping: the present batch is being finished."
)
SO_FAR = Text(
    "Lignes lues\u00a0: {read}, courriers enregistrés\u00a0: {opened}",
    "Rows read: {read}, letters registered: {opened}",
)
STOPPED = Text(
    "Import interrompu. Rien n'est perdu\u00a0: relancez la même commande, elle reprendra là où elle s'est arrêtée.",
    "Import interrupted. Nothing is lost: run the same command again, it will go on from there.",
)
NOTHING_NEW = Text(
    "Rien de nouveau\u00a0: tous les courriers du fichier étaient déjà enregistrés.",
    "Nothing new: every letter of the file was registered already.",
)
# Each count with its sentence, for one and for several; a count of zero says nothing.
SENTENCES = {
    "opened": (
        Text(
            "{n} courrier enregistré, sans rien envoyer à l'usager",
            "{n} letter registered, nothing sent to the citizen",
        ),
        Text(
            "{n} courriers enregistrés, sans rien envoyer aux usagers",
            "{n} letters registered, nothing sent to citizens",
        ),
    ),
    "answered": (
        Text(
            "  dont {n} déjà répondu, clos au nom de {by}",
            "  of which {n} answered already, closed in the name of {by}",
        ),
        Text(
            "  dont {n} déjà répondus, clos au nom de {by}",
            "  of which {n} answered already, closed in the name of {by}",
        ),
    ),
    "undated": (
        Text(
            "  dont {n} répondu à une date que la source ne donne pas\u00a0: il reste ouvert",
            "  of which {n} answered on a day that the source does not give: it stays open",
        ),
        Text(
            "  dont {n} répondus à une date que la source ne donne pas\u00a0: ils restent ouverts",
            "  of which {n} answered on a day that the source does not give: they stay open",
        ),
    ),
    "duplicate": (
        Text("{n} courrier déjà enregistré, inchangé", "{n} letter registered already, unchanged"),
        Text("{n} courriers déjà enregistrés, inchangés", "{n} letters registered already, unchanged"),
    ),
    "rejected": (
        Text(
            "{n} ligne refusée, avec son motif, dans {rejects}",
            "{n} row refused, with its reason, in {rejects}",
        ),
        Text(
            "{n} lignes refusées, avec leur motif, dans {rejects}",
            "{n} rows refused, with their reason, in {rejects}",
        ),
    ),
}
NO_EXACT_DAY = Text(
    "La source ne donne pas le jour exact de réception\u00a0: c'est le premier jour de ce nom dans le mois.",
    "The source does not give the exact day of receipt: it is the first day of that name in the month.",
)


@click.group()
def intake() -> None:
    """Enregistrer des courriers reçus par fichier."""


@intake.command("csv")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "mapping_file",
    required=True,
    type=click.Path(path_type=Path),
    help="Quelle colonne devient quoi\u00a0: un fichier, ou un modèle fourni (sf311, montreal311, paris-dansmarue).",
)
@click.option(
    "--as", "login", metavar="LOGIN", help="L'administrateur qui importe\u00a0; inutile s'il n'y en a qu'un."
)
@click.option("--rejects", type=click.Path(path_type=Path), help="Où écrire les lignes à corriger.")
@click.option("--json", "as_json", is_flag=True, help="Un objet JSON par ligne du fichier, puis le bilan.")
def csv_command(
    file: Path, mapping_file: Path, login: str | None, rejects: Path | None, as_json: bool
) -> None:
    """Reprendre les courriers d'un fichier CSV (.csv ou .csv.gz).

    On peut interrompre et recommencer\u00a0: rien n'est enregistré deux fois.
    """
    settings = Settings.from_environment()
    database = Database(settings.database_url)
    counts: Counter[str] = Counter()
    rejects = rejects or Path(f"{file.name.removesuffix('.gz').removesuffix('.csv')}.rejets.csv")
    at = clock.now()
    with ExitStack() as opened:
        opened.callback(database.dispose)
        with database.session() as session:
            by = importer(session, login, on=town.place(session).calendar.day_of(at))
            source, mapping = prepare(session, file, mapping_file)
        opened.enter_context(source)
        batches = register(database.session, source, mapping, by=by, at=at)
        rejected = opened.enter_context(Rejects(rejects, source))
        tell = opened.enter_context(progress(source, settings.language))
        is_asked = opened.enter_context(interruption(settings.language))
        for done in batches:
            count(counts, done)
            rejected.write(done)
            if as_json:
                click.echo("\n".join(said(one) for one in done))
            tell(counts)
            if is_asked():
                break
    if as_json:
        click.echo(json.dumps(summary(counts, rejects, complete=not is_asked()), ensure_ascii=False))
    else:
        for sentence in sentences(counts, mapping, by, rejects, complete=not is_asked()):
            click.echo(sentence.within(settings.language))
    if is_asked():
        click.echo(STOPPED.within(settings.language), err=True)
        sys.exit(INTERRUPTED)


def importer(session: Session, login: str | None, *, on: date) -> Actor:
    """Return who imports: the login given, or the only administrator; raise InvalidInput to ask which."""
    if login:
        return staff.actor(session, staff.find(session, login), on=on)
    administrators = select(Staff).join(StaffRole, StaffRole.staff_id == Staff.id)
    query = administrators.where(StaffRole.role == "administrator", Staff.is_active).order_by(Staff.login)
    found = list(session.scalars(query))
    if len(found) != 1:
        logins = ", ".join(person.login for person in found) or "—"
        raise InvalidInput(WHICH_ADMINISTRATOR.filled(logins=logins), code="which_administrator")
    return staff.actor(session, found[0], on=on)


class Rejects:
    """Write the rows to correct, ready for a spreadsheet and for being imported again."""

    def __init__(self, path: Path, source: CsvFile) -> None:
        if path.resolve() == source.path.resolve():
            raise InvalidInput(OWN_REJECTS, code="own_rejects")
        self.path, self.source = path, source
        self.file: TextIO | None = None

    def __enter__(self) -> "Rejects":
        try:
            # The mark at the start tells spreadsheets that this is UTF-8.
            self.file = self.path.open("w", encoding="utf-8-sig", newline="")
        except OSError:
            raise InvalidInput(REJECTS_UNWRITABLE.filled(name=self.path), code="rejects_unwritable") from None
        self.rows = csv.writer(self.file, delimiter=self.source.delimiter)
        self.rows.writerow([*REJECT_COLUMNS, *self.source.header])
        self.written = 0
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()  # type: ignore[union-attr]
        if not self.written:
            self.path.unlink()

    def write(self, done: list[Done]) -> None:
        """Add the rejected rows of a batch."""
        for one in done:
            if one.outcome == "rejected":
                self.rows.writerow([one.line, one.code, one.reason.fr if one.reason else "", *one.cells])
                self.written += 1
        self.file.flush()  # type: ignore[union-attr]


def count(counts: Counter[str], done: list[Done]) -> None:
    """Add what became of a batch to the counts."""
    for one in done:
        counts["read"] += 1
        counts[one.outcome] += 1
        if one.outcome == "opened" and one.letter:
            counts["answered"] += one.letter.answered_on is not None
            counts["undated"] += one.letter.is_answered_some_day


def said(one: Done) -> str:
    """Return what became of a row as one JSON object."""
    told = {"line": one.line, "outcome": one.outcome, "external_id": one.external_id}
    if one.outcome == "rejected":
        told |= {"code": one.code, "reason": one.reason.fr if one.reason else ""}
    else:
        told["reference"] = one.reference
    return json.dumps(told, ensure_ascii=False)


def summary(counts: Counter[str], rejects: Path, *, complete: bool) -> dict[str, object]:
    """Return the counts for a program; not `complete` when somebody stopped the import."""
    told = {name: counts[name] for name in ("read", *SENTENCES)}
    where = str(rejects) if counts["rejected"] else None
    return {"outcome": "summary", "complete": complete, **told, "rejects": where}


def sentences(
    counts: Counter[str], mapping: CsvMapping, by: Actor, rejects: Path, *, complete: bool
) -> Iterator[Text]:
    """Say the counts, and what the source could not say."""
    if complete and counts["duplicate"] and not counts["opened"]:
        yield NOTHING_NEW
    for name, (one, several) in SENTENCES.items():
        if n := counts[name]:
            yield (several if n > 1 else one).filled(n=n, by=by.name, rejects=rejects)
    if mapping.received.weekday and counts["opened"]:
        yield NO_EXACT_DAY


@contextmanager
def interruption(language: str) -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C, or a stop by systemd, finish the present batch; a second one stops at once."""
    asked = []

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        signal.signal(number, former[number])
        # Not through a stream: the signal may have come while it was being written to.
        os.write(sys.stderr.fileno(), f"{STOPPING.within(language)}\n".encode())

    former = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def progress(source: CsvFile, language: str) -> Iterator[Callable[[Counter[str]], None]]:
    """Show a bar on a terminal, a line now and then elsewhere."""
    console = Console(stderr=True)

    def line(counts: Counter[str]) -> str:
        return SO_FAR.filled(read=counts["read"], opened=counts["opened"]).within(language)

    if not console.is_terminal:
        told = [0]

        def tell_now_and_then(counts: Counter[str]) -> None:
            if counts["read"] // EVERY > told[0]:
                told[0] = counts["read"] // EVERY
                click.echo(line(counts), err=True)

        yield tell_now_and_then
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=source.size)

        def tell(counts: Counter[str]) -> None:
            bar.update(task, completed=source.position, description=line(counts))

        yield tell
