"""What was closed lately of one kind is listed for the mediator: an index for it, of closed cases only."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

CLOSED = sa.text("closed_on IS NOT NULL")


def upgrade() -> None:
    """Let closed dysfunctions, questions and recommendations be listed at once."""
    op.create_index(
        "ix_cases_closed",
        "cases",
        ["workflow", "closed_on", "id"],
        sqlite_where=CLOSED,
        postgresql_where=CLOSED,
    )


def downgrade() -> None:
    """List them by reading every case."""
    op.drop_index("ix_cases_closed", "cases")
