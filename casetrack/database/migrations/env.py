"""How Alembic reaches the database: through the connection that `casetrack.database.migrate` opened."""

from alembic import context
from sqlalchemy import create_engine

from casetrack.database.full_text import is_compared
from casetrack.database.tables import Table

connection = context.config.attributes.get("connection")
if connection is None:  # `alembic` on the command line, for authors of migrations
    connection = create_engine(context.config.get_main_option("sqlalchemy.url")).connect()

context.configure(
    connection=connection,
    target_metadata=Table.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    include_object=is_compared,
)
with context.begin_transaction():
    context.run_migrations()
