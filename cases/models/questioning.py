"""The short conversation of one case: a handful of questions, asked one at a time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime


class Questioning(Base):
    """Where the conversation stands. `pending` is the question that waits for an answer, however long.

    `answers` maps a question to its answer's code; words of a person stay in her messages. `ended_at`: all was
    asked, or `end_reason` says why it stopped.
    """

    __tablename__ = "questioning"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    language: Mapped[str] = mapped_column(Text)
    pending: Mapped[str | None] = mapped_column(Text)
    answers: Mapped[dict[str, str]] = mapped_column(JSONB)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str | None] = mapped_column(Text)
