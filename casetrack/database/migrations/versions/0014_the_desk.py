"""The desk finds people by their address too, and a form sent twice is acted upon once."""

import sqlalchemy as sa
from alembic import op

from casetrack.spelling import words

revision = "0014"
down_revision = "0013"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CITIZEN = sa.table(
    "citizen",
    sa.column("id", KEY),
    *(sa.column(name, sa.String) for name in ("street", "postcode", "town", "address_key")),
)
AT_ONCE = 5_000


def upgrade() -> None:
    """Write the address of each person as it is searched; note the forms that were acted upon."""
    op.add_column(
        "citizen", sa.Column("address_key", sa.String(length=500), nullable=False, server_default="")
    )
    _write_addresses()
    op.create_table(
        "sent_form",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("case_id", KEY, nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_sent_form_case_id_cases")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sent_form")),
    )


def downgrade() -> None:
    """Find people by name, e-mail and telephone alone; a form sent twice opens two cases again."""
    op.drop_table("sent_form")
    op.drop_column("citizen", "address_key")


def _write_addresses() -> None:
    connection, last = op.get_bind(), 0
    write = (
        sa.update(CITIZEN)
        .where(CITIZEN.c.id == sa.bindparam("of"))
        .values(address_key=sa.bindparam("written"))
    )
    page = sa.select(CITIZEN).order_by(CITIZEN.c.id).limit(AT_ONCE)
    while rows := connection.execute(page.where(CITIZEN.c.id > last)).all():
        connection.execute(
            write,
            [
                {"of": row.id, "written": " ".join(words(f"{row.street} {row.postcode} {row.town}"))[:500]}
                for row in rows
            ],
        )
        last = rows[-1].id
