"""The ledger of what she allowed us to pass on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cases.errors import Invalid, NotFound
from cases.models import Agency, Case, Consent, Message, Referral
from cases.rules.consent import Said, consent_holds
from cases.services.event_log import record_event, touch
from cases.services.tasks import ask_follow_up
from cases.vocabulary import Actor, ConsentPurpose, EventKind, ReferralStatus, SharingBasis

LONGEST_HOW = 2000
# UU 27/2022: what rests on a consent that was taken back stops within 3 x 24 hours.
STOP_WITHIN = timedelta(hours=72)
_SHARED = (ReferralStatus.SENT, ReferralStatus.ACCEPTED)


def record_consent(
    session: Session,
    case: Case,
    purpose: ConsentPurpose,
    *,
    given: bool,
    agency_id: UUID | None = None,
    message_id: UUID | None = None,
    how: str = "",
    by: Actor,
    now: datetime,
) -> Consent:
    """Write one saying of hers down, on a locked case: to one agency, or to all. A line is never changed: who erred
    writes another.

    Taken back while an agency has the case on her consent, it becomes a task to stop that within 3 x 24 hours. Raises
    NotFound for an agency or a message of another case, Invalid without either a message or a word on how it was said.
    """
    words = how.strip()
    if message_id is None and not words:
        raise Invalid("in which message, or how, was it said?", field="how")
    if len(words) > LONGEST_HOW or "\x00" in words:
        raise Invalid("is too long", field="how")
    if agency_id is not None and session.get(Agency, agency_id) is None:
        raise NotFound("there is no such agency")
    if message_id is not None:
        said_in = session.get(Message, message_id)
        if said_in is None or said_in.case_id != case.id:
            raise NotFound("there is no such message")
    consent = Consent(
        case_id=case.id,
        agency_id=agency_id,
        purpose=purpose,
        given=given,
        message_id=message_id,
        how=words or None,
        recorded_at=now,
        recorded_by_id=by.user_id,
    )
    session.add(consent)
    session.flush()
    data = {
        "consent": str(consent.id),
        "purpose": purpose.value,
        "given": given,
        "agency_id": str(agency_id) if agency_id else None,
        "message": str(message_id) if message_id else None,
    }
    record_event(session, case, EventKind.CONSENT_RECORDED, by=by, now=now, data=data)
    touch(case, now=now)
    if not given and purpose is ConsentPurpose.ASSISTANCE:
        _ask_to_stop(session, case, agency_id, by=by, now=now)
    return consent


def consents_of(session: Session, case: Case) -> Sequence[Consent]:
    """The whole ledger, in the order in which it was written."""
    query = select(Consent).where(Consent.case_id == case.id).order_by(Consent.recorded_at, Consent.id)
    return session.scalars(query.options(joinedload(Consent.agency))).all()


def consent_for(session: Session, case: Case, agency_id: UUID, purpose: ConsentPurpose) -> bool | None:
    """Whether her consent to this agency holds: given, taken back, or None: nothing was said."""
    query = select(Consent.agency_id, Consent.purpose, Consent.given).where(Consent.case_id == case.id)
    rows = session.execute(query.order_by(Consent.recorded_at, Consent.id)).all()
    return consent_holds([Said(*row) for row in rows], agency_id, purpose)


def _ask_to_stop(session: Session, case: Case, agency_id: UUID | None, *, by: Actor, now: datetime) -> None:
    query = (
        select(Agency.name)
        .join(Referral, Referral.agency_id == Agency.id)
        .where(
            Referral.case_id == case.id,
            Referral.basis == SharingBasis.CONSENT,
            Referral.status.in_(_SHARED),
        )
        .order_by(Agency.name)
    )
    if agency_id is not None:
        query = query.where(Agency.id == agency_id)
    for name in session.scalars(query).all():
        ask_follow_up(
            session,
            case,
            f"Persetujuan dicabut: hentikan berbagi dengan {name}",
            due_at=now + STOP_WITHIN,
            assignee_id=case.owner_id,
            by=by,
            now=now,
        )
