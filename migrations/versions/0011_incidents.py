"""Incidents: one event with many cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_incidents"
down_revision = "0010_inlet"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("incident_number")))
    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("country", sa.Text()),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("opened_by_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("reference", name=op.f("uq_incident_reference")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["users.id"], name=op.f("fk_incident_opened_by_id_users")),
    )
    op.create_index("ix_incident_opened_at_id", "incident", ["opened_at", "id"])
    op.add_column("cases", sa.Column("incident_id", sa.Uuid()))
    op.create_foreign_key(op.f("fk_cases_incident_id_incident"), "cases", "incident", ["incident_id"], ["id"])
    op.create_index(
        "ix_cases_incident_id",
        "cases",
        ["incident_id", "opened_at", "id"],
        postgresql_where=sa.text("incident_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_cases_incident_id", "cases")
    op.drop_constraint(op.f("fk_cases_incident_id_incident"), "cases", type_="foreignkey")
    op.drop_column("cases", "incident_id")
    op.drop_table("incident")
    op.execute(sa.schema.DropSequence(sa.Sequence("incident_number")))
