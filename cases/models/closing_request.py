"""Four eyes: a case of violence is closed by two."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, EncryptedText, UtcDateTime, Word, new_id
from cases.models.user import User
from cases.vocabulary import CloseReason, ClosingOutcome


class ClosingRequest(Base):
    """Somebody wants to close a case and says why it is safe; somebody else confirms, or not. At most one waits.

    `last_message_at`: what she had said when it was asked for; `outcome` None: it waits until `expires_at`.
    """

    __tablename__ = "closing_request"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    reason: Mapped[CloseReason] = mapped_column(Word(CloseReason))
    explanation: Mapped[str] = mapped_column(EncryptedText)
    safety_note: Mapped[str] = mapped_column(EncryptedText)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    last_message_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[ClosingOutcome | None] = mapped_column(Word(ClosingOutcome))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])

    __table_args__ = (
        Index("uq_closing_request_waiting", "case_id", unique=True, postgresql_where=outcome.is_(None)),
        Index("ix_closing_request_expires_at_waiting", "expires_at", postgresql_where=outcome.is_(None)),
    )
