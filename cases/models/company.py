"""An employer, recruiter or P3MI that recurs over cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from cases.database import Base, EncryptedText, UtcDateTime, Word, new_id
from cases.vocabulary import PartyRole


class Company(Base):
    """Whom parties of several cases stand for; a household that employs is one too. `name` is how we call it, encrypted
    as names of persons are. `last_case_at`: when a case was linked last, by which lists are sorted."""

    __tablename__ = "company"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    role: Mapped[PartyRole] = mapped_column(Word(PartyRole))
    name: Mapped[str] = mapped_column(EncryptedText)
    country: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    last_case_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (Index("ix_company_last_case_at_id", "last_case_at", "id"),)


class CompanyName(Base):
    """One way in which a company is written. `name_key`: a keyed hash of it, the same as a party's."""

    __tablename__ = "company_name"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    name: Mapped[str] = mapped_column(EncryptedText)
    name_key: Mapped[bytes] = mapped_column(index=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CompanyMerge(Base):
    """Two records whom an officer took for one company. `moved` names every row that changed hands."""

    __tablename__ = "company_merge"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    survivor_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"), index=True)
    merged_id: Mapped[UUID] = mapped_column(ForeignKey("company.id"))
    moved: Mapped[dict[str, Any]]
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    merged_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        Index("uq_company_merge_merged_id", "merged_id", unique=True, postgresql_where=undone_at.is_(None)),
    )
