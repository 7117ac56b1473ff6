"""Each attempt to send, what a comparison with the provider's list found, and what was done about dead letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_ledger"
down_revision = "0017_doors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _attempts()
    _comparisons()
    op.create_table(
        "dead_letter_act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Uuid()),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_dead_letter_act_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter_act")),
    )
    op.create_index("ix_dead_letter_act_subject", "dead_letter_act", ["kind", "subject"])
    op.create_index(
        "ix_task_message_id", "task", ["message_id"], postgresql_where=sa.text("message_id IS NOT NULL")
    )
    op.create_index(
        "ix_procrastinate_jobs_failed",
        "procrastinate_jobs",
        ["id"],
        postgresql_where=sa.text("status = 'failed'"),
    )


def _attempts() -> None:
    op.create_table(
        "send_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text()),
        sa.Column("code", sa.Integer()),
        sa.Column("detail", sa.Text()),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_send_attempt_message_id_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send_attempt")),
        sa.UniqueConstraint("message_id", "number", name=op.f("uq_send_attempt_message_id_number")),
    )
    op.add_column("message", sa.Column("ask_at", sa.DateTime(timezone=True)))
    op.add_column("message", sa.Column("asks", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "ix_message_ask_at", "message", ["ask_at"], postgresql_where=sa.text("ask_at IS NOT NULL")
    )


def _comparisons() -> None:
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("ours", sa.Integer(), nullable=False),
        sa.Column("taken_in", sa.Integer(), nullable=False),
        sa.Column("left_open", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
    )
    op.create_index(op.f("ix_reconciliation_began_at"), "reconciliation", ["began_at"])
    op.create_table(
        "difference",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reconciliation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Uuid()),
        sa.Column("provider_sid", sa.Text()),
        sa.Column("ours", sa.Text()),
        sa.Column("theirs", sa.Text()),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by_id", sa.Uuid()),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"],
            ["reconciliation.id"],
            name=op.f("fk_difference_reconciliation_id_reconciliation"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_difference_message_id_message")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["users.id"], name=op.f("fk_difference_settled_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_difference")),
    )
    op.create_index(
        "ix_difference_open", "difference", ["id"], postgresql_where=sa.text("settled_at IS NULL")
    )
    op.create_index("uq_difference_once", "difference", ["kind", "provider_sid"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_procrastinate_jobs_failed", "procrastinate_jobs")
    op.drop_index("ix_task_message_id", "task")
    op.drop_table("dead_letter_act")
    op.drop_table("difference")
    op.drop_table("reconciliation")
    op.drop_index("ix_message_ask_at", "message")
    op.drop_column("message", "asks")
    op.drop_column("message", "ask_at")
    op.drop_table("send_attempt")
