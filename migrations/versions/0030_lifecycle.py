"""How a case goes on and ends: what is waited for, four eyes, checks after closing, lists of steps, handovers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030_lifecycle"
down_revision = "0029_job_beats"
branch_labels = None
depends_on = None

_TASKS = "look_again", "ask_if_solved", "check_safety", "keep_watching", "confirm_closing", "ownership_ends"


def _moment(name: str, *, needed: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not needed)


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    op.add_column("cases", sa.Column("waiting_about", sa.Text()))
    for name in ("waiting_since", "waiting_until", "owner_acted_at", "owner_warned_at"):
        op.add_column("cases", _moment(name))
    # Whoever handles a case now is taken to have done something just now: nobody loses a case by the change itself.
    op.execute("UPDATE cases SET owner_acted_at = now() WHERE owner_id IS NOT NULL AND status <> 'closed'")
    op.create_index(
        "ix_cases_owner_acted_at",
        "cases",
        ["urgency", "owner_acted_at"],
        postgresql_where=sa.text("owner_id IS NOT NULL AND status <> 'closed'"),
    )
    _closing_request()
    _safety_check()
    _path_step()
    _handover()


def _closing_request() -> None:
    op.create_table(
        "closing_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("explanation", sa.LargeBinary(), nullable=False),
        sa.Column("safety_note", sa.LargeBinary(), nullable=False),
        _moment("asked_at", needed=True),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        _moment("last_message_at", needed=True),
        _moment("expires_at", needed=True),
        sa.Column("outcome", sa.Text()),
        _moment("decided_at"),
        sa.Column("decided_by_id", sa.Uuid()),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_request")),
        _key("closing_request", "case_id", "cases"),
        _key("closing_request", "asked_by_id", "users"),
        _key("closing_request", "decided_by_id", "users"),
    )
    op.create_index("ix_closing_request_case_id", "closing_request", ["case_id"])
    waiting = sa.text("outcome IS NULL")
    op.create_index(
        "uq_closing_request_waiting", "closing_request", ["case_id"], unique=True, postgresql_where=waiting
    )
    op.create_index(
        "ix_closing_request_expires_at_waiting", "closing_request", ["expires_at"], postgresql_where=waiting
    )


def _safety_check() -> None:
    op.create_table(
        "safety_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        _moment("due_at", needed=True),
        _moment("done_at"),
        sa.Column("outcome", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_check")),
        _key("safety_check", "case_id", "cases"),
    )
    op.create_index("ix_safety_check_case_id", "safety_check", ["case_id"])
    op.create_index(
        "ix_safety_check_due_at_waiting",
        "safety_check",
        ["due_at"],
        postgresql_where=sa.text("done_at IS NULL"),
    )


def _path_step() -> None:
    op.create_table(
        "path_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary()),
        _moment("changed_at", needed=True),
        sa.Column("changed_by_id", sa.Uuid(), nullable=False),
        _moment("ended_at"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_path_step")),
        _key("path_step", "case_id", "cases"),
        _key("path_step", "changed_by_id", "users"),
    )
    op.create_index("ix_path_step_case_id", "path_step", ["case_id"])
    op.create_index(
        "uq_path_step_current",
        "path_step",
        ["case_id", "step"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _handover() -> None:
    op.create_table(
        "handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        _moment("since", needed=True),
        _moment("given_at", needed=True),
        _moment("seen_at"),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("cases", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        _key("handover", "from_id", "users"),
        _key("handover", "to_id", "users"),
    )
    op.create_index("ix_handover_to_id_given_at", "handover", ["to_id", "given_at"])
    op.create_index("ix_handover_from_id_given_at", "handover", ["from_id", "given_at"])


def downgrade() -> None:
    for table in ("handover", "path_step", "safety_check", "closing_request"):
        op.drop_table(table)
    names = ", ".join(f"'{name}'" for name in _TASKS)
    op.execute(f"DELETE FROM task WHERE kind IN ({names})")  # noqa: S608 - names of this file
    op.execute("UPDATE cases SET status = 'new' WHERE status = 'triaged'")
    op.execute(
        "UPDATE cases SET status = 'open' "
        "WHERE status IN ('waiting_for_worker', 'waiting_for_agency', 'resolved')"
    )
    op.execute(
        "UPDATE cases SET close_reason = 'unreachable' "
        "WHERE close_reason IN ('papers_not_completed', 'no_clear_answer', 'cannot_be_settled')"
    )
    op.drop_index("ix_cases_owner_acted_at", "cases")
    for name in ("owner_warned_at", "owner_acted_at", "waiting_until", "waiting_since", "waiting_about"):
        op.drop_column("cases", name)
