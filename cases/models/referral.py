"""A request to one agency to act on one case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cases.database import Base, UtcDateTime, Word, new_id
from cases.models.agency import Agency
from cases.vocabulary import ReferralStatus, RejectReason, SharingBasis


class Referral(Base):
    """Proposed by a rule or an officer, sent, then accepted or rejected with a reason, then done."""

    __tablename__ = "referral"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    status: Mapped[ReferralStatus] = mapped_column(Word(ReferralStatus))
    is_lead: Mapped[bool]
    needs_consent: Mapped[bool]
    basis: Mapped[SharingBasis | None] = mapped_column(Word(SharingBasis))
    rule: Mapped[str] = mapped_column(Text)
    request: Mapped[str | None] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reject_reason: Mapped[RejectReason | None] = mapped_column(Word(RejectReason))
    answer: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    agency: Mapped[Agency] = relationship()

    __table_args__ = (
        Index("ix_referral_agency_id_id", "agency_id", "id"),
        Index("ix_referral_status_id", "status", "id"),
        Index("ix_referral_case_id_id", "case_id", "id"),
        Index(
            "uq_referral_live",
            "case_id",
            "agency_id",
            unique=True,
            postgresql_where=status.in_(
                [ReferralStatus.PROPOSED, ReferralStatus.SENT, ReferralStatus.ACCEPTED, ReferralStatus.DONE]
            ),
        ),
    )
