"""The log of a case: append-only, each line sealed by the hash of the one before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, Word, new_id
from cases.models.user import User
from cases.vocabulary import ActorKind, EventKind


class Event(Base):
    """What happened, when, by whom. `data` holds ids and codes only, never words of a person or numbers.

    The database refuses to change or delete a row (trigger `event_is_append_only`).
    """

    __tablename__ = "event"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int]
    kind: Mapped[EventKind] = mapped_column(Word(EventKind))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[ActorKind] = mapped_column(Word(ActorKind))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("duty_contact.id"))
    data: Mapped[dict[str, Any]]
    hash: Mapped[bytes] = mapped_column()

    user: Mapped[User | None] = relationship()

    __table_args__ = (UniqueConstraint("case_id", "position"),)
