"""Search: the words of each case, what is to be read again, searches kept by name."""

import sqlalchemy as sa
from alembic import op

from casetrack.database import full_text

revision = "0002"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and the index of words; every case is to be read."""
    op.create_table(
        "search_document",
        sa.Column("case_id", KEY, autoincrement=False, nullable=False),
        sa.Column("stems", sa.Text(), nullable=False),
        sa.Column("exact", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_search_document_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_search_document")),
    )
    op.create_table(
        "search_stale",
        sa.Column("case_id", KEY, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_search_stale_case_id_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_search_stale")),
    )
    op.create_table(
        "saved_search",
        sa.Column("id", KEY, nullable=False),
        sa.Column("staff_id", KEY, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("asked", sa.String(length=600), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_saved_search_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("staff_id", "name", name=op.f("uq_saved_search_staff_id_name")),
    )
    full_text.create(op.get_bind())
    op.execute("INSERT INTO search_stale (case_id) SELECT id FROM cases")


def downgrade() -> None:
    """Forget every word; the cases stay."""
    full_text.drop(op.get_bind())
    for table in ("saved_search", "search_stale", "search_document"):
        op.drop_table(table)
