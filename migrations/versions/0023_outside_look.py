"""Messages about which an outside model was asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023_outside_look"
down_revision = "0022_lock_without_key"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outside_look",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Text()),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_outside_look_message_id_message")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_outside_look")),
    )


def downgrade() -> None:
    op.drop_table("outside_look")
