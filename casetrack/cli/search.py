"""`casetrack search reindex`: read every case again."""

import sys

import click

from casetrack.database import Database
from casetrack.oversight.search_index import forget_all, index_stale
from casetrack.settings import Settings


@click.group()
def search() -> None:
    """La recherche de dossiers. / The search for cases."""


@search.command()
def reindex() -> None:
    """Relit chaque dossier ; la recherche répond pendant ce temps. / Read every case again."""
    settings = Settings.from_environment()
    database = Database(settings.database_url)
    try:
        with database.session() as session:
            waiting = forget_all(session)
            session.commit()
        with click.progressbar(length=waiting, label="Dossiers", file=sys.stderr) as bar:
            while done := _one_batch(database):
                bar.update(done)
    finally:
        database.dispose()
    s = "s" if waiting > 1 else ""
    click.echo(f"{waiting} dossier{s} relu{s}.")


def _one_batch(database: Database) -> int:
    with database.session() as session:
        done = index_stale(session)
        session.commit()
    return done
