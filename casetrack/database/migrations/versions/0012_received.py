"""A search looks at the newest cases first, the mediator at the first due of one kind: an index for each."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

OPEN = sa.text("closed_seq IS NULL")


def upgrade() -> None:
    """Let the cases be walked through in the order of their arrival, and the open ones of a kind as they fall due."""
    op.create_index("ix_cases_received", "cases", ["received_on", "id"])
    op.create_index(
        "ix_cases_kind_open",
        "cases",
        ["workflow", "due_on", "id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    """Put them in order at every question."""
    op.drop_index("ix_cases_kind_open", "cases")
    op.drop_index("ix_cases_received", "cases")
