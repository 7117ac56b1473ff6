"""A message that failed has at most one that takes its place on another way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008_way_out"
down_revision = "0007_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("replaces_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_message_replaces_id_message"), "message", "message", ["replaces_id"], ["id"]
    )
    op.create_index(
        "uq_message_replaces_id",
        "message",
        ["replaces_id"],
        unique=True,
        postgresql_where=sa.text("replaces_id IS NOT NULL"),
    )
    op.create_index(
        "ix_message_failed",
        "message",
        ["created_at"],
        postgresql_where=sa.text("delivery IN ('failed', 'undelivered')"),
    )


def downgrade() -> None:
    op.drop_index("ix_message_failed", "message")
    op.drop_index("uq_message_replaces_id", "message")
    op.drop_constraint(op.f("fk_message_replaces_id_message"), "message")
    op.drop_column("message", "replaces_id")
