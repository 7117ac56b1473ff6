"""What the worker allowed us to pass on, and took back: a ledger, never overwritten."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, EncryptedText, UtcDateTime, Word, new_id
from cases.models.agency import Agency
from cases.vocabulary import ConsentPurpose


class Consent(Base):
    """One saying of hers: given or withdrawn, for one purpose, to one agency (None: to all). The latest line about an
    agency holds. `message_id`: the message in which she said it; `how`: how else it was said."""

    __tablename__ = "consent"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    purpose: Mapped[ConsentPurpose] = mapped_column(Word(ConsentPurpose))
    given: Mapped[bool]
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"))
    how: Mapped[str | None] = mapped_column(EncryptedText)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

    agency: Mapped[Agency | None] = relationship()

    __table_args__ = (Index("ix_consent_case_id_id", "case_id", "id"),)
