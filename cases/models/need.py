"""What the worker needs besides an answer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, EncryptedText, UtcDateTime, Word, new_id
from cases.vocabulary import NeedKind, NeedState


class CaseNeed(Base):
    """One need of a case and how far it is met. `ended_at`: another row stands for it (two cases became one)."""

    __tablename__ = "case_need"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[NeedKind] = mapped_column(Word(NeedKind))
    state: Mapped[NeedState] = mapped_column(Word(NeedState))
    note: Mapped[str | None] = mapped_column(EncryptedText)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        Index("uq_case_need_current", "case_id", "kind", unique=True, postgresql_where=ended_at.is_(None)),
    )
