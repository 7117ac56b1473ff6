"""What all workers of an incident are told, in words that betray nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, Word, new_id
from cases.models.incident import Incident
from cases.models.user import User
from cases.vocabulary import UpdateOutcome


class IncidentUpdate(Base):
    """One update: our own wording by its name, or an officer's words. The id comes with the form, so that a button that
    is pressed twice makes one."""

    __tablename__ = "incident_update"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    wording: Mapped[str | None] = mapped_column(Text)
    body: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))

    incident: Mapped[Incident] = relationship()
    made_by: Mapped[User] = relationship()

    __table_args__ = (Index("ix_incident_update_incident_id_made_at", "incident_id", "made_at"),)


class IncidentUpdateCase(Base):
    """What became of an update in one case, written once. A log: it stays with the case that it was, also when that is
    merged; its message moves."""

    __tablename__ = "incident_update_case"

    update_id: Mapped[UUID] = mapped_column(ForeignKey("incident_update.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"))
    outcome: Mapped[UpdateOutcome] = mapped_column(Word(UpdateOutcome))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_incident_update_case_case_id_at", "case_id", "at"),
        Index("ix_incident_update_case_message_id", "message_id"),
    )
