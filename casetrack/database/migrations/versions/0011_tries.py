"""Tries to sign in are counted by an index, however many there are."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Let a flood of tries cost the next one nothing."""
    op.create_index("ix_sign_in_try_login", "sign_in_try", ["login_hash", "at"])
    op.create_index("ix_sign_in_try_address", "sign_in_try", ["address", "at"])


def downgrade() -> None:
    """Count them by reading those of the last quarter of an hour."""
    op.drop_index("ix_sign_in_try_address", "sign_in_try")
    op.drop_index("ix_sign_in_try_login", "sign_in_try")
