"""Two cases that are one matter."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, new_id
from cases.models.case import Case
from cases.models.user import User


class CaseMerge(Base):
    """One case that went into another. `moved` is the ledger of `cases.services.ledger`: every row that changed hands
    and every value that was changed, before and after, so that the merge can be undone exactly."""

    __tablename__ = "case_merge"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    survivor_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    merged_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    moved: Mapped[dict[str, Any]]
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    merged_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

    survivor: Mapped[Case] = relationship(foreign_keys=[survivor_id])
    merged: Mapped[Case] = relationship(foreign_keys=[merged_id])
    merged_by: Mapped[User] = relationship(foreign_keys=[merged_by_id])

    __table_args__ = (
        Index("uq_case_merge_merged_id", "merged_id", unique=True, postgresql_where=undone_at.is_(None)),
    )


class CaseFollower(Base):
    """Somebody whose case was merged into another person's: what they write goes there. Never answered from it: a
    case answers its own reporter alone."""

    __tablename__ = "case_follower"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    merge_id: Mapped[UUID] = mapped_column(ForeignKey("case_merge.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
