"""She writes after her case was closed: within the rule it goes on, unless she only says thanks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Referral
from cases.queries.find_case import locked_case
from cases.queries.sender import ClosedCase, OpenCase
from cases.services import lifecycle
from cases.vocabulary import MACHINE, WORKER, PartnerEvent, ReferralStatus, Step, Urgency
from escalation.rules.closing import ground_on, reopens
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.clarify import promise_again
from escalation.services.continue_case import route_again
from escalation.services.keep_promise import refresh_next_due, start_case_clocks
from escalation.services.load_closing import load_closing
from escalation.services.look_after import end_checks
from escalation.services.refer import revoke_referral
from escalation.services.start_clocks import CASE_STEPS
from escalation.services.tell_partners import tell_partners

_LIVE = (ReferralStatus.SENT, ReferralStatus.ACCEPTED, ReferralStatus.DONE)


def belongs_to(closed: ClosedCase, *, now: datetime) -> bool:
    """True when her words are about the closed case, and no new matter."""
    closing = load_closing()
    ground = ground_on(closing, closed.reason, closed.closed_at.date())
    return reopens(closing, ground, closed.closed_at, now)


def take_up(
    session: Session,
    closed: ClosedCase,
    message_id: UUID,
    *,
    judged: Urgency,
    words: str,
    book: Book,
    now: datetime,
) -> OpenCase:
    """Reopen a locked case for a message; what follows must know it as it stands then. Its promises begin anew, that
    somebody reads it too; one of danger for life is put before the duty room as if it were new."""
    case = locked_case(session, closed.case.id)
    if case.owner is not None and not case.owner.active:
        case.owner_id = None
        session.flush()
    lifecycle.reopen_case(session, case, data={"message": str(message_id)}, by=WORKER, now=now)
    end_checks(session, case, by=WORKER, now=now)
    act = Act()
    steps = (Step.READ, Step.SAFE_CONTACT) if case.owner_id else CASE_STEPS
    start_case_clocks(act, case, steps=steps, book=book, now=now)
    session.flush()
    act.write(session)
    promise_again(session, case, book=book)
    if Urgency.U1 in {case.urgency, judged}:
        _call_duty_room_again(session, case, book=book, now=now)
    if case.urgency is Urgency.U1:
        route_again(session, Act(), case, body=words, book=book, now=now)
    refresh_next_due(session, case)
    tell_partners(session, case, PartnerEvent.CASE_REOPENED, now=now)
    session.flush()
    return _as_it_stands(case, closed)


def _call_duty_room_again(session: Session, case: Case, *, book: Book, now: datetime) -> None:
    """What it did for the case before is past; the routing that follows sends it a fresh request."""
    duty_room = book.directory.duty_room
    if duty_room is None:
        return
    query = select(Referral).where(
        Referral.case_id == case.id, Referral.agency_id == duty_room.id, Referral.status.in_(_LIVE)
    )
    for referral in session.scalars(query.order_by(Referral.id).with_for_update(key_share=True)):
        revoke_referral(session, case, referral, by=MACHINE, now=now)
    session.flush()


def _as_it_stands(case: Case, closed: ClosedCase) -> OpenCase:
    return OpenCase(
        id=case.id,
        reporter_id=closed.case.reporter_id,
        status=case.status,
        urgency=case.urgency,
        categories=tuple(case.categories),
        leading_category=case.leading_category,
        country=case.country,
        language=case.language,
        contact_signs=tuple(case.contact_signs),
        version=case.version,
        event_count=case.event_count,
        last_event_hash=case.last_event_hash,
        last_message_at=case.last_message_at,
        burst=closed.case.burst,
    )
