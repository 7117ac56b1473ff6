"""Promises are found by when they were made, for reports."""

from __future__ import annotations

from alembic import op

revision = "0007_reports"
down_revision = "0006_contact"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_clock_started_at", "clock", ["started_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_clock_started_at", table_name="clock")
