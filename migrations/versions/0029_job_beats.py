"""When a worker last ran a job."""

from __future__ import annotations

from alembic import op

revision = "0029_job_beats"
down_revision = "0028_case_page"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # For a few hours 0023 brought it: a database of that day has it already.
    op.execute("ALTER TABLE heartbeat ADD COLUMN IF NOT EXISTS ran_job_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE heartbeat DROP COLUMN IF EXISTS ran_job_at")
