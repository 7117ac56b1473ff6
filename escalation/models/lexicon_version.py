"""The word list as officers have edited it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime, Word, new_id
from cases.vocabulary import LexiconState


class LexiconVersion(Base):
    """One whole word list, in the form of `data/lexicon.csv`. There is one draft at most; what went live is never
    changed, and the latest that went live is the one in use. None: the shipped file is.

    `figures` are what `preview` measured, of the content whose `measured` hash it names.
    """

    __tablename__ = "lexicon_version"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    state: Mapped[LexiconState] = mapped_column(Word(LexiconState))
    content: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    live_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    live_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    measured: Mapped[str | None] = mapped_column(Text)
    figures: Mapped[dict[str, Any] | None]

    __table_args__ = (
        Index("uq_lexicon_version_draft", "state", unique=True, postgresql_where=state == LexiconState.DRAFT),
        Index("ix_lexicon_version_live_at", "live_at", postgresql_where=live_at.is_not(None)),
    )
