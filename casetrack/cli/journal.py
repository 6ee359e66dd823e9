"""`casetrack journal verify`: is history what it was?"""

import json
import sys

import click

from casetrack.database import Database
from casetrack.engine import journal as chain
from casetrack.settings import Settings


@click.group()
def journal() -> None:
    """Le journal, ses chaînes et ses sceaux."""


@journal.command()
@click.option("--json", "as_json", is_flag=True, help="Un objet JSON par anomalie.")
def verify(as_json: bool) -> None:
    """Vérifier chaque chaîne et chaque sceau ; code 1 et la première anomalie de chacun."""
    settings = Settings.from_environment()
    database = Database(settings.database_url)
    with database.reader() as session:
        faults = list(chain.verify(session))
        lines = chain.count(session)
    database.dispose()
    for fault in faults:
        if as_json:
            click.echo(
                json.dumps(
                    {
                        "reference": fault.reference,
                        "case": fault.case_id,
                        "seq": fault.seq,
                        "code": fault.code,
                        "sentence": fault.sentence.fr,
                    },
                    ensure_ascii=False,
                )
            )
        else:
            name = fault.reference or f"dossier interne n° {fault.case_id}"
            click.echo(f"{name}\u00a0: {fault.sentence.fr}")
    if faults:
        sys.exit(1)
    if not as_json:
        s = "s" if lines > 1 else ""
        click.echo(f"{lines} ligne{s} vérifiée{s}, aucune anomalie.")
