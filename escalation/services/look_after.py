"""What comes after a case is closed: checks that fall due, requests that nobody confirmed. Driven by the ticks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.models import Case, ClosingRequest, SafetyCheck
from cases.queries.find_case import locked_case
from cases.services.event_log import record_event, touch
from cases.services.tasks import open_task
from cases.vocabulary import MACHINE, Actor, CheckKind, CheckOutcome, EventKind, TaskKind
from escalation.services.ask_if_solved import SAFE, ask_safely
from escalation.services.close_case import end_request

# So many in one tick: the rest a tick later.
MOST = 200


def due_checks(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Checks whose day has come, the oldest first."""
    query = select(SafetyCheck.id).where(SafetyCheck.done_at.is_(None), SafetyCheck.due_at <= now)
    return session.scalars(query.order_by(SafetyCheck.due_at, SafetyCheck.id).limit(MOST)).all()


def make_check(session: Session, check_id: UUID, *, now: datetime) -> CheckOutcome | None:
    """Make one check: a neutral word through the gate, or a human's task where the plan forbids it. None when another
    worker was first, or it is not due."""
    case_id = session.scalar(select(SafetyCheck.case_id).where(SafetyCheck.id == check_id))
    if case_id is None:
        return None
    case = locked_case(session, case_id)
    check = session.get(SafetyCheck, check_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if check is None or check.done_at is not None or check.due_at > now:
        return None
    check.done_at = now
    check.outcome = _outcome(session, case, check, now=now)
    data = {"check": check.kind.value, "days": check.days, "outcome": check.outcome.value}
    record_event(session, case, EventKind.CHECK_MADE, by=MACHINE, now=now, data=data)
    touch(case, now=now)
    return check.outcome


def end_checks(session: Session, case: Case, *, by: Actor, now: datetime) -> None:
    """A case that goes on is looked after by those who handle it."""
    waiting = update(SafetyCheck).where(SafetyCheck.case_id == case.id, SafetyCheck.done_at.is_(None))
    session.execute(waiting.values(done_at=now, outcome=CheckOutcome.GOES_ON))


def expired_requests(session: Session, *, now: datetime) -> Sequence[UUID]:
    """Requests to close that nobody confirmed in time."""
    query = select(ClosingRequest.id).where(
        ClosingRequest.outcome.is_(None), ClosingRequest.expires_at <= now
    )
    return session.scalars(query.order_by(ClosingRequest.expires_at).limit(MOST)).all()


def expire_request(session: Session, request_id: UUID, *, now: datetime) -> bool:
    """End one of them. False when somebody decided about it in the meantime."""
    case_id = session.scalar(select(ClosingRequest.case_id).where(ClosingRequest.id == request_id))
    if case_id is None:
        return False
    case = locked_case(session, case_id)
    request = session.get(ClosingRequest, request_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if request is None or request.outcome is not None or request.expires_at > now:
        return False
    end_request(session, case, request, by=MACHINE, now=now)
    return True


def _outcome(session: Session, case: Case, check: SafetyCheck, *, now: datetime) -> CheckOutcome:
    if case.is_open:
        return CheckOutcome.GOES_ON
    if check.kind is CheckKind.WATCH:
        open_task(session, case, TaskKind.KEEP_WATCHING, by=MACHINE, now=now)
        return CheckOutcome.FOR_A_HUMAN
    asked = ask_safely(session, case, SAFE, task=TaskKind.CHECK_SAFETY, now=now)
    return CheckOutcome.ASKED if asked else CheckOutcome.FOR_A_HUMAN
