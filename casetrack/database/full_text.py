"""The index of words on each database, and the triggers that say which cases must be read again.

Both databases find whole words as the analyser made them: neither cuts, stems nor folds anything.
Migrations call `create` after every change of `cases`, `citizen` or `search_document`: SQLite drops the
triggers of a table that it rebuilds.
"""

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    cast,
    column,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from casetrack.database.tables import SearchDocument

DERIVED = ("search_words", "ix_search_document_words")
"""Names that begin so are left out when models are compared with migrations: SQLAlchemy has no word for a
virtual table, the tables behind it, or an index over words."""

_WORDS = "array_to_tsvector(array_remove(string_to_array(stems || ' ' || exact, ' '), ''))"
# The tokenizer "ascii" takes whatever is not ASCII for a letter: the analyser alone decides what a word is.
_SQLITE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_words USING fts5("
    "stems, exact, content='search_document', content_rowid='case_id', tokenize=\"ascii tokenchars '='\", detail='none')",
    "CREATE TRIGGER IF NOT EXISTS search_document_written AFTER INSERT ON search_document BEGIN "
    "INSERT INTO search_words(rowid, stems, exact) VALUES (new.case_id, new.stems, new.exact); END",
    "CREATE TRIGGER IF NOT EXISTS search_document_rewritten AFTER UPDATE ON search_document BEGIN "
    "INSERT INTO search_words(search_words, rowid, stems, exact) "
    "VALUES ('delete', old.case_id, old.stems, old.exact); "
    "INSERT INTO search_words(rowid, stems, exact) VALUES (new.case_id, new.stems, new.exact); END",
    "CREATE TRIGGER IF NOT EXISTS search_document_removed AFTER DELETE ON search_document BEGIN "
    "INSERT INTO search_words(search_words, rowid, stems, exact) "
    "VALUES ('delete', old.case_id, old.stems, old.exact); END",
    "CREATE TRIGGER IF NOT EXISTS cases_opened_search AFTER INSERT ON cases BEGIN "
    "INSERT OR IGNORE INTO search_stale(case_id) VALUES (new.id); END",
    "CREATE TRIGGER IF NOT EXISTS cases_changed_search "
    "AFTER UPDATE OF last_seq, title, citizen_id, fields, external_id ON cases BEGIN "
    "INSERT OR IGNORE INTO search_stale(case_id) VALUES (new.id); END",
    "CREATE TRIGGER IF NOT EXISTS citizen_changed_search "
    "AFTER UPDATE OF search_key, organisation, street, postcode, town ON citizen BEGIN "
    "INSERT OR IGNORE INTO search_stale(case_id) SELECT id FROM cases WHERE citizen_id = new.id; END",
)
# DO UPDATE, not DO NOTHING: it waits for whoever is reading that case again, who would miss this change.
_MARK = "ON CONFLICT (case_id) DO UPDATE SET case_id = excluded.case_id"
_POSTGRESQL = (
    f"CREATE INDEX IF NOT EXISTS ix_search_document_words ON search_document USING gin (({_WORDS}))",
    "CREATE OR REPLACE FUNCTION mark_case_stale() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN INSERT INTO search_stale(case_id) VALUES (new.id) {_MARK}; RETURN NULL; END $$",
    "CREATE OR REPLACE FUNCTION mark_citizen_stale() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN INSERT INTO search_stale(case_id) SELECT id FROM cases WHERE citizen_id = new.id ORDER BY id "
    f"{_MARK}; RETURN NULL; END $$",
    "CREATE OR REPLACE TRIGGER cases_opened_search AFTER INSERT ON cases "
    "FOR EACH ROW EXECUTE FUNCTION mark_case_stale()",
    "CREATE OR REPLACE TRIGGER cases_changed_search "
    "AFTER UPDATE OF last_seq, title, citizen_id, fields, external_id ON cases "
    "FOR EACH ROW EXECUTE FUNCTION mark_case_stale()",
    "CREATE OR REPLACE TRIGGER citizen_changed_search "
    "AFTER UPDATE OF search_key, organisation, street, postcode, town ON citizen "
    "FOR EACH ROW EXECUTE FUNCTION mark_citizen_stale()",
)


def create(connection: Connection) -> None:
    """Make the index of words and its triggers; safe to call again."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Remove what `create` made."""
    triggers = {
        "cases": ("cases_opened_search", "cases_changed_search"),
        "citizen": ("citizen_changed_search",),
    }
    on_sqlite = connection.dialect.name == "sqlite"
    for owner, names in triggers.items():
        for name in names:
            connection.exec_driver_sql(
                f"DROP TRIGGER IF EXISTS {name}" + ("" if on_sqlite else f" ON {owner}")
            )
    if on_sqlite:
        connection.exec_driver_sql("DROP TABLE IF EXISTS search_words")
        return
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS mark_case_stale(), mark_citizen_stale()")


def is_compared(thing: object, name: str | None, *_rest: object) -> bool:
    """Tell whether models say this table or index (Alembic's `include_object`)."""
    return not (name or "").startswith(DERIVED)


def holding(question: list[tuple[str, ...]], dialect: str) -> Select:
    """Return the numbers of the cases that hold, of each group of words, at least one; to be used with `in_`.

    Words come from the analyser: letters, figures and "=" only, so that quoting them is enough.
    """
    if dialect == "sqlite":
        terms = " AND ".join("(" + " OR ".join(f'"{word}"' for word in words) + ")" for words in question)
        words = table("search_words", column("rowid"))
        found = text("search_words MATCH :terms").bindparams(bindparam("terms", terms, unique=True))
        return select(words.c.rowid).where(found)
    terms = " & ".join("(" + " | ".join(f"'{word}'" for word in words) + ")" for words in question)
    return select(SearchDocument.case_id).where(literal_column(_WORDS).op("@@")(cast(terms, TSQUERY)))


def standing_in(question: list[tuple[str, ...]]) -> ColumnElement[bool]:
    """Return the same condition of one row of `search_document`, read without the index."""

    def stands(word: str) -> ColumnElement[bool]:
        words = SearchDocument.exact if word.startswith("=") else SearchDocument.stems
        return (" " + words + " ").like(f"% {word} %")

    return and_(*(or_(*(stands(word) for word in words)) for words in question))
