"""`casetrack init`: the database, the workflows, the town and its first administrator."""

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from casetrack import clock
from casetrack.database import Database
from casetrack.database.migrate import upgrade
from casetrack.database.tables import Town
from casetrack.language import Text
from casetrack.organisation import TownFile, apply_town, read_town
from casetrack.organisation.staff import add_administrator, set_password, without_password
from casetrack.settings import Settings, shipped_workflows
from casetrack.spelling import COPIED_BY_HAND
from casetrack.workflow import left_behind, publish_all, published, verify_published

# Without the letters and figures that are taken for one another on paper: 0 O 1 l I.

LEFT_BEHIND = Text(
    "Textes de la Ville non repris dans «\u00a0{key}\u00a0», car la nouvelle version les écrit autrement\u00a0: {names}. "
    "Relisez-les dans Administration, Circuits.",
    "Texts of the town not carried over in “{key}”, for the new version writes them otherwise: {names}. "
    "Read them again in Administration, Workflows.",
)
PUBLISHED = Text(
    "Circuit «\u00a0{key}\u00a0», version {version}\u00a0: publié.",
    "Workflow “{key}”, version {version}: published.",
)
NO_TOWN = Text(
    "La base ne contient pas encore de ville\u00a0: écrivez son fichier, puis lancez «\u00a0casetrack init --town FICHIER\u00a0».",
    "The database holds no town yet: write its file, then run “casetrack init --town FILE”.",
)
NOTHING_NEW = Text(
    "Tout était déjà à jour\u00a0: rien n'a changé.", "Everything was up to date: nothing changed."
)
PASSWORDS = Text(
    "Mots de passe provisoires, affichés cette seule fois\u00a0: remettez chacun à son titulaire, en main propre.",
    "First passwords, shown this once only: hand each one to its owner, in person.",
)


@click.command()
@click.option(
    "--town",
    "file",
    type=click.Path(path_type=Path),
    help="Le fichier de la ville (modèle : casetrack/towns/rivemont.toml).",
)
@click.option("--admin", metavar="LOGIN", help="Créer ce compte d'administration, s'il n'existe pas.")
@click.option("--prune", is_flag=True, help="Désactiver ce que le fichier de la ville ne nomme plus.")
def init(file: Path | None, admin: str | None, prune: bool) -> None:
    """Créer ou mettre à jour la base, les circuits et la ville ; on peut recommencer sans risque."""
    settings = Settings.from_environment()
    town = read_town(file) if file else None
    database = Database(settings.database_url)
    if database.is_sqlite:
        Path(str(make_url(settings.database_url).database)).parent.mkdir(parents=True, exist_ok=True)
    upgrade(database.engine)
    with database.session() as session:
        at = clock.now()
        done = set_up(session, town=town, admin=admin, prune=prune, at=at)
        passwords = first_passwords(session, token=first_password)
        session.commit()
    database.dispose()
    for sentence in done or [NOTHING_NEW]:
        click.echo(sentence.within(settings.language))
    if passwords:
        click.echo(f"\n{PASSWORDS.within(settings.language)}")
    for login, password in passwords:
        click.echo(f"  {login:<36} {password}")


def set_up(
    session: Session, *, town: TownFile | None, admin: str | None, prune: bool, at: datetime
) -> list[Text]:
    """Publish what waits, apply the town's file, add the administrator; return what changed."""
    done = []
    waiting = verify_published(session, shipped_workflows())
    publish_all(session, waiting, at=at, by=None)
    for definition in waiting:
        done.append(PUBLISHED.filled(key=definition.key, version=definition.version))
        if left := left_behind(session, published(session, definition.key)[0]):
            done.append(LEFT_BEHIND.filled(key=definition.key, names=", ".join(left)))
    if town:
        done += apply_town(session, town, at=at, prune=prune).sentences
    if admin:
        done += add_administrator(session, admin)
    if session.get(Town, 1) is None:
        done.append(NO_TOWN)
    return done


def first_passwords(session: Session, *, token: Callable[[], str]) -> list[tuple[str, str]]:
    """Give a password to every account that has none; return each login with its password."""
    given = [(staff, token()) for staff in without_password(session)]
    for staff, password in given:
        set_password(staff, password)
    return [(staff.login, password) for staff, password in given]


def first_password() -> str:
    """Return sixteen letters and figures in groups of four, easy to copy from paper (80 bits)."""
    return "-".join("".join(secrets.choice(COPIED_BY_HAND) for _ in range(4)) for _ in range(4))
