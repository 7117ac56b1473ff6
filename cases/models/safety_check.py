"""A closed case is looked at again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime, Word, new_id
from cases.vocabulary import CheckKind, CheckOutcome


class SafetyCheck(Base):
    """One look after closing, `days` after it. The ticks of the worker make it when `due_at` has come."""

    __tablename__ = "safety_check"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[CheckKind] = mapped_column(Word(CheckKind))
    days: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[CheckOutcome | None] = mapped_column(Word(CheckOutcome))

    __table_args__ = (Index("ix_safety_check_due_at_waiting", "due_at", postgresql_where=done_at.is_(None)),)
