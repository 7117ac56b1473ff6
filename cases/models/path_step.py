"""Lines of the list that a family of matters is worked along."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, EncryptedText, UtcDateTime, Word, new_id
from cases.vocabulary import PathStepState


class PathStep(Base):
    """What was said of one line (`step`, a key of `escalation/data/paths.toml`) of a case; lines of which nothing was
    said have no row. `ended_at`: another row stands for it (two cases became one). Agencies never see it."""

    __tablename__ = "path_step"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    step: Mapped[str] = mapped_column(Text)
    state: Mapped[PathStepState] = mapped_column(Word(PathStepState))
    note: Mapped[str | None] = mapped_column(EncryptedText)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        Index("uq_path_step_current", "case_id", "step", unique=True, postgresql_where=ended_at.is_(None)),
    )
