"""That an outside model was asked about a message, and what became of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime, Word
from cases.vocabulary import LookState, Urgency


class OutsideLook(Base):
    """One message, asked about once. `urgency`: the level that was answered, where the answer meant something."""

    __tablename__ = "outside_look"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"), primary_key=True)
    state: Mapped[LookState] = mapped_column(Word(LookState), default=LookState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    urgency: Mapped[Urgency | None] = mapped_column(Word(Urgency))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
