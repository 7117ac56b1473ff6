"""What staff write for each other; never sent anywhere."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, new_id
from cases.models.user import User


class Note(Base):
    """An internal note on a case."""

    __tablename__ = "note"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    author: Mapped[User] = relationship()

    __table_args__ = (Index("ix_note_case_id_id", "case_id", "id"),)
