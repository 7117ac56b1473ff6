"""Closing and reopening: always by a human, always with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cases.errors import Forbidden, Invalid, WrongState
from cases.models import Case
from cases.queries.merges import standing_merge
from cases.rules.lifecycle import case_move
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, CaseStatus, CloseReason, EventKind

LONGEST_REASON = 2000


def close_case(
    session: Session, case: Case, reason: CloseReason, *, explanation: str, by: Actor, now: datetime
) -> None:
    """End a locked case. Raises WrongState when it is closed, Forbidden for a machine, Invalid without words."""
    _check_move(case, CaseStatus.CLOSED, by)
    words = _words(explanation)
    case.status = CaseStatus.CLOSED
    case.closed_at, case.close_reason = now, reason
    case.next_due_at = None
    record_event(
        session, case, EventKind.CLOSED, by=by, now=now, data={"reason": reason.value, "explanation": words}
    )
    touch(case, now=now)


def reopen_case(session: Session, case: Case, *, explanation: str, by: Actor, now: datetime) -> None:
    """Take up a closed case again; its owner, if it had one, keeps it."""
    if case.status is not CaseStatus.CLOSED:
        raise WrongState("only a closed case can be reopened", status=case.status)
    if standing_merge(session, case.id) is not None:
        raise WrongState("this case is part of another one: undo the merge", merge="merged")
    _check_move(case, CaseStatus.OPEN, by)
    words = _words(explanation)
    case.status = CaseStatus.OPEN if case.owner_id else CaseStatus.NEW
    case.closed_at = case.close_reason = None
    record_event(session, case, EventKind.REOPENED, by=by, now=now, data={"explanation": words})
    touch(case, now=now)


def _check_move(case: Case, wanted: CaseStatus, by: Actor) -> None:
    move = case_move(case.status, wanted)
    if move is None:
        raise WrongState("a case in this state cannot go there", status=case.status, wanted=wanted)
    if by.kind not in move.who:
        raise Forbidden("only a member of staff may do this")


def _words(explanation: str) -> str:
    words = explanation.strip()
    if not words or len(words) > LONGEST_REASON or "\x00" in words:
        raise Invalid("a reason is needed, at most 2,000 characters", field="explanation")
    return words
