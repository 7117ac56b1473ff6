"""What a human must do about a case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, Word, new_id
from cases.models.case import Case
from cases.models.message import Message
from cases.vocabulary import HoldReason, TaskKind

BY_OFFICERS = (TaskKind.FOLLOW_UP, TaskKind.MENTIONED)


class Task(Base):
    """One thing to do; of a kind without a message there is at most one open task a case.

    `message_id` and `reason`: the message that the contact gate holds back, and why. Of what officers ask of each other
    there can be many: `words`, until when, of whom; `note_id`: the note in which somebody was mentioned.
    """

    __tablename__ = "task"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[TaskKind] = mapped_column(Word(TaskKind))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"))
    reason: Mapped[HoldReason | None] = mapped_column(Word(HoldReason))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[str | None] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    opened_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    note_id: Mapped[UUID | None] = mapped_column(ForeignKey("note.id"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    case: Mapped[Case] = relationship()
    # Also tells the session which of the two to write first.
    message: Mapped[Message | None] = relationship(lazy="raise")

    __table_args__ = (
        Index("ix_task_case_id_open", "case_id", postgresql_where=done_at.is_(None)),
        Index(
            "uq_task_open_kind",
            "case_id",
            "kind",
            unique=True,
            postgresql_where=done_at.is_(None) & message_id.is_(None) & kind.not_in(BY_OFFICERS),
        ),
        Index(
            "ix_task_assignee_id_open",
            "assignee_id",
            "due_at",
            postgresql_where=done_at.is_(None) & assignee_id.is_not(None),
        ),
        Index("ix_task_message_id", "message_id", postgresql_where=message_id.is_not(None)),
        Index("uq_task_open_message", "message_id", unique=True, postgresql_where=done_at.is_(None)),
    )
