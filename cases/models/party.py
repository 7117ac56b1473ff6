"""Who is who in a case, besides the one who wrote."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, EncryptedText, UtcDateTime, Word, new_id
from cases.models.case import Case
from cases.models.company import Company
from cases.models.person import Person
from cases.vocabulary import Authority, PartyRole, Relation


class Party(Base):
    """A person's part in a case, with the time it was theirs. A reporter who is no party is taken for the victim,
    unless the words or an officer say that they write for another.

    `relation`: of a proxy to the worker. `authority`, `named_by_worker`: what opens her matter to the proxy.
    `name_key`: a keyed hash of a company's name, by which two cases with the same one find each other; `company`: the
    record of an employer, recruiter or P3MI that it stands for.
    """

    __tablename__ = "party"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[PartyRole] = mapped_column(Word(PartyRole))
    relation: Mapped[Relation | None] = mapped_column(Word(Relation))
    authority: Mapped[Authority] = mapped_column(Word(Authority), default=Authority.NONE)
    named_by_worker: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None] = mapped_column(EncryptedText)
    name_key: Mapped[bytes | None] = mapped_column()
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("company.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    case: Mapped[Case] = relationship()
    person: Mapped[Person] = relationship()
    company: Mapped[Company | None] = relationship()

    __table_args__ = (
        Index("ix_party_name_key", "name_key", postgresql_where=name_key.is_not(None)),
        Index("ix_party_company_id", "company_id", "case_id", postgresql_where=company_id.is_not(None)),
        Index(
            "uq_party_current",
            "case_id",
            "person_id",
            "role",
            unique=True,
            postgresql_where=ended_at.is_(None),
        ),
    )
