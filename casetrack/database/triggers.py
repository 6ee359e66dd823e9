"""What no program may rewrite: the triggers that keep history append-only on both databases.

Migrations call `create` after every change of these tables: SQLite drops the triggers of a table
that it rebuilds.
"""

from sqlalchemy import Connection, inspect

APPEND_ONLY = ("event", "seal", "rung_fired", "reading", "workflow_version", "administration_event")


def create(connection: Connection) -> None:
    """Forbid UPDATE and DELETE on every append-only table; safe to call again."""
    # The first migrations run before the later tables are there.
    there = set(inspect(connection).get_table_names()).intersection(APPEND_ONLY)
    if connection.dialect.name == "sqlite":
        for table in there:
            for verb in ("UPDATE", "DELETE"):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    connection.exec_driver_sql(
        "CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in there:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )


def drop(connection: Connection) -> None:
    """Lift the interdiction: for migrations, and for the tests that tamper."""
    for table in APPEND_ONLY:
        if connection.dialect.name == "sqlite":
            for verb in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
