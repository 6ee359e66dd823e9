"""`casetrack search reindex`, as an administrator types it."""

from datetime import date

from click.testing import CliRunner
from sqlalchemy import select, update

from casetrack.cli import casetrack
from casetrack.database.tables import SearchDocument, SearchStale
from casetrack.engine import open_case
from tests.town import NINE, settle


def test_every_case_is_read_again(sqlite_database, tmp_path):
    with sqlite_database.session() as session:
        town = settle(session)
        for title in ("Nid de guêpes", "Trou dans la chaussée"):
            open_case(session, "letter", by=town.marc, at=NINE, title=title, received_on=date(2026, 11, 23),
                      subject=town.subjects["voirie"])  # fmt: skip
        session.commit()
    url = sqlite_database.url.render_as_string(hide_password=False)

    for _ in range(2):
        done = CliRunner(env={"CASETRACK_DATABASE_URL": url, "CASETRACK_DATA_DIR": str(tmp_path)}).invoke(
            casetrack, ["search", "reindex"]
        )
        assert done.exception is None, done.exception
        assert (done.exit_code, done.stdout) == (0, "2 dossiers relus.\n")
        with sqlite_database.session() as session:
            assert session.scalars(select(SearchStale)).all() == []
            assert "guep" in " ".join(session.scalars(select(SearchDocument.stems)))
            session.execute(update(SearchDocument).values(stems=""))
            session.commit()
