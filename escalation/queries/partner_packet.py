"""What an agency may know of a case that was referred to it: the packet, never the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cases.models import Case, Referral
from cases.vocabulary import AgencyKind, CaseStatus, ReferralStatus, Urgency
from escalation.models import Clock

# Offices that visit and witness are told nothing of the kind of harm (domain brief 5.5).
_NOT_THE_KIND_OF_HARM = frozenset({AgencyKind.REGIONAL_GOVERNMENT})


@dataclass(frozen=True, slots=True)
class Packet:
    """The facts of one referral as they stand. `categories` is None for those who may not know it."""

    referral_id: UUID
    agency: str
    status: ReferralStatus
    is_lead: bool
    basis: str | None
    request: str | None
    sent_at: datetime | None
    answer_due_at: datetime | None
    reference: str
    case_status: CaseStatus
    urgency: Urgency
    categories: tuple[str, ...] | None
    country: str | None


def packet_of(session: Session, referral_id: UUID) -> Packet:
    """The same as the agency's page shows: no words of the worker, no name, no number, no other agency."""
    referral = session.scalars(
        select(Referral).where(Referral.id == referral_id).options(joinedload(Referral.agency))
    ).one()
    case = session.get_one(Case, referral.case_id)
    due_at = session.scalar(
        select(Clock.due_at).where(Clock.referral_id == referral.id).order_by(Clock.id.desc()).limit(1)
    )
    told_kind = referral.agency.kind not in _NOT_THE_KIND_OF_HARM
    return Packet(
        referral_id=referral.id,
        agency=referral.agency.key,
        status=referral.status,
        is_lead=referral.is_lead,
        basis=referral.basis.value if referral.basis else None,
        request=referral.request,
        sent_at=referral.sent_at,
        answer_due_at=due_at,
        reference=case.reference,
        case_status=case.status,
        urgency=case.urgency,
        categories=tuple(case.categories) if told_kind else None,
        country=case.country,
    )
