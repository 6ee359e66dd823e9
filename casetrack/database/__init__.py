"""The database: sessions, column types, tables, migrations."""

from casetrack.database.session import Database

__all__ = ["Database"]
