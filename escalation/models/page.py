"""A call to one duty contact to act now."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, Word, new_id
from cases.models import Case, DutyContact, Message
from cases.vocabulary import PageKind
from escalation.models.clock import Clock


class Page(Base):
    """Who was paged for what, and whether they answered. The unique key makes paging twice impossible."""

    __tablename__ = "page"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    clock_id: Mapped[UUID | None] = mapped_column(ForeignKey("clock.id"))
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("duty_contact.id"))
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"))
    kind: Mapped[PageKind] = mapped_column(Word(PageKind))
    rung: Mapped[int]
    repeat: Mapped[int] = mapped_column(default=0)
    code: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    case: Mapped[Case] = relationship()
    clock: Mapped[Clock | None] = relationship()
    contact: Mapped[DutyContact] = relationship()
    message: Mapped[Message] = relationship()

    __table_args__ = (
        UniqueConstraint("clock_id", "rung", "repeat", "contact_id"),
        Index("ix_page_case_id_id", "case_id", "id"),
        Index("ix_page_contact_id_code", "contact_id", "code", postgresql_where=acknowledged_at.is_(None)),
        Index("ix_page_message_id", "message_id"),
    )
