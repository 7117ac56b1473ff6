"""Who can be asked to act, and which phones ring there."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, EncryptedText, UtcDateTime, Word, new_id
from cases.vocabulary import AgencyKind, Channel


class Agency(Base):
    """An office with a jurisdiction, a zone and a week. `key` is its name in the data files."""

    __tablename__ = "agency"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[AgencyKind] = mapped_column(Word(AgencyKind))
    name: Mapped[str] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    province_code: Mapped[str | None] = mapped_column(Text)
    regency_code: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    is_main: Mapped[bool] = mapped_column(default=False)
    timezone: Mapped[str] = mapped_column(Text)
    weekend: Mapped[str] = mapped_column(Text)
    accredited: Mapped[list[str]]
    source: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)

    contacts: Mapped[list[DutyContact]] = relationship(back_populates="agency", order_by="DutyContact.level")

    __table_args__ = (Index("ix_agency_name_id", "name", "id"),)


class DutyContact(Base):
    """One way to reach whoever is on duty. Level 1 answers first; 2 is the supervisor's, 3 the director's.

    `channel` and `address` are the usual way: a phone, or an e-mail address where there is no phone. `email` is
    the last way to somebody whose phone fails.
    """

    __tablename__ = "duty_contact"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    level: Mapped[int]
    label: Mapped[str] = mapped_column(Text)
    channel: Mapped[Channel] = mapped_column(Word(Channel))
    address: Mapped[str] = mapped_column(EncryptedText)
    address_hash: Mapped[bytes] = mapped_column(index=True)
    email: Mapped[str | None] = mapped_column(EncryptedText)
    language: Mapped[str] = mapped_column(Text, default="id")
    verified_on: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    agency: Mapped[Agency] = relationship(back_populates="contacts")

    __table_args__ = (UniqueConstraint("agency_id", "level", "address_hash"),)
