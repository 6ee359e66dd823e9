"""The pile of scanned letters that wait to be registered; documents found by their content."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
WAITING = sa.text("status IN ('waiting', 'aside')")


def upgrade() -> None:
    """Let scans wait for somebody to register them."""
    op.create_table(
        "pile_line",
        sa.Column("id", KEY, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by_id", KEY, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=True),
        sa.Column("opened_by_id", KEY, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by_id", KEY, nullable=True),
        sa.Column("case_id", KEY, nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'aside', 'registered', 'removed')", name=op.f("ck_pile_line_known_status")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_pile_line_not_empty")),
        sa.ForeignKeyConstraint(["added_by_id"], ["staff.id"], name=op.f("fk_pile_line_added_by_id_staff")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_pile_line_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff.id"], name=op.f("fk_pile_line_decided_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["staff.id"], name=op.f("fk_pile_line_opened_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pile_line")),
    )
    op.create_index("ix_pile_line_status_id", "pile_line", ["status", "id"])
    op.create_index("ix_pile_line_decided_at", "pile_line", ["decided_at"])
    op.create_index(
        "uq_pile_line_sha256_waiting",
        "pile_line",
        ["sha256"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index("ix_document_sha256", "document", ["sha256"])


def downgrade() -> None:
    """Forget which scans waited; the files stay in the store."""
    op.drop_index("ix_document_sha256", "document")
    op.drop_table("pile_line")
