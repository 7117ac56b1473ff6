"""Telling agencies' machines of their referrals. Beside the people on duty, never instead of them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Message, PartnerEndpoint, Referral
from cases.rules.sending import Priority
from cases.services.outbox import outgoing_row
from cases.vocabulary import Channel, MessageKind, PartnerEvent, ReferralStatus
from escalation.services.act import Act

_CONCERNED = (ReferralStatus.SENT, ReferralStatus.ACCEPTED)


def add_event(
    act: Act,
    endpoint_id: UUID,
    event: PartnerEvent,
    *,
    case_id: UUID,
    referral_id: UUID,
    urgent: bool,
    now: datetime,
) -> None:
    """Gather one event for one machine. What it says is read when it is sent."""
    message = outgoing_row(
        case_id=case_id,
        kind=MessageKind.PARTNER_EVENT,
        channel=Channel.WEBHOOK,
        now=now,
        endpoint_id=endpoint_id,
        wording=event.value,
        parameters={"referral": str(referral_id), "at": now.isoformat()},
        language="id",
    )
    act.add(Message, message)
    priority = Priority.NOW if urgent else Priority.DUTY
    act.send(endpoint_id, message["id"], priority=priority)


def tell_partners(session: Session, case: Case, event: PartnerEvent, *, now: datetime) -> None:
    """Tell a fact of a locked case to every machine whose agency has a referral of it that is sent or accepted."""
    query = (
        select(PartnerEndpoint.id, Referral.id)
        .join(Referral, Referral.agency_id == PartnerEndpoint.agency_id)
        .where(
            Referral.case_id == case.id,
            Referral.status.in_(_CONCERNED),
            # One that is sent by this very act tells the case as it is now.
            Referral.sent_at < now,
            PartnerEndpoint.closed_at.is_(None),
        )
    )
    _tell(session, case, event, [(endpoint, referral) for endpoint, referral in session.execute(query)], now)


def tell_revoked(session: Session, case: Case, referral: Referral, *, now: datetime) -> None:
    """Tell a machine that a referral it may have been told of was taken back."""
    query = select(PartnerEndpoint.id).where(
        PartnerEndpoint.agency_id == referral.agency_id, PartnerEndpoint.closed_at.is_(None)
    )
    found = [(endpoint, referral.id) for endpoint in session.scalars(query)]
    _tell(session, case, PartnerEvent.REFERRAL_REVOKED, found, now)


def _tell(
    session: Session, case: Case, event: PartnerEvent, found: list[tuple[UUID, UUID]], now: datetime
) -> None:
    if not found:
        return
    act = Act()
    for endpoint_id, referral_id in found:
        add_event(act, endpoint_id, event, case_id=case.id, referral_id=referral_id, urgent=False, now=now)
    session.flush()
    act.write(session)
