"""`casetrack workflow`: check the definitions, draw them, publish them."""

from pathlib import Path

import click

from casetrack.clock import now
from casetrack.database import Database
from casetrack.errors import CaseTrackError, DefinitionError
from casetrack.language import Text
from casetrack.settings import Settings, shipped_workflows
from casetrack.workflow.checking import check_all, prove
from casetrack.workflow.drawing import draw as mermaid
from casetrack.workflow.publishing import publish_all
from casetrack.workflow.reading import FILE, neighbours, read, read_all


@click.group()
def workflow() -> None:
    """Circuits : vérifier, dessiner, publier. / Workflows: check, draw, publish."""


@workflow.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """Prouver les circuits, ou dire quoi corriger. / Prove the workflows, or say what to change.

    One finding per line: file, line, code, sentence; exits 1 when there is one.
    """
    try:
        definitions = read_all(paths or (shipped_workflows(),))
        known = {key: other for definition in definitions for key, other in neighbours(definition).items()}
        findings = check_all(definitions, known)
    except DefinitionError as error:
        findings, definitions = error.findings, []
    for finding in findings:
        click.echo(str(finding))
    if findings:
        raise SystemExit(1)
    for definition in definitions:
        click.echo(f"{definition.key} {definition.version} ({definition.file})")
        for sentence in prove(definition):
            click.echo(f"  {both(sentence)}")


@workflow.command()
@click.argument("key")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Dossier des circuits. / Folder of the workflows.",
)
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
def draw(key: str, folder: Path | None, language: str) -> None:
    """Dessiner un circuit (Mermaid). / Draw a workflow (Mermaid)."""
    try:
        click.echo(mermaid(read((folder or shipped_workflows()) / key / FILE), language), nl=False)
    except DefinitionError as error:
        raise click.ClickException("\n".join(str(finding) for finding in error.findings)) from None


@workflow.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def publish(paths: tuple[Path, ...]) -> None:
    """Publier les circuits vérifiés. / Publish the workflows, once checked.

    The same text again changes nothing; a changed text needs a higher version number.
    """
    database = Database(Settings.from_environment().database_url)
    try:
        with database.session() as session:
            rows = publish_all(session, read_all(paths or (shipped_workflows(),)), at=now(), by=None)
            session.commit()
            for row in rows:
                click.echo(f"{row.key} {row.version} {row.sha256[:12]}")
    except DefinitionError as error:
        raise click.ClickException("\n".join(str(finding) for finding in error.findings)) from None
    except CaseTrackError as error:
        raise click.ClickException(both(error.sentence)) from None
    finally:
        database.dispose()


def both(sentence: Text) -> str:
    """Say a sentence in French, then in English, on one line."""
    return f"{sentence.fr} / {sentence.en}"
