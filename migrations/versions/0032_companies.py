"""Employers, recruiters and P3MI that recur over cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032_companies"
down_revision = "0031_reopen_by_message"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "company",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("country", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Uuid()),
        sa.Column("last_case_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_company_created_by_id_users")),
    )
    op.create_index("ix_company_last_case_at_id", "company", ["last_case_at", "id"])
    op.create_table(
        "company_name",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("name_key", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_name")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_company_name_company_id_company")
        ),
    )
    op.create_index(op.f("ix_company_name_company_id"), "company_name", ["company_id"])
    op.create_index(op.f("ix_company_name_name_key"), "company_name", ["name_key"])
    op.create_table(
        "company_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by_id", sa.Uuid(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.Column("undone_by_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_merge")),
        sa.ForeignKeyConstraint(
            ["survivor_id"], ["company.id"], name=op.f("fk_company_merge_survivor_id_company")
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["company.id"], name=op.f("fk_company_merge_merged_id_company")
        ),
        sa.ForeignKeyConstraint(
            ["merged_by_id"], ["users.id"], name=op.f("fk_company_merge_merged_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["users.id"], name=op.f("fk_company_merge_undone_by_id_users")
        ),
    )
    op.create_index(op.f("ix_company_merge_survivor_id"), "company_merge", ["survivor_id"])
    op.create_index(
        "uq_company_merge_merged_id",
        "company_merge",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.add_column("party", sa.Column("company_id", sa.Uuid()))
    op.create_foreign_key(op.f("fk_party_company_id_company"), "party", "company", ["company_id"], ["id"])
    op.create_index(
        "ix_party_company_id",
        "party",
        ["company_id", "case_id"],
        postgresql_where=sa.text("company_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_party_company_id", "party")
    op.drop_column("party", "company_id")
    for table in ("company_merge", "company_name", "company"):
        op.drop_table(table)
