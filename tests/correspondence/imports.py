"""A CSV of the telephone desk, its mapping, and the town as a test finds it after an import."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from casetrack.correspondence.csv_intake import Done, prepare, register
from casetrack.database import Database
from casetrack.database.tables import Case
from casetrack.engine import Actor, journal

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HEADER = "numero,recu,clos,motif,service,canal,objet,nom,courriel"
MAPPING = """\
source = "standard"
id = "numero"
title = "{objet}"

[received]
column = "recu"
[answered]
column = "clos"
outcome = { default = "information" }
[channel]
column = "canal"
values = { "Téléphone" = "telephone", "Guichet" = "desk" }
[subject]
column = "motif"
values = { "Voirie" = "voirie", "Social" = "social" }
[service]
column = "service"
values = { "Voirie" = "VOI" }
[sender]
family_name = "nom"
email = "courriel"
"""


def row(number: object = 1, **cells: str) -> str:
    """Return a row that is a letter, but for the cells given."""
    usual = {
        "recu": "2026-11-02", "clos": "", "motif": "Voirie", "service": "Voirie", "canal": "Guichet",
        "objet": "Nid-de-poule", "nom": "", "courriel": "",
    }  # fmt: skip
    return ",".join([str(number), *(usual | cells).values()])


def write(folder: Path, *rows: str, mapping: str = MAPPING) -> tuple[Path, Path]:
    """Write a CSV and its mapping; return both."""
    file, mapping_file = folder / "appels.csv", folder / "standard.toml"
    file.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    mapping_file.write_text(mapping, encoding="utf-8")
    return file, mapping_file


def take_over(database: Database, file: Path, mapping: Path, by: Actor, *, at: datetime = AT) -> list[Done]:
    """Import a whole file and return what became of each row."""
    with database.session() as session:
        source, understood = prepare(session, file, mapping)
    with source:
        return [one for done in register(database.session, source, understood, by=by, at=at) for one in done]


def outcomes(done: list[Done]) -> Counter[str]:
    """Count the rows by what became of them."""
    return Counter(one.outcome for one in done)


def assert_sound(database: Database, letters: int, *, workflow: str = "letter") -> None:
    """Check what holds after any import: a whole journal, one letter for each number, no number missing."""
    with database.reader() as session:
        assert list(journal.verify(session)) == []
        cases = session.execute(
            select(Case.reference, Case.external_id).where(Case.workflow == workflow)
        ).all()
    numbers = sorted(int(case.reference.rpartition("-")[2]) for case in cases)
    assert numbers == list(range(1, letters + 1))
    assert len({case.external_id for case in cases}) == letters
