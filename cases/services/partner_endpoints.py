"""An agency's endpoint: set up, its secret changed, closed; and what may be told there."""

from __future__ import annotations

import secrets
from base64 import b64encode
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import NotFound
from cases.models import Agency, Message, PartnerEndpoint, Referral
from cases.vocabulary import PartnerEvent, ReferralStatus

# How long the partner may take to change over to a new secret.
OVERLAP = timedelta(hours=24)
GONE, REMOVED = "gone", "removed"
_SECRET_BYTES = 32


def open_endpoint(session: Session, agency: Agency, url: str, *, now: datetime) -> PartnerEndpoint:
    """Give an agency an endpoint with a fresh secret; what it had before is replaced, address and secret."""
    endpoint = session.scalar(
        select(PartnerEndpoint).where(PartnerEndpoint.agency_id == agency.id).with_for_update(key_share=True)
    )
    if endpoint is None:
        endpoint = PartnerEndpoint(agency_id=agency.id, created_at=now)
        session.add(endpoint)
    endpoint.url, endpoint.secret = url, fresh_secret()
    endpoint.secret_before = endpoint.secret_before_until = None
    endpoint.closed_at = endpoint.closed_because = None
    session.flush()
    return endpoint


def rotate_secret(
    session: Session, agency: Agency, *, overlap: timedelta = OVERLAP, now: datetime
) -> PartnerEndpoint:
    """A fresh secret; the one before stays valid beside it for a while. Raises NotFound without an open endpoint."""
    endpoint = open_endpoint_of(session, agency)
    endpoint.secret_before, endpoint.secret_before_until = endpoint.secret, now + overlap
    endpoint.secret = fresh_secret()
    session.flush()
    return endpoint


def close_endpoint(session: Session, endpoint: PartnerEndpoint, *, because: str, now: datetime) -> None:
    """Send nothing there any more. What waits for it ends unsent when its turn comes."""
    if endpoint.closed_at is None:
        endpoint.closed_at, endpoint.closed_because = now, because
        session.flush()


def open_endpoint_of(session: Session, agency: Agency) -> PartnerEndpoint:
    """The endpoint of an agency, locked. Raises NotFound when it has none that is open."""
    endpoint = session.scalar(
        select(PartnerEndpoint)
        .where(PartnerEndpoint.agency_id == agency.id, PartnerEndpoint.closed_at.is_(None))
        .with_for_update(key_share=True)
    )
    if endpoint is None:
        raise NotFound("this agency has no webhook")
    return endpoint


def may_still_be_told(session: Session, message: Message) -> bool:
    """False for an agency's machine that was closed, and for facts of a referral that was taken back since."""
    if session.get_one(PartnerEndpoint, message.endpoint_id).closed_at is not None:
        return False
    if message.wording == PartnerEvent.REFERRAL_REVOKED:
        return True
    referral = session.get_one(Referral, UUID(str((message.parameters or {})["referral"])))
    session.refresh(referral)
    return referral.status is not ReferralStatus.REVOKED


def secrets_for(session: Session, message: Message, *, now: datetime) -> tuple[str, ...]:
    """What a message to an agency's machine is signed with now; nothing for any other message."""
    if message.endpoint_id is None:
        return ()
    return session.get_one(PartnerEndpoint, message.endpoint_id).secrets_at(now)


def fresh_secret() -> str:
    """A secret in the form the specification gives it."""
    return "whsec_" + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
