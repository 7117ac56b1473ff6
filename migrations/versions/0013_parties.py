"""Who is who in a case; names by which nobody is recognised; persons found by their designation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013_parties"
down_revision = "0012_identity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=True),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("named_by_worker", sa.Boolean(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["users.id"], name=op.f("fk_party_added_by_id_users")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_party_case_id_cases")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_party_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
    )
    op.create_index("ix_party_person_id", "party", ["person_id"])
    op.create_index(
        "uq_party_current",
        "party",
        ["case_id", "person_id", "role"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("uq_identifier_current_value", "identifier")
    op.create_index(
        "uq_identifier_current_value",
        "identifier",
        ["value_hash"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND kind <> 'username'"),
    )
    op.create_index("ix_identifier_value_hash", "identifier", ["value_hash"])
    op.create_index("ix_person_designation", "person", [sa.text("right(id::text, 6)")])


def downgrade() -> None:
    op.drop_index("ix_person_designation", "person")
    op.drop_index("ix_identifier_value_hash", "identifier")
    op.drop_table("party")
    # The version before knows neither kind; a message keeps its words, not the e-mail address it came from.
    op.execute(
        "UPDATE message SET identifier_id = NULL FROM identifier"
        " WHERE identifier.id = message.identifier_id AND identifier.kind IN ('email', 'username')"
    )
    op.execute("DELETE FROM identifier WHERE kind IN ('email', 'username')")
    op.drop_index("uq_identifier_current_value", "identifier")
    op.create_index(
        "uq_identifier_current_value",
        "identifier",
        ["value_hash"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
