"""`casetrack export DIR`: everything that the town holds, as JSON lines and documents."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.orm import Session

from casetrack import clock
from casetrack.correspondence import documents
from casetrack.database import Database
from casetrack.language import Text
from casetrack.oversight import archive
from casetrack.oversight.archive import Manifest
from casetrack.settings import Settings

DONE = Text(
    "Export terminé\u00a0: {rows} lignes de {tables} tables, {documents} documents, dans «\u00a0{folder}\u00a0».",
    "Export finished: {rows} rows of {tables} tables, {documents} documents, in “{folder}”.",
)
MISSING = Text(
    "{count} documents manquent dans la réserve ou y sont abîmés\u00a0: leurs empreintes sont dans manifest.json.",
    "{count} documents are missing from the store or damaged there: their hashes are in manifest.json.",
)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def export(folder: Path) -> None:
    """Écrire toute la base et tous les documents dans un dossier vide ; code 1 s'il manque un document."""
    settings = Settings.from_environment()
    archive.prepare(folder)
    database = Database(settings.database_url)
    try:
        with database.reader() as session:
            manifest = write(session, settings.documents_dir, folder)
    finally:
        database.dispose()
    rows = sum(table.rows for table in manifest.tables.values())
    done = DONE.filled(rows=rows, tables=len(manifest.tables), documents=manifest.documents, folder=folder)
    click.echo(done.within(settings.language))
    if manifest.documents_missing:
        missing = MISSING.filled(count=len(manifest.documents_missing))
        click.echo(missing.within(settings.language), err=True)
        sys.exit(1)


def write(session: Session, store: Path, folder: Path) -> Manifest:
    """Write the tables, then the documents, each checked against its hash, then the manifest."""
    manifest = Manifest(casetrack=version("casetrack"), made_at=clock.now().isoformat())
    archive.as_of_one_instant(session)
    with _progress("Tables", lambda: archive.count(session)) as advance:
        for table in archive.exported():
            manifest.tables[table.name] = archive.write_table(session, table, folder, progress=advance)
    with _progress("Documents", lambda: sum(1 for _ in archive.contents(session))) as advance:
        for digest in archive.contents(session):
            size = documents.copy(store, digest, folder / "documents")
            if size is None:
                manifest.documents_missing.append(digest)
            else:
                manifest.documents += 1
                manifest.documents_bytes += size
            advance(1)
    archive.finish(folder, manifest)
    return manifest


@contextmanager
def _progress(label: str, total: Callable[[], int]) -> Iterator[Callable[[int], None]]:
    """Show how far it is where somebody looks at a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda done: None
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=console
    ) as bar:
        task = bar.add_task(label, total=total())
        yield lambda done: bar.advance(task, done)
