"""Who can be reached at an agency: entered and checked by the ministry, never shipped."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import keyring
from cases.errors import WrongState
from cases.models import Agency, DutyContact
from cases.vocabulary import Channel


def add_contact(
    session: Session,
    agency: Agency,
    address: str,
    *,
    channel: Channel,
    level: int,
    label: str,
    email: str | None,
    language: str,
    user_id: UUID | None = None,
    now: datetime,
) -> DutyContact:
    """Add a way to somebody on duty. One that was there before is made active again with these facts; an address
    that another agency has is refused, for a command from it would be read as theirs."""
    wanted = keyring.fingerprint("address", address)
    elsewhere = select(DutyContact.id).where(
        DutyContact.address_hash == wanted, DutyContact.active, DutyContact.agency_id != agency.id
    )
    if channel is not Channel.EMAIL and session.scalar(elsewhere) is not None:
        raise WrongState("another agency has this phone")
    contact = session.scalar(
        select(DutyContact).where(
            DutyContact.agency_id == agency.id,
            DutyContact.level == level,
            DutyContact.address_hash == wanted,
        )
    )
    if contact is None:
        contact = DutyContact(
            agency_id=agency.id, level=level, address=address, address_hash=wanted, created_at=now
        )
        session.add(contact)
    contact.channel, contact.label, contact.email = channel, label, email
    contact.user_id = user_id or contact.user_id
    contact.language, contact.active, contact.verified_on = language, True, now.date()
    session.flush()
    return contact
