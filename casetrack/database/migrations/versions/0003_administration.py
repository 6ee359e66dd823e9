"""Administration: the journal of changes, and passwords to be used once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from casetrack.database import triggers

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Keep what administrators change, and know which passwords must be changed."""
    op.add_column(
        "staff", sa.Column("password_is_temporary", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "administration_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(length=60), nullable=False),
        sa.Column("about", sa.String(length=300), nullable=False),
        sa.Column(
            "changes",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_administration_event_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administration_event")),
    )
    triggers.create(op.get_bind())


def downgrade() -> None:
    """Forget the changes of administrators."""
    op.drop_table("administration_event")
    op.drop_column("staff", "password_is_temporary")
