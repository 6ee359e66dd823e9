"""`casetrack demo`: a fictional town with a year of mail, to look at and to try."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from casetrack import clock
from casetrack.database import Database
from casetrack.database.migrate import upgrade
from casetrack.deadlines.words import said
from casetrack.demo import FEWEST, Parameters, fill, made_as
from casetrack.errors import PublishedTextChanged
from casetrack.language import Text
from casetrack.settings import Settings, shipped_workflows
from casetrack.workflow import verify_published

FILE = "demo.db"
MAKING = Text(
    "La Ville de Rivemont vit {letters} courriers…", "The town of Rivemont lives {letters} letters…"
)
THERE = Text(
    "La démonstration est là, telle que faite le {day} (--fresh pour la refaire à ce jour).",
    "The demonstration is there, as made on {day} (--fresh to make it again as of today).",
)
STORIES = Text("Dix courriers à suivre\u00a0:", "Ten letters to follow:")
ACCOUNTS = Text(
    "Comptes, tous avec le mot de passe «\u00a0{password}\u00a0»\u00a0:",
    "Accounts, all with the password “{password}”:",
)


@click.command()
@click.option(
    "--letters",
    type=click.IntRange(FEWEST),
    default=Parameters().letters,
    show_default=True,
    help="Courriers.",
)
@click.option(
    "--years", type=click.IntRange(1, 5), default=Parameters().years, show_default=True, help="Années vécues."
)
@click.option(
    "--seed",
    type=int,
    default=Parameters().seed,
    show_default=True,
    help="Un autre nombre invente une autre année.",
)
@click.option("--fresh", is_flag=True, help="Refaire la ville, même si elle est déjà là.")
@click.option("--no-serve", is_flag=True, help="Faire la ville sans servir les pages.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port écouté, au lieu de CASETRACK_PORT.")
def demo(letters: int, years: int, seed: int, fresh: bool, no_serve: bool, port: int | None) -> None:
    """Remplir une ville imaginaire d'une année de courrier, et la servir.

    Elle vit dans son propre fichier, demo.db : la base de l'installation n'est pas touchée.
    """
    settings = Settings.from_environment()
    made_of = Parameters(letters, years, seed)
    file = settings.data_dir / FILE
    made = None if fresh else _already_made(file, made_of)
    if made is None:
        made = _make(file, made_of, now=clock.now(), language=settings.language, store=settings.documents_dir)
    else:
        day = said(datetime.fromisoformat(made["made_at"]).date())
        click.echo(THERE.filled(day=day).within(settings.language))
    _show(made, settings.language)
    if not no_serve:
        from casetrack.cli.serve import run

        # No mail server: the people of Rivemont have no mailbox.
        url = f"sqlite:///{file}"
        ours = replace(settings, database_url=url, mail_server=None)
        run(ours, Database(url), host=settings.host, port=port or settings.port)


def _already_made(file: Path, made_of: Parameters) -> dict | None:
    """Return what the file holds if it was made as asked, to its end, with today's workflows."""
    if not file.exists():
        return None
    database = Database(f"sqlite:///{file}")
    try:
        upgrade(database.engine)
        with database.reader() as session:
            verify_published(session, shipped_workflows())
            made = made_as(session)
    except PublishedTextChanged:
        return None
    finally:
        database.dispose()
    as_asked = made is not None and made_of._asdict().items() <= made.items()
    return made if as_asked else None


def _make(file: Path, made_of: Parameters, *, now: datetime, language: str, store: Path) -> dict:
    file.parent.mkdir(parents=True, exist_ok=True)
    for name in (file.name, f"{file.name}-wal", f"{file.name}-shm"):
        file.with_name(name).unlink(missing_ok=True)
    # Not a town's own mail: what a power cut would lose is made again.
    database = Database(f"sqlite:///{file}", synchronous="OFF")
    upgrade(database.engine)
    click.echo(MAKING.filled(letters=made_of.letters).within(language))
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=365 * made_of.years + 1)
        made = fill(
            database,
            made_of,
            now=now,
            store=store,
            progress=lambda day: bar.update(
                task, advance=1, description=said(day).within(language).rjust(28)
            ),
        )
    database.dispose()
    return made


def _show(made: dict, language: str) -> None:
    suffix = "_en" if language == "en" else ""
    click.echo(f"\n{STORIES.within(language)}")
    for number, story in enumerate(made["stories"], start=1):
        click.echo(f"  {number:>2}. {story['reference']}  {story['title']}\n{'':20}{story['shows' + suffix]}")
    click.echo(f"\n{ACCOUNTS.filled(password=made['password']).within(language)}")
    for account in made["accounts"]:
        click.echo(
            f"  {account['login']:<20}{account['name']}, {account['role' + suffix]}\n{'':22}{account['shows' + suffix]}"
        )
    click.echo()
