"""The word list, edited by officers and versioned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021_lexicon"
down_revision = "0018_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lexicon_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("live_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("live_by_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("measured", sa.Text(), nullable=True),
        sa.Column("figures", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["users.id"], name=op.f("fk_lexicon_version_made_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["live_by_id"], ["users.id"], name=op.f("fk_lexicon_version_live_by_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lexicon_version")),
    )
    op.create_index(
        "uq_lexicon_version_draft",
        "lexicon_version",
        ["state"],
        unique=True,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_index(
        "ix_lexicon_version_live_at",
        "lexicon_version",
        ["live_at"],
        postgresql_where=sa.text("live_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("lexicon_version")
