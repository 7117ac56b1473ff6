"""Message templates as the provider has them, and how far WhatsApp's approval of each has got."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime, Word
from cases.vocabulary import TemplateState


class Template(Base):
    """One template in one language. `name` is the kind of wording it stands for; `body` is what the provider has,
    with places such as {{1}}; `is_current`: it says what our wording says today, so that it may be used."""

    __tablename__ = "template"

    content_sid: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(Text)
    is_current: Mapped[bool]
    state: Mapped[TemplateState] = mapped_column(Word(TemplateState))
    rejection_reason: Mapped[str | None] = mapped_column(Text)
    synced_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("name", "language"),)
