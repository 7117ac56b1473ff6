"""Where an agency's own system is told of its referrals."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, EncryptedText, UtcDateTime, new_id
from cases.models.agency import Agency


class PartnerEndpoint(Base):
    """One address of one agency, and the secrets by which it knows us. While `secret_before` is valid we sign with
    both, so that the partner can change over without losing a message. Closed: nothing is sent any more."""

    __tablename__ = "partner_endpoint"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), unique=True)
    url: Mapped[str] = mapped_column(EncryptedText)
    secret: Mapped[str] = mapped_column(EncryptedText)
    secret_before: Mapped[str | None] = mapped_column(EncryptedText)
    secret_before_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_because: Mapped[str | None] = mapped_column(Text)

    agency: Mapped[Agency] = relationship()

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """The secrets to sign with at this moment, the lasting one first."""
        old_is_valid = self.secret_before_until is not None and now < self.secret_before_until
        return (self.secret, self.secret_before) if old_is_valid and self.secret_before else (self.secret,)
