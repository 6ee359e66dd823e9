"""What waits is counted by an index alone: the load of a service, and the cases of one kind in one state."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

OPEN = sa.text("closed_seq IS NULL")
BEFORE = {
    "ix_cases_service_open": ["service_id", "due_on", "id"],
    "ix_cases_state_open": ["state", "service_id", "due_on", "id"],
}
AFTER = {
    "ix_cases_service_open": [
        "service_id",
        "due_on",
        "id",
        "officer_id",
        "answered_on",
        "act_by",
        "workflow_id",
        "state",
        "confidentiality",
    ],
    "ix_cases_state_open": ["state", "workflow_id", "service_id", "due_on", "id"],
}


def upgrade() -> None:
    """Let a page count what is open without fetching the cases."""
    _make(AFTER)


def downgrade() -> None:
    """Fetch them."""
    _make(BEFORE)


def _make(indexes: dict[str, list[str]]) -> None:
    for name, columns in indexes.items():
        op.drop_index(name, "cases")
        op.create_index(name, "cases", columns, sqlite_where=OPEN, postgresql_where=OPEN)
