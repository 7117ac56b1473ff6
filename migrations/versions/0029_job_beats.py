"""When a worker last ran a job."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029_job_beats"
down_revision = "0028_case_page"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("heartbeat", sa.Column("ran_job_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("heartbeat", "ran_job_at")
