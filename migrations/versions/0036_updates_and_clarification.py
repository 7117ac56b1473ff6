"""What many workers are told at once, and the regulation's path with a P3MI."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036_updates_and_clarification"
down_revision = "0035_patterns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _updates()


def _updates() -> None:
    op.create_table(
        "incident_update",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("wording", sa.Text()),
        sa.Column("body", sa.Text()),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_update")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_incident_update_incident_id_incident")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["users.id"], name=op.f("fk_incident_update_made_by_id_users")
        ),
    )
    op.create_index("ix_incident_update_incident_id_made_at", "incident_update", ["incident_id", "made_at"])
    op.create_table(
        "incident_update_case",
        sa.Column("update_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid()),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("update_id", "case_id", name=op.f("pk_incident_update_case")),
        sa.ForeignKeyConstraint(
            ["update_id"],
            ["incident_update.id"],
            name=op.f("fk_incident_update_case_update_id_incident_update"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_incident_update_case_case_id_cases")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_incident_update_case_message_id_message")
        ),
    )
    op.create_index("ix_incident_update_case_case_id_at", "incident_update_case", ["case_id", "at"])
    op.create_index("ix_incident_update_case_message_id", "incident_update_case", ["message_id"])


def downgrade() -> None:
    op.drop_table("incident_update_case")
    op.drop_table("incident_update")
