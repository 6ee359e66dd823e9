"""The command line: `casetrack COMMAND`. A command's module is read only when it is asked for."""

import os
import sys
from importlib import import_module

import click

from casetrack.errors import CaseTrackError

COMMANDS = {
    "init": "casetrack.cli.init:init",
    "demo": "casetrack.cli.demo:demo",
    "serve": "casetrack.cli.serve:serve",
    "worker": "casetrack.cli.worker:worker",
    "due": "casetrack.cli.due:due",
    "workflow": "casetrack.cli.workflow:workflow",
    "intake": "casetrack.cli.intake:intake",
    "journal": "casetrack.cli.journal:journal",
    "search": "casetrack.cli.search:search",
    "export": "casetrack.cli.export:export",
}


class Commands(click.Group):
    """Load each command when it is used, so that `casetrack due` does not read the web."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of a newcomer's needs."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        return getattr(import_module(module), name)


@click.group(cls=Commands)
@click.version_option(package_name="casetrack")
def casetrack() -> None:
    """Casetrack : chaque courrier reçoit une réponse, chaque date s'explique."""


def main() -> None:
    """Run the command line; a refusal is a sentence on stderr and exit code 2, never a traceback."""
    # What is written here names citizens: for the account that runs it alone, in whatever folder.
    os.umask(0o077)
    try:
        casetrack()
    except CaseTrackError as refusal:
        click.echo(refusal.sentence.fr, err=True)
        sys.exit(2)
