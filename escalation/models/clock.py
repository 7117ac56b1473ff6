"""Promises with a deadline. A deadline is a row; the scheduler only looks."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, Word, new_id
from cases.models import Case, Referral
from cases.vocabulary import ClockState, Step, Urgency


class PolicySnapshot(Base):
    """A policy as it was when clocks were started under it. Never changed: a new policy is a new row."""

    __tablename__ = "policy_snapshot"

    version: Mapped[str] = mapped_column(Text, primary_key=True)
    content: Mapped[dict[str, Any]]
    first_used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Clock(Base):
    """One promise of one case. `promise` is the frozen line of policy it runs by, `policy_version` names the
    snapshot that holds its ladder.

    `next_at` is the next moment at which something must happen (None: nothing ever again); `rung` and
    `repeats` say how far up the ladder it has climbed; `generation` grows with every change, so that whoever
    acts on an older reading finds out.
    """

    __tablename__ = "clock"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referral.id"))
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    clarification_id: Mapped[UUID | None] = mapped_column(ForeignKey("clarification.id"))
    step: Mapped[Step] = mapped_column(Word(Step))
    urgency: Mapped[Urgency] = mapped_column(Word(Urgency))
    policy_version: Mapped[str] = mapped_column(ForeignKey("policy_snapshot.version"))
    promise: Mapped[dict[str, Any]]
    state: Mapped[ClockState] = mapped_column(Word(ClockState))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rung: Mapped[int] = mapped_column(default=0)
    repeats: Mapped[int] = mapped_column(default=0)
    last_paged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    breached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    met_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("duty_contact.id"))
    generation: Mapped[int] = mapped_column(default=0)

    case: Mapped[Case] = relationship()
    referral: Mapped[Referral | None] = relationship()

    __table_args__ = (
        Index("ix_clock_next_at", "next_at", postgresql_where=next_at.is_not(None)),
        Index("ix_clock_case_id", "case_id"),
        Index("ix_clock_referral_id", "referral_id"),
        Index(
            "ix_clock_clarification_id",
            "clarification_id",
            postgresql_where=clarification_id.is_not(None),
        ),
        Index("ix_clock_state_due_at_id", "state", "due_at", "id"),
        Index("ix_clock_due_at_id", "due_at", "id"),
        Index("ix_clock_started_at", "started_at"),
    )
