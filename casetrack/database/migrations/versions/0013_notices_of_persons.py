"""What concerns a person rather than a case is told too: an absence noted by somebody else, another mediator."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OF_ONE = (
    "(case_id IS NULL AND seq IS NULL AND details IS NOT NULL)"
    " OR (case_id IS NOT NULL AND seq IS NOT NULL AND details IS NULL)"
)


def upgrade() -> None:
    """Let a notification be of no case."""
    with op.batch_alter_table("notification") as table:
        table.add_column(sa.Column("details", JSON, nullable=True))
        table.alter_column("case_id", existing_type=KEY, nullable=True)
        table.alter_column("seq", existing_type=sa.Integer(), nullable=True)
        table.create_check_constraint(op.f("ck_notification_of_a_case_or_of_a_person"), OF_ONE)


def downgrade() -> None:
    """Forget those of no case: there is no place for them."""
    op.execute("DELETE FROM notification WHERE case_id IS NULL")
    with op.batch_alter_table("notification") as table:
        table.drop_constraint(op.f("ck_notification_of_a_case_or_of_a_person"), type_="check")
        table.alter_column("case_id", existing_type=KEY, nullable=False)
        table.alter_column("seq", existing_type=sa.Integer(), nullable=False)
        table.drop_column("details")
