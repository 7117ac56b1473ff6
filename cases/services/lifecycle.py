"""The states of a case: this file alone moves one, by the table of `cases.rules.lifecycle`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Forbidden, Invalid, WrongState
from cases.models import Case, Referral
from cases.queries.merges import standing_merge
from cases.rules.lifecycle import CaseMove, Given, case_move, possible_moves, reopened_status, taken_status
from cases.services.event_log import record_event, touch
from cases.vocabulary import (
    Actor,
    CaseStatus,
    CloseReason,
    EventKind,
    ReferralStatus,
    WaitingAbout,
)

LONGEST_REASON = 2000
_ASKED = (ReferralStatus.SENT, ReferralStatus.ACCEPTED)


def move_case(
    session: Session,
    case: Case,
    wanted: CaseStatus,
    *,
    explanation: str = "",
    about: WaitingAbout | None = None,
    until: datetime | None = None,
    by: Actor,
    now: datetime,
) -> CaseMove:
    """Move a locked case and write down from where, to where and why; gives what the move starts, for whoever starts
    it. Raises WrongState where there is no such move, naming those that there are; Forbidden for who may not make it;
    Invalid for what must be given with it. Closing and reopening have verbs of their own.
    """
    move = check_move(case, wanted, by)
    words = _given(session, case, move, explanation=explanation, about=about)
    data: dict[str, Any] = {"from": case.status.value, "to": wanted.value}
    data |= {"explanation": words} if words else {}
    data |= {"about": about.value} if about else {}
    if wanted is CaseStatus.TRIAGED:
        case.owner_id = case.owner_acted_at = case.owner_warned_at = None
    _enter(case, wanted)
    if wanted in {CaseStatus.WAITING_FOR_WORKER, CaseStatus.WAITING_FOR_AGENCY}:
        case.waiting_about, case.waiting_since, case.waiting_until = about, now, until
    elif wanted is CaseStatus.RESOLVED:
        case.waiting_since = now  # she is asked whether it is
    record_event(session, case, EventKind.STATUS_CHANGED, by=by, now=now, data=data)
    touch(case, now=now)
    return move


def check_move(case: Case, wanted: CaseStatus, by: Actor) -> CaseMove:
    """The move, or why there is none: WrongState with what is possible instead, Forbidden for who may not make it."""
    move = case_move(case.status, wanted)
    if move is None:
        raise WrongState(
            "a case in this state cannot go there",
            status=case.status,
            wanted=wanted,
            possible=possible_moves(case.status, by.kind),
        )
    if by.kind not in move.who:
        raise Forbidden("this is not theirs to do")
    return move


def give_owner(case: Case, owner_id: UUID, *, by: Actor, now: datetime) -> None:
    """A locked, open case has this owner from now on; one that nobody had is worked on by that."""
    wanted = taken_status(case.status)
    if wanted is not case.status:
        check_move(case, wanted, by)
    case.owner_id, case.owner_acted_at, case.owner_warned_at = owner_id, now, None
    if wanted is not case.status:
        _enter(case, wanted)


def close_case(
    session: Session,
    case: Case,
    reason: CloseReason,
    *,
    explanation: str,
    data: dict[str, Any] | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """End a locked case. Raises WrongState when it is closed, Forbidden for a machine, Invalid without words. `data`:
    what the ground rests on, for the log. Whether the ground holds is judged by `escalation.services.close_case`."""
    check_move(case, CaseStatus.CLOSED, by)
    words = words_given(explanation)
    _enter(case, CaseStatus.CLOSED)
    case.closed_at, case.close_reason = now, reason
    case.next_due_at = None
    told = {"reason": reason.value, "explanation": words} | (data or {})
    record_event(session, case, EventKind.CLOSED, by=by, now=now, data=told)
    touch(case, now=now)


def reopen_case(
    session: Session,
    case: Case,
    *,
    explanation: str = "",
    data: dict[str, Any] | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """Take up a closed case again; its owner, if it had one, keeps it. An officer says why; a worker's message, named
    in `data`, speaks for itself."""
    if case.status is not CaseStatus.CLOSED:
        raise WrongState("only a closed case can be reopened", status=case.status)
    if standing_merge(session, case.id) is not None:
        raise WrongState("this case is part of another one: undo the merge", merge="merged")
    wanted = reopened_status(has_owner=case.owner_id is not None)
    check_move(case, wanted, by)
    told = dict(data) if data else {"explanation": words_given(explanation)}
    _enter(case, wanted)
    case.closed_at = case.close_reason = None
    if case.owner_id is not None:
        case.owner_acted_at = now
    record_event(session, case, EventKind.REOPENED, by=by, now=now, data=told)
    touch(case, now=now)


def words_given(explanation: str, field: str = "explanation") -> str:
    """What somebody wrote as a reason, trimmed. Raises Invalid for none and for too many."""
    words = explanation.strip()
    if not words or len(words) > LONGEST_REASON or "\x00" in words:
        raise Invalid("a reason is needed, at most 2,000 characters", field=field)
    return words


def _enter(case: Case, status: CaseStatus) -> None:
    case.status = status
    case.waiting_about = case.waiting_since = case.waiting_until = None


def _given(
    session: Session, case: Case, move: CaseMove, *, explanation: str, about: WaitingAbout | None
) -> str:
    if Given.GROUND in move.needs:
        raise Invalid("a case is closed on a ground", field="close_reason")
    if Given.OWNER in move.needs and case.owner_id is None:
        raise Invalid("somebody must take the case first", field="owner_needed")
    if (Given.WAITING_ABOUT in move.needs) != (about is not None):
        raise Invalid("what is waited for?", field="about")
    if Given.ASKED_AGENCY in move.needs and not _asked_agency(session, case):
        raise Invalid("no agency has been asked", field="asked_agency")
    return words_given(explanation) if Given.EXPLANATION in move.needs else explanation.strip()


def _asked_agency(session: Session, case: Case) -> bool:
    asked = select(Referral.id).where(Referral.case_id == case.id, Referral.status.in_(_ASKED)).limit(1)
    return session.scalar(asked) is not None
