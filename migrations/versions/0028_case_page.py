"""The officer's desk: what looks like the same matter, versions against lost edits, follow-ups, needs, consent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028_case_page"
down_revision = "0027_follow_survivor"
branch_labels = None
depends_on = None

_OF_A_KIND = "done_at IS NULL AND message_id IS NULL"
_MADE_BY_OFFICERS = "kind NOT IN ('follow_up', 'mentioned')"


def upgrade() -> None:
    op.create_table(
        "not_duplicate",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said_by_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "other_id", name=op.f("pk_not_duplicate")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_not_duplicate_case_id_cases")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_not_duplicate_other_id_cases")),
        sa.ForeignKeyConstraint(["said_by_id"], ["users.id"], name=op.f("fk_not_duplicate_said_by_id_users")),
    )
    op.create_index("ix_not_duplicate_other_id", "not_duplicate", ["other_id"])
    op.create_index(
        "ix_cases_country_opened_at_open",
        "cases",
        ["country", "opened_at"],
        postgresql_where=sa.text("status <> 'closed'"),
    )
    op.add_column("party", sa.Column("name_key", sa.LargeBinary()))
    op.create_index(
        "ix_party_name_key", "party", ["name_key"], postgresql_where=sa.text("name_key IS NOT NULL")
    )
    for table in ("party", "referral", "task"):
        op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("task", sa.Column("words", sa.Text()))
    op.add_column("task", sa.Column("due_at", sa.DateTime(timezone=True)))
    op.add_column("task", sa.Column("assignee_id", sa.Uuid()))
    op.add_column("task", sa.Column("opened_by_id", sa.Uuid()))
    op.add_column("task", sa.Column("note_id", sa.Uuid()))
    op.create_foreign_key(op.f("fk_task_assignee_id_users"), "task", "users", ["assignee_id"], ["id"])
    op.create_foreign_key(op.f("fk_task_opened_by_id_users"), "task", "users", ["opened_by_id"], ["id"])
    op.create_foreign_key(op.f("fk_task_note_id_note"), "task", "note", ["note_id"], ["id"])
    op.create_index(
        "ix_task_assignee_id_open",
        "task",
        ["assignee_id", "due_at"],
        postgresql_where=sa.text("done_at IS NULL AND assignee_id IS NOT NULL"),
    )
    op.drop_index("uq_task_open_kind", "task")
    op.create_index(
        "uq_task_open_kind",
        "task",
        ["case_id", "kind"],
        unique=True,
        postgresql_where=sa.text(f"{_OF_A_KIND} AND {_MADE_BY_OFFICERS}"),
    )
    op.create_table(
        "case_need",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary()),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_need")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_need_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["users.id"], name=op.f("fk_case_need_changed_by_id_users")
        ),
    )
    op.create_index("ix_case_need_case_id", "case_need", ["case_id"])
    op.create_index(
        "uq_case_need_current",
        "case_need",
        ["case_id", "kind"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid()),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.Uuid()),
        sa.Column("how", sa.LargeBinary()),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_consent_case_id_cases")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_consent_agency_id_agency")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_consent_message_id_message")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_consent_recorded_by_id_users")
        ),
    )
    op.create_index("ix_consent_case_id_id", "consent", ["case_id", "id"])


def downgrade() -> None:
    op.drop_table("consent")
    op.drop_table("case_need")
    op.execute("DELETE FROM task WHERE kind IN ('follow_up', 'mentioned')")
    op.drop_index("uq_task_open_kind", "task")
    op.create_index(
        "uq_task_open_kind", "task", ["case_id", "kind"], unique=True, postgresql_where=sa.text(_OF_A_KIND)
    )
    op.drop_index("ix_task_assignee_id_open", "task")
    for column in ("note_id", "opened_by_id", "assignee_id", "due_at", "words"):
        op.drop_column("task", column)
    for table in ("party", "referral", "task"):
        op.drop_column(table, "version")
    op.drop_index("ix_party_name_key", "party")
    op.drop_column("party", "name_key")
    op.drop_index("ix_cases_country_opened_at_open", "cases")
    op.drop_table("not_duplicate")
