"""The matter itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Sequence, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, Word, new_id
from cases.models.incident import Incident
from cases.models.person import Person
from cases.models.user import User
from cases.vocabulary import CaseStatus, Category, CloseReason, Reporter, Side, Urgency, WaitingAbout

case_number = Sequence("case_number", metadata=Base.metadata)

# Sorts a case without a deadline behind all others. Written out, for an index knows no parameter.
DUE_OR_NEVER = "COALESCE(next_due_at, '9999-01-01 00:00:00+00'::timestamp with time zone)"


class Case(Base):
    """One matter of one reporter. `version` guards edits; `event_count` and `last_event_hash` end its log's chain.

    `last_words` and `next_due_at` repeat what messages and clocks say, so that the queue reads one table.
    `owner_acted_at`: when its owner last did something about it, `owner_warned_at`: when they were told that it is
    theirs no longer if nothing happens. `waiting_until`: when to look again at what the worker or an agency owes.
    `burst_since` and `burst_count` count messages for `cases.rules.flood`; `flooded_at` is its mark.
    """

    __tablename__ = "cases"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    reference: Mapped[str] = mapped_column(Text, unique=True)
    reporter_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    status: Mapped[CaseStatus] = mapped_column(Word(CaseStatus))
    urgency: Mapped[Urgency] = mapped_column(Word(Urgency))
    categories: Mapped[list[str]]
    leading_category: Mapped[Category] = mapped_column(Word(Category))
    country: Mapped[str | None] = mapped_column(Text)
    side: Mapped[Side] = mapped_column(Word(Side))
    province_code: Mapped[str | None] = mapped_column(Text)
    regency_code: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    reporter_role: Mapped[Reporter] = mapped_column(Word(Reporter))
    contact_signs: Mapped[list[str]]
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incident.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_message_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_words: Mapped[str] = mapped_column(Text)
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    close_reason: Mapped[CloseReason | None] = mapped_column(Word(CloseReason))
    waiting_about: Mapped[WaitingAbout | None] = mapped_column(Word(WaitingAbout))
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    waiting_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    owner_acted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    owner_warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    triage: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    event_count: Mapped[int] = mapped_column(default=0)
    last_event_hash: Mapped[bytes] = mapped_column(default=b"")
    burst_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    burst_count: Mapped[int | None]
    flooded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    reporter: Mapped[Person] = relationship()
    owner: Mapped[User | None] = relationship()
    incident: Mapped[Incident | None] = relationship()

    __table_args__ = (
        Index(
            "ix_cases_reporter_open",
            "reporter_id",
            "last_message_at",
            postgresql_where=(status != CaseStatus.CLOSED),
        ),
        # The queue in its order. What comes behind the id serves no order: filters are judged on it within the index,
        # so that a rare one costs no look at the rows it leaves out.
        Index(
            "ix_cases_queue",
            "urgency",
            text(DUE_OR_NEVER),
            "id",
            "country",
            "owner_id",
            "leading_category",
            "status",
            postgresql_where=(status != CaseStatus.CLOSED),
        ),
        # Written when a case is closed, never by a message to an open one.
        Index(
            "ix_cases_closed",
            "closed_at",
            "id",
            "urgency",
            "country",
            "owner_id",
            "leading_category",
            postgresql_where=(status == CaseStatus.CLOSED),
        ),
        Index(
            "ix_cases_categories_open",
            "categories",
            postgresql_using="gin",
            postgresql_ops={"categories": "jsonb_path_ops"},
            postgresql_where=(status != CaseStatus.CLOSED),
        ),
        Index("ix_cases_reporter_id", "reporter_id"),
        Index("ix_cases_updated_at", "updated_at"),
        Index("ix_cases_opened_at_id", "opened_at", "id"),
        Index(
            "ix_cases_incident_id",
            "incident_id",
            "opened_at",
            "id",
            postgresql_where=incident_id.is_not(None),
        ),
        Index(
            "ix_cases_country_opened_at_open",
            "country",
            "opened_at",
            postgresql_where=(status != CaseStatus.CLOSED),
        ),
        Index("ix_cases_owner_id", "owner_id", postgresql_where=(status != CaseStatus.CLOSED)),
        # Nothing of it is written by a message.
        Index(
            "ix_cases_owner_acted_at",
            "urgency",
            "owner_acted_at",
            postgresql_where=owner_id.is_not(None) & (status != CaseStatus.CLOSED),
        ),
    )

    @property
    def is_open(self) -> bool:
        return self.status is not CaseStatus.CLOSED
