"""Calls from hidden numbers: of nobody, so of no person and no case, and yet not to be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, EncryptedJSON, UtcDateTime, new_id


class AnonymousCall(Base):
    """One call whose number was hidden. `content` is as in a message of kind call; `seen_at`: an officer has
    looked, and listened where something was left."""

    __tablename__ = "anonymous_call"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider_sid: Mapped[str] = mapped_column(Text, unique=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        Index("ix_anonymous_call_unseen", "received_at", postgresql_where=seen_at.is_(None)),
        Index("ix_anonymous_call_received_at", "received_at"),
    )
