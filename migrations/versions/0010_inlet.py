"""The way in: floods are counted, hidden callers remembered, and how far the provider's list was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_inlet"
down_revision = "0009_attachments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("burst_since", sa.DateTime(timezone=True)))
    op.add_column("cases", sa.Column("burst_count", sa.Integer()))
    op.add_column("cases", sa.Column("flooded_at", sa.DateTime(timezone=True)))
    op.create_table(
        "anonymous_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_sid", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.Column("seen_by_id", sa.Uuid()),
        sa.ForeignKeyConstraint(
            ["seen_by_id"], ["users.id"], name=op.f("fk_anonymous_call_seen_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anonymous_call")),
        sa.UniqueConstraint("provider_sid", name=op.f("uq_anonymous_call_provider_sid")),
    )
    op.create_index("ix_anonymous_call_received_at", "anonymous_call", ["received_at"])
    op.create_index(
        "ix_anonymous_call_unseen",
        "anonymous_call",
        ["received_at"],
        postgresql_where=sa.text("seen_at IS NULL"),
    )
    op.create_table(
        "watermark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_in", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watermark")),
    )


def downgrade() -> None:
    op.drop_table("watermark")
    op.drop_table("anonymous_call")
    for name in ("flooded_at", "burst_count", "burst_since"):
        op.drop_column("cases", name)
