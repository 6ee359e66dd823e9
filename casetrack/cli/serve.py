"""`casetrack serve`: the pages, with the worker inside."""

import logging
import signal
import sys
from typing import TYPE_CHECKING

import click
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from casetrack.database import Database
from casetrack.engine.town import place
from casetrack.errors import InvalidInput
from casetrack.language import Text
from casetrack.settings import Settings

if TYPE_CHECKING:
    from web import Account

THREADS = 4
NOT_READY = Text(
    "La base de données ne répond pas, ou n'est pas prête\u00a0: vérifiez CASETRACK_DATABASE_URL, puis lancez «\u00a0casetrack init\u00a0».",
    "The database does not answer, or is not ready: check CASETRACK_DATABASE_URL, then run “casetrack init”.",
)


@click.command()
@click.option("--no-worker", is_flag=True, help="Les pages seules : « casetrack worker » tourne ailleurs.")
@click.option("--host", help="Adresse écoutée, au lieu de CASETRACK_HOST.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port écouté, au lieu de CASETRACK_PORT.")
def serve(no_worker: bool, host: str | None, port: int | None) -> None:
    """Servir les pages, avec l'horloge et les envois dans le même programme."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = Settings.from_environment()
    database = Database(settings.database_url)
    run(settings, database, host=host or settings.host, port=port or settings.port, with_worker=not no_worker)


def run(
    settings: Settings,
    database: Database,
    *,
    host: str,
    port: int,
    with_worker: bool = True,
) -> None:
    """Serve until SIGTERM or Ctrl-C, then let the worker end what it began.

    1. Refuse to start without a town (InvalidInput, NotFound), or on a published workflow that was
       edited in place (PublishedTextChanged).
    2. Show the accounts on the sign-in page when the town is the demonstration's own.
    3. Start the worker beside the pages.
    """
    from waitress.server import create_server

    from casetrack.settings import shipped_workflows
    from casetrack.worker import start_background
    from casetrack.workflow import verify_published
    from web import create_app

    try:
        with database.reader() as session:
            place(session)
            verify_published(session, shipped_workflows())
            accounts = demonstration_accounts(session)
    except (OperationalError, ProgrammingError) as absent:
        raise InvalidInput(NOT_READY, code="database_not_ready") from absent
    server = create_server(
        create_app(settings, database, accounts=accounts),
        host=host,
        port=port,
        threads=THREADS,
        ident=None,
        # The application reads it, as many steps back as there are proxies; without one, nobody is to be believed.
        clear_untrusted_proxy_headers=not settings.trusted_proxies,
    )
    # Without this waitress dies at SIGTERM without ending anything.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    leave = start_background(database, settings) if with_worker else None
    click.echo(f"Casetrack : http://{host}:{port}", err=True)
    try:
        server.run()
    finally:
        server.close()
        if leave:
            leave()
        database.dispose()


def demonstration_accounts(session: Session) -> list["Account"]:
    """Return the accounts to show on the sign-in page; none in a town that the demonstration did not make."""
    from casetrack.demo import PASSWORD, made_as
    from casetrack.demo.accounts import shown
    from web import Account

    if not made_as(session):
        return []
    return [
        Account(
            row["login"],
            PASSWORD,
            row["name"],
            role=Text(row["role"], row["role_en"]),
            shows=Text(row["shows"], row["shows_en"]),
        )
        for row in shown(session)
    ]
