"""What many workers are told at once, and the regulation's path with a P3MI."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033_updates_and_clarification"
down_revision = "0032_companies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _updates()
    _clarification()


def _clarification() -> None:
    op.create_table(
        "clarification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.LargeBinary())
            for name in ("speaker", "office", "address", "phone", "explanation", "follow_up", "hindrance")
        ),
        sa.Column("admits", sa.Boolean()),
        sa.Column("promises", sa.LargeBinary()),
        sa.Column("names_worker", sa.Boolean(), nullable=False),
        sa.Column("promise_due_at", sa.DateTime(timezone=True)),
        sa.Column("result", sa.Text()),
        sa.Column("judged_at", sa.DateTime(timezone=True)),
        sa.Column("judged_by_id", sa.Uuid()),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clarification")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_clarification_case_id_cases")),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_clarification_party_id_party")),
        sa.ForeignKeyConstraint(
            ["judged_by_id"], ["users.id"], name=op.f("fk_clarification_judged_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_clarification_recorded_by_id_users")
        ),
    )
    op.create_index("ix_clarification_case_id", "clarification", ["case_id"])
    op.create_index("ix_clarification_party_id", "clarification", ["party_id"])


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
    op.drop_table("clarification")
    op.drop_table("incident_update_case")
    op.drop_table("incident_update")
