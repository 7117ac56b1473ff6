"""What happened in somebody's cases since their shift began, and what comes next: for the note to the next shift."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.models import Case, CaseNeed, ContactPlan, Event, Referral, Task
from cases.queries.queue_rows import row_facts
from cases.queries.visible import visible_cases
from cases.rules.next_step import Next, OpenTask, Situation, next_step
from cases.rules.timeline import TimelineGroup, group_of
from cases.vocabulary import (
    Actor,
    CaseStatus,
    ClockState,
    ContactPermission,
    EventKind,
    NeedState,
    ReferralStatus,
    Step,
    WaitingFor,
)
from escalation.models import Clock

MOST = 100
_ASKED = (ReferralStatus.SENT, ReferralStatus.ACCEPTED)


@dataclass(frozen=True, slots=True)
class ShiftCase:
    """One case as it is handed over."""

    case: Case
    changes: Counter[EventKind]
    clocks: Sequence[tuple[Step, datetime]]
    tasks: Sequence[OpenTask]
    next: Next


def shift_cases(session: Session, *, since: datetime, by: Actor, now: datetime) -> list[ShiftCase]:
    """The open cases of whoever asks, the most urgent first: nine statements, however many there are."""
    query = select(Case).where(
        visible_cases(by), Case.owner_id == by.user_id, Case.status != CaseStatus.CLOSED
    )
    cases = session.scalars(query.order_by(Case.urgency, Case.next_due_at, Case.id).limit(MOST)).all()
    ids = [case.id for case in cases]
    if not ids:
        return []
    changes = _changes(session, ids, since)
    clocks, tasks = _clocks(session, ids), _tasks(session, ids)
    statuses, needs, replies = _referrals(session, ids), _needs(session, ids), _replies(session, cases)
    facts = row_facts(session, cases, by=by)
    return [
        ShiftCase(
            case,
            changes[case.id],
            clocks[case.id],
            tasks[case.id],
            next_step(
                Situation(
                    is_open=True,
                    has_owner=True,
                    reply=replies.get(case.reporter_id, ContactPermission.UNKNOWN),
                    clocks=clocks[case.id],
                    tasks=tasks[case.id],
                    unanswered_since=facts[case.id].waiting.since
                    if facts[case.id].waiting.turn is WaitingFor.US
                    else None,
                    proposals=statuses[case.id][ReferralStatus.PROPOSED],
                    waiting_for=sum(statuses[case.id][status] for status in _ASKED),
                    needs=needs[case.id],
                ),
                now,
            ),
        )
        for case in cases
    ]


def _changes(session: Session, ids: Sequence[UUID], since: datetime) -> dict[UUID, Counter[EventKind]]:
    query = (
        select(Event.case_id, Event.kind, func.count())
        .where(Event.case_id.in_(ids), Event.at >= since)
        .group_by(Event.case_id, Event.kind)
    )
    found: dict[UUID, Counter[EventKind]] = defaultdict(Counter)
    for case_id, kind, count in session.execute(query):
        if group_of(kind) is not TimelineGroup.LOOKS:
            found[case_id][kind] = count
    return found


def _clocks(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[tuple[Step, datetime]]]:
    query = select(Clock.case_id, Clock.step, Clock.due_at).where(
        Clock.case_id.in_(ids), Clock.state.in_([ClockState.RUNNING, ClockState.BREACHED])
    )
    found: dict[UUID, list[tuple[Step, datetime]]] = defaultdict(list)
    for case_id, step, due_at in session.execute(query.order_by(Clock.due_at)):
        found[case_id].append((step, due_at))
    return found


def _tasks(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[OpenTask]]:
    query = select(Task.case_id, Task.kind, Task.due_at).where(Task.case_id.in_(ids), Task.done_at.is_(None))
    found: dict[UUID, list[OpenTask]] = defaultdict(list)
    for case_id, kind, due_at in session.execute(query.order_by(Task.id)):
        found[case_id].append(OpenTask(kind, due_at))
    return found


def _referrals(session: Session, ids: Sequence[UUID]) -> dict[UUID, Counter[ReferralStatus]]:
    found: dict[UUID, Counter[ReferralStatus]] = defaultdict(Counter)
    query = select(Referral.case_id, Referral.status).where(Referral.case_id.in_(ids))
    for case_id, status in session.execute(query):
        found[case_id][status] += 1
    return found


def _needs(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[NeedState]]:
    found: dict[UUID, list[NeedState]] = defaultdict(list)
    query = select(CaseNeed.case_id, CaseNeed.state).where(
        CaseNeed.case_id.in_(ids), CaseNeed.ended_at.is_(None)
    )
    for case_id, state in session.execute(query):
        found[case_id].append(state)
    return found


def _replies(session: Session, cases: Sequence[Case]) -> dict[UUID, ContactPermission]:
    reporters = {case.reporter_id for case in cases}
    query = select(ContactPlan.person_id, ContactPlan.reply).where(ContactPlan.person_id.in_(reporters))
    return {row.person_id: row.reply for row in session.execute(query)}
