"""Sending a referral, and the agency's answer, with the clocks that hang on them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import NotFound, WrongState
from cases.models import Agency, Case, Event, Referral
from cases.queries.find_case import locked_case
from cases.services import referrals
from cases.services.event_log import CaseLog
from cases.vocabulary import (
    MACHINE,
    Actor,
    AgencyKind,
    CaseStatus,
    ReferralStatus,
    RejectReason,
    SharingBasis,
    Step,
)
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.keep_promise import cancel_clocks, keep_promise, refresh_next_due
from escalation.services.move_case import heed_answer
from escalation.services.propose import CaseInView, add_sending
from escalation.services.tell_partners import tell_revoked

BY_OFFICER = "officer"
GIVEN_BACK = "given_back"
# Kinds that see a case only on a named basis, whoever proposes them (domain brief 5.2, 5.3).
_ONLY_ON_A_BASIS = frozenset({AgencyKind.POLICE})


def refer_case(
    session: Session,
    case: Case,
    agency_id: UUID,
    *,
    basis: SharingBasis | None,
    request: str,
    book: Book,
    by: Actor,
    now: datetime,
) -> Referral:
    """Refer a locked case to one agency: its proposal, if there is one, is sent; else a new referral is."""
    agency = session.get(Agency, agency_id)
    if agency is None or not agency.active:
        raise NotFound("there is no such agency")
    referral = session.scalar(
        select(Referral).where(
            Referral.case_id == case.id,
            Referral.agency_id == agency.id,
            Referral.status == ReferralStatus.PROPOSED,
        )
    )
    if referral is None:
        referral = referrals.propose_referral(
            session,
            case,
            agency,
            is_lead=False,
            needs_consent=agency.kind in _ONLY_ON_A_BASIS,
            rule=BY_OFFICER,
            by=by,
            now=now,
        )
    send_referral(session, case, referral, basis=basis, request=request, book=book, by=by, now=now)
    return referral


def send_referral(
    session: Session,
    case: Case,
    referral: Referral,
    *,
    basis: SharingBasis | None,
    request: str,
    book: Book,
    by: Actor,
    now: datetime,
) -> None:
    """Send a proposed referral of a locked, open case: its agency is called and its clock starts."""
    if case.status is CaseStatus.CLOSED:
        raise WrongState("the case is closed", status=case.status)
    agency = book.directory.by_id.get(referral.agency_id)
    if agency is None:
        raise NotFound("this agency is not in the directory")
    referrals.mark_sent(session, case, referral, basis=basis, request=request, by=by, now=now)
    session.flush()
    act = Act()
    log = CaseLog(case.id, count=case.event_count, last_hash=case.last_event_hash)
    add_sending(
        act,
        agency,
        referral.id,
        case=CaseInView(case.id, case.reference, case.urgency, case.country),
        contacts=book.contacts,
        book=book,
        log=log,
        now=now,
        by=by,
    )
    act.rows[Event].extend(log.rows)
    case.event_count, case.last_event_hash = log.count, log.last_hash
    act.write(session)
    refresh_next_due(session, case)


def locked_referral(session: Session, referral_id: UUID) -> tuple[Case, Referral]:
    """A referral and its case, the case locked first; NotFound when there is no such referral."""
    case_id = session.scalar(select(Referral.case_id).where(Referral.id == referral_id))
    if case_id is None:
        raise NotFound("there is no such referral")
    case = locked_case(session, case_id)
    return case, session.get_one(Referral, referral_id, populate_existing=True)


def accept_referral(session: Session, referral_id: UUID, *, by: Actor, now: datetime) -> Referral:
    """The agency takes it on; its clock stops. Accepting what is accepted already changes nothing."""
    case, referral = locked_referral(session, referral_id)
    if referral.status is ReferralStatus.ACCEPTED:
        return referral
    referrals.accept(session, case, referral, by=by, now=now)
    keep_promise(session, case, Step.REFERRAL_ACCEPT, by=by, now=now, referral=referral)
    return referral


def reject_referral(
    session: Session,
    referral_id: UUID,
    reason: RejectReason,
    *,
    explanation: str,
    book: Book,
    by: Actor,
    now: datetime,
) -> Referral:
    """The agency gives it back, with a reason. Its clock stops, and the duty room is told at once: a case must
    not lie with nobody."""
    case, referral = locked_referral(session, referral_id)
    referrals.reject(session, case, referral, reason, explanation=explanation, by=by, now=now)
    keep_promise(session, case, Step.REFERRAL_ACCEPT, by=by, now=now, referral=referral)
    _hand_to_duty_room(session, case, referral, book=book, now=now)
    heed_answer(session, case, by=by, now=now)
    return referral


def finish_referral(
    session: Session, referral_id: UUID, *, explanation: str, by: Actor, now: datetime
) -> Referral:
    """The agency did what was asked."""
    case, referral = locked_referral(session, referral_id)
    referrals.finish(session, case, referral, explanation=explanation, by=by, now=now)
    heed_answer(session, case, by=by, now=now)
    return referral


def revoke_referral(session: Session, case: Case, referral: Referral, *, by: Actor, now: datetime) -> None:
    """Take a referral of a locked case back; its clock ends."""
    was_told = referral.status is not ReferralStatus.PROPOSED
    referrals.revoke(session, case, referral, by=by, now=now)
    cancel_clocks(session, case, referral=referral)
    if was_told:
        tell_revoked(session, case, referral, now=now)


def _hand_to_duty_room(session: Session, case: Case, refused: Referral, *, book: Book, now: datetime) -> None:
    duty_room = book.directory.duty_room
    if duty_room is None or duty_room.id == refused.agency_id or case.status is CaseStatus.CLOSED:
        return
    live = session.scalar(
        select(Referral.id).where(
            Referral.case_id == case.id,
            Referral.agency_id == duty_room.id,
            Referral.status.in_([ReferralStatus.SENT, ReferralStatus.PROPOSED]),
        )
    )
    taken = session.scalar(
        select(Referral).where(
            Referral.case_id == case.id,
            Referral.agency_id == duty_room.id,
            Referral.status.in_([ReferralStatus.ACCEPTED, ReferralStatus.DONE]),
        )
    )
    if live is not None:
        return
    if taken is not None:
        referrals.revoke(session, case, taken, by=MACHINE, now=now)
        session.flush()
    agency = session.get_one(Agency, duty_room.id)
    referral = referrals.propose_referral(
        session, case, agency, is_lead=False, needs_consent=False, rule=GIVEN_BACK, by=MACHINE, now=now
    )
    send_referral(session, case, referral, basis=None, request="", book=book, by=MACHINE, now=now)
