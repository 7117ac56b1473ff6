"""More ways out: an e-mail address of a duty contact."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017_doors"
down_revision = "0012_identity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("duty_contact", sa.Column("email", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("duty_contact", "email")
