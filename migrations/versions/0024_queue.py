"""The queue: its index in its own order and with its filters, saved views, and who is looking at a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024_queue"
down_revision = "0023_outside_look"
branch_labels = None
depends_on = None

_OPEN, _CLOSED = sa.text("status <> 'closed'"), sa.text("status = 'closed'")
_DUE = sa.text("COALESCE(next_due_at, '9999-01-01 00:00:00+00'::timestamp with time zone)")


def upgrade() -> None:
    op.drop_index("ix_cases_queue", "cases")
    op.create_index(
        "ix_cases_queue",
        "cases",
        ["urgency", _DUE, "id", "country", "owner_id", "leading_category", "status"],
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_cases_closed",
        "cases",
        ["closed_at", "id", "urgency", "country", "owner_id", "leading_category"],
        postgresql_where=_CLOSED,
    )
    op.create_index(
        "ix_cases_categories_open",
        "cases",
        ["categories"],
        postgresql_using="gin",
        postgresql_ops={"categories": "jsonb_path_ops"},
        postgresql_where=_OPEN,
    )
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_saved_view_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index("uq_saved_view_owner_id_name", "saved_view", ["owner_id", "name"], unique=True)
    op.create_index("ix_saved_view_shared", "saved_view", ["name"], postgresql_where=sa.text("shared"))
    op.create_table(
        "default_view",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_default_view_user_id_users")),
        sa.ForeignKeyConstraint(
            ["view_id"],
            ["saved_view.id"],
            name=op.f("fk_default_view_view_id_saved_view"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_default_view")),
    )
    op.create_index("ix_default_view_view_id", "default_view", ["view_id"])
    op.create_table(
        "presence",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typing_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_presence_case_id_cases")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_presence_user_id_users")),
        sa.PrimaryKeyConstraint("case_id", "user_id", name=op.f("pk_presence")),
    )
    op.create_index("ix_presence_seen_at", "presence", ["seen_at"])


def downgrade() -> None:
    op.drop_table("presence")
    op.drop_table("default_view")
    op.drop_table("saved_view")
    op.drop_index("ix_cases_categories_open", "cases")
    op.drop_index("ix_cases_closed", "cases")
    op.drop_index("ix_cases_queue", "cases")
    op.create_index("ix_cases_queue", "cases", ["urgency", "next_due_at", "id"], postgresql_where=_OPEN)
