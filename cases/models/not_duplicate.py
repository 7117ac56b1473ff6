"""Two cases that somebody looked at and found to be two matters."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime


class NotDuplicate(Base):
    """The pair, the lower id first."""

    __tablename__ = "not_duplicate"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)
    said_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
