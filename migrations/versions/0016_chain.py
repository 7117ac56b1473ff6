"""The chain: pages that travel together, ways out with their rate and circuit, templates with their approval."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_chain"
down_revision = "0013_parties"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("carried_by_id", sa.Uuid()))
    op.add_column("message", sa.Column("turn_at", sa.DateTime(timezone=True)))
    op.add_column("message", sa.Column("segments", sa.Integer()))
    op.add_column("message", sa.Column("content_sid", sa.Text()))
    op.create_foreign_key(
        op.f("fk_message_carried_by_id_message"), "message", "message", ["carried_by_id"], ["id"]
    )
    op.create_index(
        "ix_message_carried_by_id",
        "message",
        ["carried_by_id"],
        postgresql_where=sa.text("carried_by_id IS NOT NULL"),
    )
    op.create_table(
        "way",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.Column("probe_at", sa.DateTime(timezone=True)),
        sa.Column("times_opened", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("provider", "channel", name=op.f("pk_way")),
    )
    op.create_table(
        "template",
        sa.Column("content_sid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("category", sa.Text()),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rejection_reason", sa.Text()),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("content_sid", name=op.f("pk_template")),
        sa.UniqueConstraint("name", "language", name=op.f("uq_template_name_language")),
    )


def downgrade() -> None:
    op.drop_table("template")
    op.drop_table("way")
    op.drop_index("ix_message_carried_by_id", "message")
    op.drop_constraint(op.f("fk_message_carried_by_id_message"), "message")
    op.drop_column("message", "content_sid")
    op.drop_column("message", "segments")
    op.drop_column("message", "turn_at")
    op.drop_column("message", "carried_by_id")
