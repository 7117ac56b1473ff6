"""How one person may be contacted, or not at all."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, EncryptedText, UtcDateTime, Word
from cases.vocabulary import ContactPermission


class ContactPlan(Base):
    """What is known of safe contact. No row means nothing is known: no call, no reply but a neutral one."""

    __tablename__ = "contact_plan"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    reply: Mapped[ContactPermission] = mapped_column(Word(ContactPermission))
    call: Mapped[ContactPermission] = mapped_column(Word(ContactPermission))
    signs: Mapped[list[str]]
    hours: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    cover_story: Mapped[str | None] = mapped_column(EncryptedText)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
