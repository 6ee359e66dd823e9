"""Models of answers, which administrators keep and officers begin from."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Let a town keep models of its answers."""
    op.create_table(
        "answer_model",
        sa.Column("id", KEY, nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("subject_id", KEY, nullable=True),
        sa.Column("body_fr", sa.Text(), nullable=False),
        sa.Column("body_en", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subject.id"], name=op.f("fk_answer_model_subject_id_subject")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_model")),
        sa.UniqueConstraint("label", name=op.f("uq_answer_model_label")),
    )


def downgrade() -> None:
    """Forget the models; the answers that began from them stay."""
    op.drop_table("answer_model")
