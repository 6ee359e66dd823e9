"""What waits in one state is counted on every page: an index for it, of open cases only."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

OPEN = sa.text("closed_seq IS NULL")


def upgrade() -> None:
    """Let the cases to triage, to endorse or to sign be counted at once."""
    op.create_index(
        "ix_cases_state_open",
        "cases",
        ["state", "service_id", "due_on", "id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    """Count them by reading the open cases."""
    op.drop_index("ix_cases_state_open", "cases")
