"""The steps with a P3MI, with the clock of what it promised."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import new_id
from cases.models import Case, Clarification
from cases.services import clarifications
from cases.services.clarifications import Statement
from cases.services.event_log import record_event
from cases.vocabulary import (
    Actor,
    ClarificationKind,
    ClockState,
    EventKind,
    PromiseResult,
    Step,
    Urgency,
)
from escalation.models import Clock
from escalation.rules.clarification import ClarificationTerm, promise_of
from escalation.rules.ladder import Snapshot, first_look
from escalation.rules.policy import freeze
from escalation.rules.sla import due_at
from escalation.services.book import Book
from escalation.services.calendars import calendar_for
from escalation.services.keep_promise import refresh_next_due
from escalation.services.load_clarification import load_clarification

_OWED = (ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED)


def clarify(
    session: Session,
    case: Case,
    party_id: UUID,
    kind: ClarificationKind,
    said: Statement,
    *,
    held_at: datetime,
    book: Book,
    by: Actor,
    now: datetime,
) -> Clarification:
    """Write down a step; what is promised in the second clarification gets its clock. Raises what
    `record_clarification` raises."""
    row = clarifications.record_clarification(
        session, case, party_id, kind, said, held_at=held_at, by=by, now=now
    )
    if kind is ClarificationKind.SECOND and row.promised:
        clock = clock_of(row, load_clarification(), book=book)
        session.add(clock)
        row.promise_due_at = clock.due_at
        session.flush()
        refresh_next_due(session, case)
    return row


def judge_promise(
    session: Session,
    case: Case,
    clarification_id: UUID,
    result: PromiseResult,
    *,
    version: int | None = None,
    by: Actor,
    now: datetime,
) -> Clarification:
    """Say whether it was kept; its clock ends. A breach stays on record."""
    row = clarifications.judge_promise(
        session, case, clarification_id, result, version=version, by=by, now=now
    )
    query = select(Clock).where(Clock.clarification_id == row.id, Clock.state.in_(_OWED))
    for clock in session.scalars(query.with_for_update(key_share=True)):
        kept = result is PromiseResult.KEPT
        clock.state, clock.met_at = (ClockState.MET, now) if kept else (ClockState.CANCELLED, None)
        clock.next_at = None
        clock.generation += 1
        if kept:
            data = {"clock": str(clock.id), "step": clock.step.value, "late": clock.due_at < now}
            record_event(session, case, EventKind.CLOCK_MET, by=by, now=now, data=data)
    session.flush()
    refresh_next_due(session, case)
    return row


def promise_again(session: Session, case: Case, *, book: Book) -> None:
    """A reopened case watches again what is still promised; the term is the one that was given."""
    owed = select(Clock.clarification_id).where(Clock.case_id == case.id, Clock.state.in_(_OWED))
    watched = set(session.scalars(owed))
    for row in clarifications.clarifications_of(session, case):
        pending = row.promise_due_at is not None and row.result is None
        if pending and row.id not in watched:
            clock = clock_of(row, load_clarification(), book=book)
            clock.due_at = row.promise_due_at or clock.due_at
            session.add(clock)
    session.flush()


def clock_of(row: Clarification, term: ClarificationTerm, *, book: Book) -> Clock:
    """The clock of what was promised, counted from when it was, as patient as those of matters without danger: what a
    worker in danger needs does not wait for a P3MI."""
    promise = promise_of(term, row.held_at)
    calendar = calendar_for(promise.calendar, book=book, country=None, office=None, now=row.held_at)
    due = due_at(row.held_at, promise.limit, calendar)
    if due is None:
        raise ValueError("a clock without pauses always falls due")
    snapshot = Snapshot(Step.P3MI_PROMISE, ClockState.RUNNING, row.held_at, due, promise.limit, calendar)
    return Clock(
        id=new_id(),
        case_id=row.case_id,
        clarification_id=row.id,
        step=Step.P3MI_PROMISE,
        urgency=Urgency.U4,
        policy_version=book.policy.version,
        promise=freeze(promise, calendar) | {"term": term.version, "count": term.count.value},
        state=ClockState.RUNNING,
        started_at=row.held_at,
        due_at=due,
        next_at=first_look(book.policy.ladders[Urgency.U4], snapshot),
    )
