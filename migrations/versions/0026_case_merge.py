"""Two cases that are one matter, and who writes to the survivor because of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026_case_merge"
down_revision = "0025_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by_id", sa.Uuid(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.Column("undone_by_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_merge")),
        sa.ForeignKeyConstraint(["survivor_id"], ["cases.id"], name=op.f("fk_case_merge_survivor_id_cases")),
        sa.ForeignKeyConstraint(["merged_id"], ["cases.id"], name=op.f("fk_case_merge_merged_id_cases")),
        sa.ForeignKeyConstraint(
            ["merged_by_id"], ["users.id"], name=op.f("fk_case_merge_merged_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["users.id"], name=op.f("fk_case_merge_undone_by_id_users")
        ),
    )
    op.create_index("ix_case_merge_survivor_id", "case_merge", ["survivor_id"])
    op.create_index(
        "uq_case_merge_merged_id",
        "case_merge",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "case_follower",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "merge_id", name=op.f("pk_case_follower")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_case_follower_person_id_person")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_follower_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["case_merge.id"], name=op.f("fk_case_follower_merge_id_case_merge")
        ),
    )
    op.create_index("ix_case_follower_case_id", "case_follower", ["case_id"])


def downgrade() -> None:
    op.drop_table("case_follower")
    op.drop_table("case_merge")
