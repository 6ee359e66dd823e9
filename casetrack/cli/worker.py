"""`casetrack worker`: watch the deadlines and send the mail, apart from the web."""

import logging
import signal
import sys
import threading

import click

from casetrack.database import Database
from casetrack.settings import Settings
from casetrack.worker import run, run_once


@click.command()
@click.option(
    "--once",
    is_flag=True,
    help="Fait tout ce qui est à faire, puis s'arrête. / Do all that is due, then stop.",
)
def worker(once: bool) -> None:
    """Surveille les échéances et envoie le courrier. / Watch the deadlines and send the mail."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = Settings.from_environment()
    database = Database(settings.database_url)
    try:
        if once:
            sys.exit(_once(database, settings))
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        run(database, settings, stop=stop)
    finally:
        database.dispose()


def _once(database: Database, settings: Settings) -> int:
    errors = run_once(database, settings)
    for job, error in errors.items():
        click.echo(f"{job}: {error or 'ok'}")
    return 1 if any(errors.values()) else 0
