"""Closing: on a ground whose time has run, and for matters of violence by two. Each takes a locked case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.errors import Forbidden, Invalid, StaleVersion, WrongState
from cases.models import Case, ClosingRequest, Event, Referral, SafetyCheck, Task, User
from cases.services import lifecycle
from cases.services.event_log import record_event
from cases.services.lifecycle import check_move, words_given
from cases.services.questioning import end_questions
from cases.services.referrals import revoke
from cases.services.tasks import finish_task, open_task
from cases.vocabulary import (
    Actor,
    CaseStatus,
    CheckKind,
    CloseReason,
    ClosingOutcome,
    EventKind,
    PartnerEvent,
    ReferralStatus,
    TaskKind,
)
from escalation.rules.closing import (
    CaseFacts,
    Ground,
    Standing,
    ground_on,
    judge_ground,
    may_confirm,
    needs_second_person,
)
from escalation.services.calendars import home_office
from escalation.services.keep_promise import cancel_clocks
from escalation.services.load_closing import load_closing
from escalation.services.tell_partners import tell_partners

_REFERRED = (ReferralStatus.SENT, ReferralStatus.ACCEPTED, ReferralStatus.DONE)
# What is asked of humans while a case is open has no sense in a closed one.
_OF_OPEN_CASES = (
    TaskKind.LOOK_AGAIN, TaskKind.ASK_IF_SOLVED, TaskKind.CONFIRM_CLOSING, TaskKind.OWNERSHIP_ENDS,
)  # fmt: skip


def grounds_of(session: Session, case: Case, *, now: datetime) -> list[Standing]:
    """Every ground as it stands for a case: possible now, from a day on, or what it lacks."""
    facts = _facts(session, case)
    return [
        judge_ground(ground, facts, home_office(case.waiting_since or case.opened_at))
        for reason in CloseReason
        if (ground := ground_on(load_closing(), reason, now.date())) is not None
    ]


def close_case(
    session: Session,
    case: Case,
    reason: CloseReason,
    *,
    explanation: str,
    safety_note: str = "",
    by: Actor,
    now: datetime,
) -> ClosingRequest | None:
    """Close a case on a ground; its clocks end, proposals nobody sent are taken back, checks are planned. A case of
    violence stays open: the request is given back, and waits for a second person.

    Raises WrongState for a closed case and for a ground that does not hold (yet): `possible_from` says from when on;
    while another request waits; Invalid without words, or without a note on safety where two must close.
    """
    check_move(case, CaseStatus.CLOSED, by)
    ground = _holding(session, case, reason, now=now)
    words = words_given(explanation)
    if not needs_second_person(load_closing(), case.categories):
        _end(session, case, ground, explanation=words, data={}, by=by, now=now)
        return None
    return _ask_second(session, case, reason, explanation=words, safety_note=safety_note, by=by, now=now)


def waiting_request(session: Session, case: Case) -> ClosingRequest | None:
    """The request that waits for a second person, if one does; locked."""
    query = select(ClosingRequest).where(ClosingRequest.case_id == case.id, ClosingRequest.outcome.is_(None))
    return session.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))


def confirm_closing(session: Session, case: Case, *, request_id: UUID, by: Actor, now: datetime) -> None:
    """The second person has looked too: the case is closed. Raises Forbidden for whoever asked, and where neither is a
    supervisor; WrongState when nothing waits any more, when the reporter has written since, or when the ground holds
    no longer; StaleVersion when it is another request than the one that was read."""
    request = _present(session, case, request_id, now=now)
    asked_by = session.get_one(User, request.asked_by_id)
    if not may_confirm(asked_by=asked_by.id, asked_role=asked_by.role, user_id=by.user_id, role=by.role):
        raise Forbidden("a second person, one of the two a supervisor, must confirm")
    check_move(case, CaseStatus.CLOSED, by)
    if request.last_message_at != case.last_message_at:
        raise WrongState("the reporter has written since", closing=ClosingOutcome.OVERTAKEN.value)
    ground = _holding(session, case, request.reason, now=now)
    _decide(request, ClosingOutcome.CONFIRMED, by=by, now=now)
    data = {"request": str(request.id), "asked_by": str(request.asked_by_id)}
    _end(session, case, ground, explanation=request.explanation, data=data, by=by, now=now)


def decline_closing(
    session: Session, case: Case, *, why: str, request_id: UUID, by: Actor, now: datetime
) -> None:
    """The second person does not agree, or whoever asked takes it back; the case stays open."""
    request = _present(session, case, request_id, now=now)
    words = words_given(why, "why")
    own = by.user_id == request.asked_by_id
    outcome = ClosingOutcome.TAKEN_BACK if own else ClosingOutcome.DECLINED
    _decide(request, outcome, by=by, now=now)
    _told(session, case, request, explanation=words, by=by, now=now)


def end_request(session: Session, case: Case, request: ClosingRequest, *, by: Actor, now: datetime) -> None:
    """Nobody confirmed in time, or the reporter has written since: the request ends, and its task with it."""
    overtaken = request.last_message_at != case.last_message_at
    _decide(request, ClosingOutcome.OVERTAKEN if overtaken else ClosingOutcome.EXPIRED, by=by, now=now)
    _told(session, case, request, explanation="", by=by, now=now)


def checks_of(session: Session, case: Case) -> Sequence[SafetyCheck]:
    """The checks of a case, past and to come."""
    query = select(SafetyCheck).where(SafetyCheck.case_id == case.id)
    return session.scalars(query.order_by(SafetyCheck.due_at, SafetyCheck.id)).all()


def _holding(session: Session, case: Case, reason: CloseReason, *, now: datetime) -> Ground:
    ground = ground_on(load_closing(), reason, now.date())
    if ground is None:
        raise Invalid("there is no such ground now", field="close_reason")
    standing = judge_ground(ground, _facts(session, case), home_office(case.waiting_since or case.opened_at))
    if standing.lacks is not None:
        raise WrongState("this ground needs something else first", ground=reason, lacks=standing.lacks.value)
    if not standing.is_possible(now):
        moment = standing.possible_from.isoformat() if standing.possible_from else None
        raise WrongState("the time of this ground has not run", ground=reason, possible_from=moment)
    return ground


def _facts(session: Session, case: Case) -> CaseFacts:
    resolved = case.status is CaseStatus.RESOLVED
    return CaseFacts(
        leading_category=case.leading_category,
        opened_at=case.opened_at,
        last_contact_at=max(case.last_message_at, _reached_at(session, case) or case.last_message_at),
        waiting_about=case.waiting_about,
        waiting_since=case.waiting_since,
        solved_since=case.waiting_since if resolved and not _must_still_ask(session, case) else None,
        solved_known=resolved and _says_solved(session, case),
        referred=session.scalar(
            select(Referral.id).where(Referral.case_id == case.id, Referral.status.in_(_REFERRED)).limit(1)
        )
        is not None,
    )


def _reached_at(session: Session, case: Case) -> datetime | None:
    return session.scalar(
        select(func.max(Event.at)).where(
            Event.case_id == case.id,
            Event.kind == EventKind.CONTACT_RECORDED,
            Event.data["outcome"].astext == "reached",
        )
    )


def _must_still_ask(session: Session, case: Case) -> bool:
    asking = select(Task.id).where(
        Task.case_id == case.id, Task.kind == TaskKind.ASK_IF_SOLVED, Task.done_at.is_(None)
    )
    return session.scalar(asking.limit(1)) is not None


def _says_solved(session: Session, case: Case) -> bool:
    """She has answered and the case is resolved still; or somebody asked her in another way."""
    since = case.waiting_since or case.opened_at
    if case.last_message_at > since:
        return True
    done = select(Task.id).where(
        Task.case_id == case.id,
        Task.kind == TaskKind.ASK_IF_SOLVED,
        Task.done_at >= since,
        Task.outcome == "done",
    )
    return session.scalar(done.limit(1)) is not None


def _ask_second(
    session: Session,
    case: Case,
    reason: CloseReason,
    *,
    explanation: str,
    safety_note: str,
    by: Actor,
    now: datetime,
) -> ClosingRequest:
    note = words_given(safety_note, "safety_note")
    if by.user_id is None:
        raise Invalid("only a member of staff closes a case", field="author")
    before = waiting_request(session, case)
    if before is not None:
        if before.expires_at > now and before.last_message_at == case.last_message_at:
            raise WrongState("somebody has asked already", closing="waits")
        end_request(session, case, before, by=by, now=now)
        session.flush()
    request = ClosingRequest(
        case_id=case.id,
        reason=reason,
        explanation=explanation,
        safety_note=note,
        asked_at=now,
        asked_by_id=by.user_id,
        last_message_at=case.last_message_at,
        expires_at=now + load_closing().request_expires,
    )
    session.add(request)
    session.flush()
    data = {"request": str(request.id), "reason": reason.value}
    record_event(session, case, EventKind.CLOSING_ASKED, by=by, now=now, data=data)
    open_task(session, case, TaskKind.CONFIRM_CLOSING, due_at=request.expires_at, by=by, now=now)
    return request


def _present(session: Session, case: Case, request_id: UUID, *, now: datetime) -> ClosingRequest:
    request = waiting_request(session, case)
    if request is None:
        raise WrongState("no request waits", closing="none")
    if request.expires_at <= now:
        raise WrongState("the request has expired", closing=ClosingOutcome.EXPIRED.value)
    if request.id != request_id:
        raise StaleVersion("this is another request by now", request=str(request.id))
    return request


def _decide(request: ClosingRequest, outcome: ClosingOutcome, *, by: Actor, now: datetime) -> None:
    request.outcome, request.decided_at, request.decided_by_id = outcome, now, by.user_id
    request.version += 1


def _told(
    session: Session, case: Case, request: ClosingRequest, *, explanation: str, by: Actor, now: datetime
) -> None:
    outcome = request.outcome.value if request.outcome else ""
    data = {"request": str(request.id), "outcome": outcome}
    data |= {"explanation": explanation} if explanation else {}
    record_event(session, case, EventKind.CLOSING_NOT_CONFIRMED, by=by, now=now, data=data)
    _finish(session, case, (TaskKind.CONFIRM_CLOSING,), outcome=outcome, by=by, now=now)


def _end(
    session: Session,
    case: Case,
    ground: Ground,
    *,
    explanation: str,
    data: dict[str, Any],
    by: Actor,
    now: datetime,
) -> None:
    told = {"basis": ground.basis, "source": ground.source, "version": load_closing().version} | data
    lifecycle.close_case(session, case, ground.reason, explanation=explanation, data=told, by=by, now=now)
    end_questions(session, case.id, reason="closed", now=now)
    waiting = select(Referral).where(Referral.case_id == case.id, Referral.status == ReferralStatus.PROPOSED)
    for referral in session.scalars(waiting):
        revoke(session, case, referral, by=by, now=now)
    _finish(session, case, _OF_OPEN_CASES, outcome="closed", by=by, now=now)
    cancel_clocks(session, case)
    _plan_checks(session, case, ground, by=by, now=now)
    tell_partners(session, case, PartnerEvent.CASE_CLOSED, now=now)


def _finish(
    session: Session, case: Case, kinds: Sequence[TaskKind], *, outcome: str, by: Actor, now: datetime
) -> None:
    waiting = select(Task).where(Task.case_id == case.id, Task.kind.in_(kinds), Task.done_at.is_(None))
    for task in session.scalars(waiting.order_by(Task.id).with_for_update(key_share=True)):
        finish_task(session, case, task, outcome=outcome, by=by, now=now)


def _plan_checks(session: Session, case: Case, ground: Ground, *, by: Actor, now: datetime) -> None:
    closing = load_closing()
    planned = [(CheckKind.SAFETY, day) for day in (closing.checks[case.urgency] if ground.checks else ())]
    planned += [(CheckKind.WATCH, day) for day in (closing.watch if ground.watch else ())]
    for kind, days in planned:
        session.add(SafetyCheck(case_id=case.id, kind=kind, days=days, due_at=now + timedelta(days=days)))
    if planned:
        days_planned = [f"{kind.value}:{days}" for kind, days in planned]
        record_event(
            session, case, EventKind.CHECK_PLANNED, by=by, now=now, data={"checks": ",".join(days_planned)}
        )
