"""What staff write for each other; never sent anywhere."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, new_id
from cases.models.user import User

# What can be searched of a note; no message waits for this index.
NOTE_WORDS = "to_tsvector('indonesian'::regconfig, left(body, 10000))"


class Note(Base):
    """An internal note on a case."""

    __tablename__ = "note"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    author: Mapped[User] = relationship()

    __table_args__ = (
        Index("ix_note_case_id_id", "case_id", "id"),
        Index("ix_note_words", text(NOTE_WORDS), postgresql_using="gin"),
    )
