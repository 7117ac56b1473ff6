"""What one shift tells the next."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, EncryptedText, UtcDateTime, new_id
from cases.models.user import User


class Handover(Base):
    """A note at the end of a shift, from one colleague to another. `cases`: references, and whether each was given
    over; `words`: what the machine put together, as it was changed by whoever gave it."""

    __tablename__ = "handover"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    from_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    words: Mapped[str] = mapped_column(EncryptedText)
    cases: Mapped[list[str]]

    giver: Mapped[User] = relationship(foreign_keys=[from_id])
    receiver: Mapped[User] = relationship(foreign_keys=[to_id])

    __table_args__ = (
        Index("ix_handover_to_id_given_at", "to_id", "given_at"),
        Index("ix_handover_from_id_given_at", "from_id", "given_at"),
    )
