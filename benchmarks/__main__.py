"""Measure: `python -m benchmarks [MEASURE…]`."""

import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import monotonic

import click

from benchmarks import measures
from benchmarks.places import DISK, Places, places
from benchmarks.table import Figure, machine, markdown, write

SMALL, LARGE = 10_000, measures.LARGE
Measure = Callable[[Places, measures.Terms], Iterator[Figure]]
MEASURES: dict[str, Measure] = {
    "A-sqlite-normal": partial(measures.lifecycles, kind="sqlite", synchronous="NORMAL", processes=1),
    "A-sqlite-full": partial(measures.lifecycles, kind="sqlite", synchronous="FULL", processes=1),
    "A-postgresql": partial(measures.lifecycles, kind="postgresql", synchronous="FULL", processes=1),
    "A-postgresql-8": partial(measures.lifecycles, kind="postgresql", synchronous="FULL", processes=8),
    "BC-sqlite": partial(measures.towns, kind="sqlite"),
    "BC-postgresql": partial(measures.towns, kind="postgresql"),
    "intake-sqlite": partial(measures.imports, kind="sqlite"),
    "intake-postgresql": partial(measures.imports, kind="postgresql"),
}


@click.command()
@click.argument("names", metavar="[MEASURE]…", nargs=-1)
@click.option("--full", is_flag=True, help=f"With {LARGE:,} letters too: half an hour, 4 GB of disk.")
@click.option("--size", "sizes", type=int, multiple=True, help="Letters of the loaded towns, instead.")
@click.option("--rounds", default=5, show_default=True, help="Turns of each; medians are over rounds.")
@click.option("--seconds", default=0.8, show_default=True, help="About how long a turn of measure A lasts.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write every figure there.")
@click.option("--disk", default=DISK, help="Folder to make the databases in, on a real disk.")
def main(
    names: tuple[str, ...],
    full: bool,
    sizes: tuple[int, ...],
    rounds: int,
    seconds: float,
    json_file: Path | None,
    disk: str | None,
) -> None:
    """Measure the floor of this machine and how far from it Casetrack runs.

    Without a name everything is measured; a name may be short: "A", "BC-sqlite".
    """
    chosen = [name for name in MEASURES if name.startswith(names or ("",))]
    if not chosen:
        raise click.BadParameter(f"expected one of {', '.join(MEASURES)}")
    # Whoever stops it, by `timeout` say, finds neither files nor a server left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    terms = measures.Terms(rounds, seconds, sizes or ((SMALL, LARGE) if full else (SMALL,)))
    found: list[Figure] = []
    with places(disk) as made:
        for name in chosen:
            started = monotonic()
            for figure in MEASURES[name](made, terms):
                found.append(figure)
                click.echo(" ".join(figure.row), err=True)
            click.echo(f"{name}: {monotonic() - started:.0f} s", err=True)
    click.echo(markdown(found))
    click.echo("\n" + ", ".join(f"{name} {value}" for name, value in machine().items()))
    if json_file:
        write(json_file, found)
    if not all(figure.is_steady for figure in found):
        click.echo("\n“?”: the floor itself was not steady. Something else uses this machine: measure again.")


if __name__ == "__main__":
    sys.exit(main())
