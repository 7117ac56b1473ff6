"""More ways out: an e-mail address of a duty contact, and the machines of agencies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017_doors"
down_revision = "0016_chain"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("duty_contact", sa.Column("email", sa.LargeBinary()))
    op.create_table(
        "partner_endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("secret_before", sa.LargeBinary()),
        sa.Column("secret_before_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_because", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_endpoint")),
        sa.UniqueConstraint("agency_id", name=op.f("uq_partner_endpoint_agency_id")),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_partner_endpoint_agency_id_agency")
        ),
    )
    op.add_column("message", sa.Column("endpoint_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_message_endpoint_id_partner_endpoint"),
        "message",
        "partner_endpoint",
        ["endpoint_id"],
        ["id"],
    )


def downgrade() -> None:
    op.execute("DELETE FROM task WHERE kind = 'endpoint_gone'")
    # What was sent to machines has no recipient without them, and its kind no name.
    op.execute(
        "DELETE FROM task USING message WHERE task.message_id = message.id AND message.endpoint_id IS NOT NULL"
    )
    op.execute(
        "DELETE FROM receipt USING message WHERE receipt.message_id = message.id AND message.endpoint_id IS NOT NULL"
    )
    op.execute("DELETE FROM message WHERE endpoint_id IS NOT NULL")
    op.drop_constraint(op.f("fk_message_endpoint_id_partner_endpoint"), "message", type_="foreignkey")
    op.drop_column("message", "endpoint_id")
    op.drop_table("partner_endpoint")
    op.drop_column("duty_contact", "email")
