"""Clocks that are met, cancelled or started anew because something happened to their case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.models import Case, Referral
from cases.services.event_log import record_event
from cases.vocabulary import Actor, ClockState, EventKind, Step
from escalation.models import Clock
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.start_clocks import case_clock_rows, renewed_row

_OWED = (ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED)


def keep_promise(
    session: Session,
    case: Case,
    *steps: Step,
    by: Actor,
    now: datetime,
    referral: Referral | None = None,
) -> None:
    """Meet the owed clocks of these steps (of one referral, if given). A breach stays on record: `breached_at`."""
    for clock in _owed(session, case, steps, referral):
        clock.state = ClockState.MET
        clock.met_at = now
        _stop(clock)
        data = {"clock": str(clock.id), "step": clock.step.value, "late": clock.due_at < now}
        record_event(session, case, EventKind.CLOCK_MET, by=by, now=now, data=data)
    session.flush()
    refresh_next_due(session, case)


def cancel_clocks(session: Session, case: Case, *, referral: Referral | None = None) -> None:
    """End the owed clocks of a case (or of one referral) whose step is owed no longer."""
    for clock in _owed(session, case, tuple(Step), referral):
        clock.state = ClockState.CANCELLED
        _stop(clock)
    session.flush()
    refresh_next_due(session, case)


def restart_clocks(session: Session, act: Act, case: Case, *, book: Book, now: datetime) -> None:
    """Replace the owed clocks by ones of the case's new urgency, counted from now.

    A clock that would fall due even earlier under its old promise keeps that deadline's place: raising the
    urgency never gives anybody more time.
    """
    steps: list[Step] = []
    for clock in _owed(session, case, tuple(Step), None):
        fresh = renewed_row(clock, case, book=book, now=now)
        if fresh is None or (fresh["due_at"] >= clock.due_at and case.urgency.is_above(clock.urgency)):
            continue
        clock.state = ClockState.CANCELLED
        _stop(clock)
        act.add(Clock, fresh)
        steps.append(clock.step)


def start_case_clocks(act: Act, case: Case, *, steps: Iterable[Step], book: Book, now: datetime) -> None:
    """Gather fresh clocks for these steps of a case."""
    for row in case_clock_rows(
        case.urgency, case_id=case.id, country=case.country, book=book, now=now, steps=steps
    ):
        act.add(Clock, row)


def refresh_next_due(session: Session, case: Case) -> None:
    """Bring the deadline that the queue shows up to date."""
    case.next_due_at = session.scalar(
        select(func.min(Clock.due_at)).where(Clock.case_id == case.id, Clock.state.in_(_OWED))
    )


def _owed(session: Session, case: Case, steps: tuple[Step, ...], referral: Referral | None) -> list[Clock]:
    query = (
        select(Clock)
        .where(Clock.case_id == case.id, Clock.state.in_(_OWED), Clock.step.in_(steps))
        .order_by(Clock.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if referral is not None:
        query = query.where(Clock.referral_id == referral.id)
    return list(session.scalars(query))


def _stop(clock: Clock) -> None:
    clock.next_at = None
    clock.generation += 1
