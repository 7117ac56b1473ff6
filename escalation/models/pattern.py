"""Cases that gather around one employer, recruiter or P3MI."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, EncryptedText, UtcDateTime, Word, new_id
from cases.models import Company, User
from cases.vocabulary import Urgency


class Pattern(Base):
    """An alert, once for a set of cases. `case_ids`: the set it told of; `rule`, `version`: the threshold that was
    reached. Open until a supervisor answers with a note, or until a larger set takes its place."""

    __tablename__ = "pattern"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    rule: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    case_ids: Mapped[list[str]]
    urgency: Mapped[Urgency] = mapped_column(Word(Urgency))
    found_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str | None] = mapped_column(EncryptedText)

    company: Mapped[Company] = relationship()
    acknowledged_by: Mapped[User | None] = relationship()

    __table_args__ = (
        Index("ix_pattern_company_id_id", "company_id", "id"),
        # Two workers that look at once tell once.
        Index(
            "uq_pattern_open",
            "company_id",
            "rule",
            unique=True,
            postgresql_where=acknowledged_at.is_(None) & replaced_at.is_(None),
        ),
    )
