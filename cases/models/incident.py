"""One event with many cases: a scam compound, an earthquake, one employer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Sequence, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, Word, new_id
from cases.models.user import User
from cases.vocabulary import IncidentKind

incident_number = Sequence("incident_number", metadata=Base.metadata)


class Incident(Base):
    """What several cases have in common. `title` names the event, never a person. Closed: no case is added."""

    __tablename__ = "incident"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    reference: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    kind: Mapped[IncidentKind] = mapped_column(Word(IncidentKind))
    country: Mapped[str | None] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))

    opened_by: Mapped[User] = relationship()

    __table_args__ = (Index("ix_incident_opened_at_id", "opened_at", "id"),)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None
