"""Who last had a case in front of them, and when: for what is unread, and for who else is looking or typing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime


class Presence(Base):
    """One member of staff at one case. `seen_at`: when its page was last in front of them, by the word of their
    browser every few seconds; `typing_at`: when they last typed into it. Who looked a moment ago is looking: nothing
    has to be cleaned up (docs/decisions/0023). It tells of staff only."""

    __tablename__ = "presence"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    typing_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_presence_seen_at", "seen_at"),)
