"""What the provider says it sent, compared with what we hold; and what humans did about what ended nowhere."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime, Word, new_id
from cases.vocabulary import DeadLetterKind, DeadLetterVerb, DifferenceKind


class Reconciliation(Base):
    """One comparison of a span of time. Without `ended_at` it was cut short or `problem` says why; it then proves
    nothing. `listed`: messages of the provider that were looked at; `ours`: rows of ours."""

    __tablename__ = "reconciliation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    listed: Mapped[int] = mapped_column(default=0)
    ours: Mapped[int] = mapped_column(default=0)
    taken_in: Mapped[int] = mapped_column(default=0)
    left_open: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(Text)


class Difference(Base):
    """One message on which the two sides disagreed. What the machine could put right is settled at once, by nobody;
    the others stay open until a human has looked."""

    __tablename__ = "difference"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    reconciliation_id: Mapped[UUID] = mapped_column(ForeignKey("reconciliation.id"))
    kind: Mapped[DifferenceKind] = mapped_column(Word(DifferenceKind))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"))
    provider_sid: Mapped[str | None] = mapped_column(Text)
    ours: Mapped[str | None] = mapped_column(Text)
    theirs: Mapped[str | None] = mapped_column(Text)
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_difference_open", "id", postgresql_where=settled_at.is_(None)),
        # A human who has looked at one is not shown it again by the next comparison.
        Index("uq_difference_once", "kind", "provider_sid", unique=True),
    )


class DeadLetterAct(Base):
    """What was done about a dead letter, and why. `subject`: the message's id, the job's number, the file's name."""

    __tablename__ = "dead_letter_act"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[DeadLetterKind] = mapped_column(Word(DeadLetterKind))
    subject: Mapped[str] = mapped_column(Text)
    verb: Mapped[DeadLetterVerb] = mapped_column(Word(DeadLetterVerb))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (Index("ix_dead_letter_act_subject", "kind", "subject"),)
