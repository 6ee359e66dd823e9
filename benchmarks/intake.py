"""The import of a CSV file, as `casetrack intake csv` does it: the real `letter` workflow, senders, clocks."""

import csv
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.ours import FIRST_LETTER, Ours
from benchmarks.story import letter
from casetrack.correspondence.csv_intake import prepare, register
from casetrack.database.tables import Subject
from casetrack.engine import Actor
from casetrack.settings import shipped_workflows
from casetrack.workflow import publish_all, read_folder

IMPORTER = Actor(kind="staff", id=1, name="Anne Agent", roles=frozenset({"administrator"}))
MAPPING = """
source = "bench"
id     = "numero"
title  = "{objet}"
[received]
column = "recu"
[subject]
column = "sujet"
values = { "Courrier" = "courrier" }
[sender]
family_name = "nom"
street      = "rue"
"""


class Intake(Ours):
    """Import letters into one database."""

    def create(self) -> None:
        """Make the town, with the workflows that come with Casetrack."""
        super().create()
        with self.database.session() as session:
            publish_all(session, read_folder(shipped_workflows()), at=FIRST_LETTER, by=None)
            session.add(Subject(id=2, code="courrier", label="Courrier", service_id=1, workflow="letter"))
            session.commit()

    def intake(self, letters: int) -> float:
        """Import that many letters from a file that names their senders; return the seconds."""
        with TemporaryDirectory() as folder:
            file, mapping = Path(folder, "letters.csv"), Path(folder, "mapping.toml")
            mapping.write_text(MAPPING)
            with file.open("w", newline="") as text:
                csv.writer(text).writerows(self._rows(letters))
            started = time.perf_counter()
            with self.database.session() as session:
                source, understood = prepare(session, file, mapping)
            at = FIRST_LETTER + timedelta(days=365)
            with source:
                batches = list(register(self.database.session, source, understood, by=IMPORTER, at=at))
            seconds = time.perf_counter() - started
        outcomes = [one.outcome for batch in batches for one in batch]
        assert outcomes == ["opened"] * letters, set(outcomes)
        return seconds

    def _rows(self, letters: int) -> list[tuple]:
        rows: list[tuple] = [("numero", "recu", "objet", "sujet", "nom", "rue")]
        for number in (next(self.numbers) for _ in range(letters)):
            day = FIRST_LETTER.date() + timedelta(days=number // 20 % 365)
            title, _, _ = letter(number)
            rows.append((number, day, title, "Courrier", f"Usager {number}", f"{number} rue du Moulin"))
        return rows
