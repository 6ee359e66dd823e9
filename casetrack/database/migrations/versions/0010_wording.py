"""A town's own wording of a published version: a further row of the same version."""

import sqlalchemy as sa
from alembic import op

from casetrack.database import triggers

revision = "0010"
down_revision = "0009"

NAME = "uq_workflow_version_key_version"


def upgrade() -> None:
    """Let several wordings of one version stand side by side."""
    with op.batch_alter_table("workflow_version") as table:
        table.add_column(sa.Column("wording", sa.Integer(), nullable=False, server_default="0"))
        table.drop_constraint(NAME, type_="unique")
        table.create_unique_constraint(f"{NAME}_wording", ["key", "version", "wording"])
    triggers.create(op.get_bind())  # SQLite has rebuilt the table without them


def downgrade() -> None:
    """Keep one text a version; refused by the constraint where cases began with a town's wording."""
    with op.batch_alter_table("workflow_version") as table:
        table.drop_constraint(f"{NAME}_wording", type_="unique")
        table.drop_column("wording")
        table.create_unique_constraint(NAME, ["key", "version"])
    triggers.create(op.get_bind())
