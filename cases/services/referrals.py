"""Requests to agencies: proposed, sent, answered. When they are due is the middle floor's matter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Forbidden, Invalid, WrongState
from cases.models import Agency, Case, Referral
from cases.rules.lifecycle import referral_move
from cases.services.consents import consent_for, record_consent
from cases.services.event_log import record_event, touch
from cases.vocabulary import (
    Actor,
    ActorKind,
    CaseStatus,
    ConsentPurpose,
    EventKind,
    ReferralStatus,
    RejectReason,
    SharingBasis,
)

_LIVE = (ReferralStatus.PROPOSED, ReferralStatus.SENT, ReferralStatus.ACCEPTED, ReferralStatus.DONE)
LONGEST_TEXT = 2000


def propose_referral(
    session: Session,
    case: Case,
    agency: Agency,
    *,
    is_lead: bool,
    needs_consent: bool,
    rule: str,
    by: Actor,
    now: datetime,
) -> Referral:
    """Put one agency forward for a locked, open case. Raises WrongState when it has a live referral already."""
    if case.status is CaseStatus.CLOSED:
        raise WrongState("the case is closed", status=case.status)
    live = session.scalar(
        select(Referral.id).where(
            Referral.case_id == case.id, Referral.agency_id == agency.id, Referral.status.in_(_LIVE)
        )
    )
    if live is not None:
        raise WrongState("this agency has a referral of this case already", referral=str(live))
    referral = Referral(
        case_id=case.id,
        agency_id=agency.id,
        status=ReferralStatus.PROPOSED,
        is_lead=is_lead,
        needs_consent=needs_consent,
        rule=rule,
        proposed_at=now,
    )
    session.add(referral)
    session.flush()
    data = {"referral": str(referral.id), "agency": agency.key, "rule": rule}
    record_event(session, case, EventKind.REFERRAL_PROPOSED, by=by, now=now, data=data)
    touch(case, now=now)
    return referral


def mark_sent(
    session: Session,
    case: Case,
    referral: Referral,
    *,
    basis: SharingBasis | None,
    request: str,
    by: Actor,
    now: datetime,
) -> None:
    """Share a case with an agency. Raises Invalid where consent is needed and no basis for sharing is named, and
    where it rests on a consent that she took back."""
    _move(referral, ReferralStatus.SENT, by, reason=None)
    if referral.needs_consent and basis is None:
        raise Invalid("this agency may see the case only on a named basis", field="basis")
    if basis is SharingBasis.CONSENT:
        _rest_on_consent(session, case, referral, by=by, now=now)
    referral.sent_at, referral.basis = now, basis
    referral.request = _text(request)
    data = {"referral": str(referral.id), "basis": basis.value if basis else None}
    record_event(session, case, EventKind.REFERRAL_SENT, by=by, now=now, data=data)
    touch(case, now=now)


def _rest_on_consent(session: Session, case: Case, referral: Referral, *, by: Actor, now: datetime) -> None:
    """Her consent must hold; an officer who names it without any word of hers in the ledger writes it there."""
    holds = consent_for(session, case, referral.agency_id, ConsentPurpose.ASSISTANCE)
    if holds is False:
        raise Invalid("she took her consent back", field="consent")
    if holds is None:
        record_consent(
            session,
            case,
            ConsentPurpose.ASSISTANCE,
            given=True,
            agency_id=referral.agency_id,
            how="Dinyatakan petugas ketika mengirim rujukan",
            by=by,
            now=now,
        )


def accept(session: Session, case: Case, referral: Referral, *, by: Actor, now: datetime) -> None:
    """The agency says: ours."""
    _move(referral, ReferralStatus.ACCEPTED, by, reason=None)
    referral.answered_at = now
    data = {"referral": str(referral.id)}
    record_event(session, case, EventKind.REFERRAL_ACCEPTED, by=by, now=now, data=data)
    touch(case, now=now)


def reject(
    session: Session,
    case: Case,
    referral: Referral,
    reason: RejectReason,
    *,
    explanation: str,
    by: Actor,
    now: datetime,
) -> None:
    """The agency gives the referral back, saying why."""
    _move(referral, ReferralStatus.REJECTED, by, reason=reason)
    referral.answered_at, referral.reject_reason = now, reason
    referral.answer = _text(explanation)
    data = {"referral": str(referral.id), "reason": reason.value}
    record_event(session, case, EventKind.REFERRAL_REJECTED, by=by, now=now, data=data)
    touch(case, now=now)


def finish(
    session: Session, case: Case, referral: Referral, *, explanation: str, by: Actor, now: datetime
) -> None:
    """The agency did what it was asked."""
    _move(referral, ReferralStatus.DONE, by, reason=None)
    referral.done_at = now
    referral.answer = _text(explanation) or referral.answer
    data = {"referral": str(referral.id)}
    record_event(session, case, EventKind.REFERRAL_DONE, by=by, now=now, data=data)
    touch(case, now=now)


def revoke(session: Session, case: Case, referral: Referral, *, by: Actor, now: datetime) -> None:
    """Take a referral back; the agency sees nothing of the case any more."""
    _move(referral, ReferralStatus.REVOKED, by, reason=None)
    data = {"referral": str(referral.id)}
    record_event(session, case, EventKind.REFERRAL_REVOKED, by=by, now=now, data=data)
    touch(case, now=now)


def _move(referral: Referral, wanted: ReferralStatus, by: Actor, *, reason: RejectReason | None) -> None:
    move = referral_move(referral.status, wanted)
    if move is None:
        raise WrongState("this referral cannot go there", status=referral.status, wanted=wanted)
    if by.kind not in move.who and by.kind is not ActorKind.MACHINE:
        raise Forbidden("this is not theirs to do")
    if move.needs_reason and reason is None:
        raise Invalid("a reason is needed", field="reason")
    referral.status = wanted
    referral.version += 1


def _text(words: str) -> str | None:
    text = words.strip()
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise Invalid("at most 2,000 characters", field="text")
    return text or None
