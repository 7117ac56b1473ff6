"""Middle floor: clocks, pages, policies, heartbeats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_escalation"
down_revision = "0001_cases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "policy_snapshot",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_snapshot")),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("promise", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("last_paged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.Uuid(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["duty_contact.id"], name=op.f("fk_clock_acknowledged_by_id_duty_contact")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_clock_agency_id_agency")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_clock_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["policy_version"],
            ["policy_snapshot.version"],
            name=op.f("fk_clock_policy_version_policy_snapshot"),
        ),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_clock_referral_id_referral")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_index("ix_clock_case_id", "clock", ["case_id"], unique=False)
    op.create_index(
        "ix_clock_next_at",
        "clock",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index("ix_clock_referral_id", "clock", ["referral_id"], unique=False)
    op.create_index("ix_clock_state_due_at_id", "clock", ["state", "due_at", "id"], unique=False)
    op.create_index("ix_clock_due_at_id", "clock", ["due_at", "id"], unique=False)
    op.create_table(
        "page",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_page_case_id_cases")),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("fk_page_clock_id_clock")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["duty_contact.id"], name=op.f("fk_page_contact_id_duty_contact")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_page_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page")),
        sa.UniqueConstraint(
            "clock_id", "rung", "repeat", "contact_id", name=op.f("uq_page_clock_id_rung_repeat_contact_id")
        ),
    )
    op.create_index("ix_page_case_id_id", "page", ["case_id", "id"], unique=False)
    op.create_index(
        "ix_page_contact_id_code",
        "page",
        ["contact_id", "code"],
        unique=False,
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )
    op.create_index("ix_page_message_id", "page", ["message_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_page_message_id", table_name="page")
    op.drop_index(
        "ix_page_contact_id_code", table_name="page", postgresql_where=sa.text("acknowledged_at IS NULL")
    )
    op.drop_index("ix_page_case_id_id", table_name="page")
    op.drop_table("page")
    op.drop_index("ix_clock_state_due_at_id", table_name="clock")
    op.drop_index("ix_clock_referral_id", table_name="clock")
    op.drop_index("ix_clock_next_at", table_name="clock", postgresql_where=sa.text("next_at IS NOT NULL"))
    op.drop_index("ix_clock_case_id", table_name="clock")
    op.drop_table("clock")
    op.drop_table("policy_snapshot")
    op.drop_table("heartbeat")
