"""Alerts of cases that gather around one employer, recruiter or P3MI."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034_patterns"
down_revision = "0033_updates_and_clarification"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pattern",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("case_ids", postgresql.JSONB(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True)),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.Column("acknowledged_by_id", sa.Uuid()),
        sa.Column("note", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pattern")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_pattern_company_id_company")),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["users.id"], name=op.f("fk_pattern_acknowledged_by_id_users")
        ),
    )
    op.create_index("ix_pattern_company_id_id", "pattern", ["company_id", "id"])
    op.create_index(
        "uq_pattern_open",
        "pattern",
        ["company_id", "rule"],
        unique=True,
        postgresql_where=sa.text("acknowledged_at IS NULL AND replaced_at IS NULL"),
    )
    op.add_column("clock", sa.Column("clarification_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_clock_clarification_id_clarification"),
        "clock",
        "clarification",
        ["clarification_id"],
        ["id"],
    )
    op.create_index(
        "ix_clock_clarification_id",
        "clock",
        ["clarification_id"],
        postgresql_where=sa.text("clarification_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_clock_clarification_id", "clock")
    op.drop_column("clock", "clarification_id")
    op.drop_table("pattern")
