"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from casetrack.database import triggers

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table and forbid rewriting history."""
    op.create_table(
        "citizen",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("civility", sa.String(length=40), nullable=False),
        sa.Column("given_name", sa.String(length=200), nullable=False),
        sa.Column("family_name", sa.String(length=200), nullable=False),
        sa.Column("usual_name", sa.String(length=200), nullable=False),
        sa.Column("use_usual_name", sa.Boolean(), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("telephone", sa.String(length=40), nullable=False),
        sa.Column("street", sa.String(length=300), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("town", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("prefers_post", sa.Boolean(), nullable=False),
        sa.Column("search_key", sa.String(length=600), nullable=False),
        sa.CheckConstraint(
            "kind IN ('person', 'organisation', 'unknown')", name=op.f("ck_citizen_known_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citizen")),
    )
    op.create_index("ix_citizen_email", "citizen", ["email"], unique=False)
    op.create_index("ix_citizen_family_name", "citizen", ["family_name"], unique=False)

    op.create_table(
        "counter",
        sa.Column("series", sa.String(length=60), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("series", "year", name=op.f("pk_counter")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.Column("summary", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("holder", sa.String(length=100), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "local_closure",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_local_closure")),
    )
    op.create_table(
        "seal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heads", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal")),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("telephone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["service.id"], name=op.f("fk_service_parent_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("code", name=op.f("uq_service_code")),
    )
    op.create_table(
        "town",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("details", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_town_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_town")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("given_name", sa.String(length=100), nullable=False),
        sa.Column("family_name", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("telephone", sa.String(length=40), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("session_key", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_staff_service_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_index("ix_staff_service_id", "staff", ["service_id"], unique=False)

    op.create_table(
        "subject",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("label_en", sa.String(length=200), nullable=False),
        sa.Column("workflow", sa.String(length=60), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("silence_mode", sa.String(length=20), nullable=False),
        sa.Column("silence_delay", sa.String(length=60), nullable=False),
        sa.Column("answer_delay", sa.String(length=60), nullable=False),
        sa.Column("confidentiality", sa.Integer(), nullable=False),
        sa.Column("keywords", sa.String(length=400), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "silence_mode IN ('rejection', 'acceptance', 'none')", name=op.f("ck_subject_known_silence_mode")
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_subject_service_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
        sa.UniqueConstraint("code", name=op.f("uq_subject_code")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("replaced_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_absence_ends_after_start")),
        sa.CheckConstraint("replaced_by_id <> staff_id", name=op.f("ck_absence_replaced_by_another")),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["staff.id"], name=op.f("fk_absence_replaced_by_id_staff")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_absence_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_ends_on", "absence", ["ends_on"], unique=False)

    op.create_table(
        "staff_role",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "role IN ('desk', 'officer', 'head', 'signatory', 'mediator', 'evaluation', 'administrator')",
            name=op.f("ck_staff_role_known_role"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_staff_role_service_id_service")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_role_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_role")),
        sa.UniqueConstraint(
            "staff_id", "role", "service_id", name=op.f("uq_staff_role_staff_id_role_service_id")
        ),
    )
    op.create_index("ix_staff_role_service_id_role", "staff_role", ["service_id", "role"], unique=False)

    op.create_table(
        "workflow_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("messages", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["staff.id"], name=op.f("fk_workflow_version_published_by_id_staff")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_version")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_workflow_version_key_version")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("workflow_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("workflow", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("last_hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_seq", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("citizen_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("officer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("confidentiality", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("external_source", sa.String(length=60), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("act_by", sa.Date(), nullable=True),
        sa.Column("implicit_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("first_due_on", sa.Date(), nullable=True),
        sa.Column("first_answered_on", sa.Date(), nullable=True),
        sa.Column("implicit_born_on", sa.Date(), nullable=True),
        sa.Column("closed_seq", sa.Integer(), nullable=True),
        sa.Column("closed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "channel IN ('post', 'email', 'web', 'desk', 'telephone', 'elected', 'internal')",
            name=op.f("ck_cases_known_channel"),
        ),
        sa.CheckConstraint(
            "(closed_seq IS NULL AND closed_by_id IS NULL AND closed_on IS NULL AND outcome IS NULL) OR (closed_seq IS NOT NULL AND closed_by_id IS NOT NULL AND closed_on IS NOT NULL AND outcome IS NOT NULL)",
            name=op.f("ck_cases_closed_by_a_named_person"),
        ),
        sa.CheckConstraint("confidentiality BETWEEN 0 AND 2", name=op.f("ck_cases_known_confidentiality")),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizen.id"], name=op.f("fk_cases_citizen_id_citizen")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["staff.id"], name=op.f("fk_cases_closed_by_id_staff")),
        sa.ForeignKeyConstraint(["officer_id"], ["staff.id"], name=op.f("fk_cases_officer_id_staff")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_cases_service_id_service")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"], name=op.f("fk_cases_subject_id_subject")),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflow_version.id"], name=op.f("fk_cases_workflow_id_workflow_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint(
            "external_source", "external_id", name=op.f("uq_cases_external_source_external_id")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_cases_reference")),
    )
    op.create_index("ix_cases_citizen_id", "cases", ["citizen_id"], unique=False)
    op.create_index(
        "ix_cases_officer_open",
        "cases",
        ["officer_id", "due_on", "id"],
        unique=False,
        sqlite_where=sa.text("closed_seq IS NULL"),
        postgresql_where=sa.text("closed_seq IS NULL"),
    )
    op.create_index(
        "ix_cases_open",
        "cases",
        ["due_on", "id"],
        unique=False,
        sqlite_where=sa.text("closed_seq IS NULL"),
        postgresql_where=sa.text("closed_seq IS NULL"),
    )
    op.create_index(
        "ix_cases_service_open",
        "cases",
        ["service_id", "due_on", "id"],
        unique=False,
        sqlite_where=sa.text("closed_seq IS NULL"),
        postgresql_where=sa.text("closed_seq IS NULL"),
    )

    op.create_table(
        "case_copy",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("service_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_opinion", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_copy_case_id_cases")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_case_copy_service_id_service")),
        sa.PrimaryKeyConstraint("case_id", "service_id", name=op.f("pk_case_copy")),
    )
    op.create_index("ix_case_copy_service_id", "case_copy", ["service_id"], unique=False)

    op.create_table(
        "case_link",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("other_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "kind IN ('duplicate_of', 'related', 'follows', 'about')", name=op.f("ck_case_link_known_kind")
        ),
        sa.CheckConstraint("case_id <> other_id", name=op.f("ck_case_link_another_case")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_link_case_id_cases")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_case_link_other_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_link")),
        sa.UniqueConstraint("case_id", "other_id", "kind", name=op.f("uq_case_link_case_id_other_id_kind")),
    )
    op.create_index("ix_case_link_other_id", "case_link", ["other_id"], unique=False)

    op.create_table(
        "case_reader",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_reader_case_id_cases")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_reader_staff_id_staff")),
        sa.PrimaryKeyConstraint("case_id", "staff_id", name=op.f("pk_case_reader")),
    )
    op.create_index("ix_case_reader_staff_id", "case_reader", ["staff_id"], unique=False)

    op.create_table(
        "case_text",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_text_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "seq", "field", name=op.f("pk_case_text")),
    )
    op.create_table(
        "event",
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("on_behalf_of_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("from_state", sa.String(length=60), nullable=True),
        sa.Column("to_state", sa.String(length=60), nullable=False),
        sa.Column("ends", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("NOT ends OR actor_kind = 'staff'", name=op.f("ck_event_ended_by_a_person")),
        sa.CheckConstraint(
            "actor_kind <> 'clock' OR from_state = to_state", name=op.f("ck_event_clock_moves_nothing")
        ),
        sa.CheckConstraint(
            "actor_kind <> 'staff' OR actor_id IS NOT NULL", name=op.f("ck_event_staff_is_named")
        ),
        sa.CheckConstraint(
            "actor_kind IN ('staff', 'citizen', 'clock')", name=op.f("ck_event_known_actor_kind")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["staff.id"], name=op.f("fk_event_actor_id_staff")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_event_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["staff.id"], name=op.f("fk_event_on_behalf_of_id_staff")
        ),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_event")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("recipient", sa.String(length=600), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=100), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.CheckConstraint("channel IN ('email', 'post')", name=op.f("ck_message_known_channel")),
        sa.CheckConstraint(
            "status IN ('waiting', 'claimed', 'sent', 'in_doubt', 'to_print', 'posted', 'cancelled')",
            name=op.f("ck_message_known_status"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_message_case_id_cases")),
        sa.ForeignKeyConstraint(["posted_by_id"], ["staff.id"], name=op.f("fk_message_posted_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "case_id", "seq", "template", "recipient", name=op.f("uq_message_case_id_seq_template_recipient")
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_message_id")),
    )
    op.create_index("ix_message_case_id", "message", ["case_id"], unique=False)
    op.create_index(
        "ix_message_next_attempt_at",
        "message",
        ["next_attempt_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_message_pending",
        "message",
        ["status", "id"],
        unique=False,
        sqlite_where=sa.text("status IN ('claimed', 'in_doubt', 'to_print')"),
        postgresql_where=sa.text("status IN ('claimed', 'in_doubt', 'to_print')"),
    )

    op.create_table(
        "notification",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notification_case_id_cases")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_notification_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("case_id", "seq", "staff_id", name=op.f("uq_notification_case_id_seq_staff_id")),
    )
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["staff_id", "id"],
        unique=False,
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )

    op.create_table(
        "reading",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reading_case_id_cases")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_reading_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index("ix_reading_case_id", "reading", ["case_id"], unique=False)

    op.create_table(
        "suspension",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("deadlines", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("announced_until", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("start_seq", sa.Integer(), nullable=False),
        sa.Column("end_seq", sa.Integer(), nullable=True),
        sa.CheckConstraint("announced_until >= starts_on", name=op.f("ck_suspension_announced_after_start")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_suspension_ends_after_start")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_suspension_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension")),
    )
    op.create_index("ix_suspension_case_id", "suspension", ["case_id"], unique=False)

    op.create_table(
        "timer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("period", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("act_by", sa.Date(), nullable=False),
        sa.Column("armed_seq", sa.Integer(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("ended_seq", sa.Integer(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("next_rung_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status <> 'met' OR met_on IS NOT NULL", name=op.f("ck_timer_met_has_a_day")),
        sa.CheckConstraint(
            "status IN ('running', 'suspended', 'met', 'cancelled', 'superseded')",
            name=op.f("ck_timer_known_status"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_timer_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
    )
    op.create_index("ix_timer_case_id", "timer", ["case_id"], unique=False)
    op.create_index(
        "ix_timer_next_rung_at",
        "timer",
        ["next_rung_at", "id"],
        unique=False,
        sqlite_where=sa.text("next_rung_at IS NOT NULL"),
        postgresql_where=sa.text("next_rung_at IS NOT NULL"),
    )

    op.create_table(
        "rung_fired",
        sa.Column("timer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_rung_fired_case_id_cases")),
        sa.ForeignKeyConstraint(["timer_id"], ["timer.id"], name=op.f("fk_rung_fired_timer_id_timer")),
        sa.PrimaryKeyConstraint("timer_id", "rung", name=op.f("pk_rung_fired")),
    )
    triggers.create(op.get_bind())


def downgrade() -> None:
    """Drop everything."""
    triggers.drop(op.get_bind())
    op.drop_table("rung_fired")
    op.drop_index(
        "ix_timer_next_rung_at",
        table_name="timer",
        sqlite_where=sa.text("next_rung_at IS NOT NULL"),
        postgresql_where=sa.text("next_rung_at IS NOT NULL"),
    )
    op.drop_index("ix_timer_case_id", table_name="timer")

    op.drop_table("timer")
    op.drop_index("ix_suspension_case_id", table_name="suspension")

    op.drop_table("suspension")
    op.drop_index("ix_reading_case_id", table_name="reading")

    op.drop_table("reading")
    op.drop_index(
        "ix_notification_unread",
        table_name="notification",
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )

    op.drop_table("notification")
    op.drop_index(
        "ix_message_pending",
        table_name="message",
        sqlite_where=sa.text("status IN ('claimed', 'in_doubt', 'to_print')"),
        postgresql_where=sa.text("status IN ('claimed', 'in_doubt', 'to_print')"),
    )
    op.drop_index(
        "ix_message_next_attempt_at",
        table_name="message",
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.drop_index("ix_message_case_id", table_name="message")

    op.drop_table("message")
    op.drop_table("event")
    op.drop_table("case_text")
    op.drop_index("ix_case_reader_staff_id", table_name="case_reader")

    op.drop_table("case_reader")
    op.drop_index("ix_case_link_other_id", table_name="case_link")

    op.drop_table("case_link")
    op.drop_index("ix_case_copy_service_id", table_name="case_copy")

    op.drop_table("case_copy")
    op.drop_index(
        "ix_cases_service_open",
        table_name="cases",
        sqlite_where=sa.text("closed_seq IS NULL"),
        postgresql_where=sa.text("closed_seq IS NULL"),
    )
    op.drop_index(
        "ix_cases_open",
        table_name="cases",
        sqlite_where=sa.text("closed_seq IS NULL"),
        postgresql_where=sa.text("closed_seq IS NULL"),
    )
    op.drop_index(
        "ix_cases_officer_open",
        table_name="cases",
        sqlite_where=sa.text("closed_seq IS NULL"),
        postgresql_where=sa.text("closed_seq IS NULL"),
    )
    op.drop_index("ix_cases_citizen_id", table_name="cases")

    op.drop_table("cases")
    op.drop_table("workflow_version")
    op.drop_index("ix_staff_role_service_id_role", table_name="staff_role")

    op.drop_table("staff_role")
    op.drop_index("ix_absence_ends_on", table_name="absence")

    op.drop_table("absence")
    op.drop_table("subject")
    op.drop_index("ix_staff_service_id", table_name="staff")

    op.drop_table("staff")
    op.drop_table("town")
    op.drop_table("service")
    op.drop_table("seal")
    op.drop_table("local_closure")
    op.drop_table("lease")
    op.drop_table("heartbeat")
    op.drop_table("counter")
    op.drop_index("ix_citizen_family_name", table_name="citizen")
    op.drop_index("ix_citizen_email", table_name="citizen")

    op.drop_table("citizen")
