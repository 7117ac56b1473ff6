"""Staff: who may act. How they sign in is the top floor's matter (`hotline.security.models`)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, UtcDateTime, Word, new_id
from cases.vocabulary import Role


class User(Base):
    """A member of staff, or a named machine that uses the API."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    role: Mapped[Role] = mapped_column(Word(Role))
    language: Mapped[str] = mapped_column(Text, default="id")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
