"""Ownership ends when nothing happens: a warning first, then the case is nobody's. Driven by the ticks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from cases.models import Case, Task
from cases.queries.find_case import locked_case
from cases.services.event_log import record_event, touch
from cases.services.lifecycle import move_case
from cases.services.tasks import finish_task, open_task
from cases.vocabulary import MACHINE, CaseStatus, EventKind, Step, TaskKind
from escalation.models import Clock
from escalation.rules.ownership import Neglect, Ownership, idle_since, neglect
from escalation.services.act import Act
from escalation.services.book import Book
from escalation.services.keep_promise import refresh_next_due, start_case_clocks

# So many in one tick: the rest a tick later.
MOST = 200


def neglected_cases(session: Session, ownership: Ownership, *, now: datetime) -> Sequence[UUID]:
    """Open cases whose owner has done nothing for so long that a warning, or the end, may be due."""
    idle = or_(
        *(
            and_(Case.urgency == level, Case.owner_acted_at <= now - times.warn)
            for level, times in ownership.times.items()
        )
    )
    unwarned = Case.owner_warned_at.is_(None)
    over = or_(
        *(
            and_(Case.urgency == level, Case.owner_warned_at <= now - (times.ends - times.warn))
            for level, times in ownership.times.items()
        )
    )
    query = select(Case.id).where(
        Case.owner_id.is_not(None),
        Case.status != CaseStatus.CLOSED,
        idle,
        or_(unwarned, over),
        # What is waited for is not neglected before the day on which to look again.
        func.coalesce(Case.waiting_until, Case.owner_acted_at) <= now,
    )
    return session.scalars(query.order_by(Case.urgency, Case.owner_acted_at).limit(MOST)).all()


def let_go(
    session: Session, case_id: UUID, ownership: Ownership, *, book: Book, now: datetime
) -> Neglect | None:
    """Warn the owner of one case, or take it from them; None when somebody has done something since."""
    case = locked_case(session, case_id)
    if not case.is_open or case.owner_id is None or case.owner_acted_at is None:
        return None
    due = neglect(
        ownership.times[case.urgency],
        acted_at=case.owner_acted_at,
        waiting_until=case.waiting_until,
        warned_at=case.owner_warned_at,
        now=now,
    )
    if due is Neglect.WARN:
        _warn(session, case, ownership, now=now)
    elif due is Neglect.END:
        _end(session, case, book=book, now=now)
    return due


def stale_warnings(session: Session) -> Sequence[UUID]:
    """Warnings to owners who have done something since: there is nothing left to heed."""
    query = (
        select(Task.case_id)
        .join(Case, Case.id == Task.case_id)
        .where(
            Task.kind == TaskKind.OWNERSHIP_ENDS,
            Task.done_at.is_(None),
            Case.owner_warned_at.is_(None),
        )
    )
    return session.scalars(query.limit(MOST)).all()


def end_warning(session: Session, case_id: UUID, *, now: datetime) -> None:
    """The owner has heeded it."""
    case = locked_case(session, case_id)
    if case.owner_warned_at is None:
        _finish_warning(session, case, outcome="heeded", now=now)


def _warn(session: Session, case: Case, ownership: Ownership, *, now: datetime) -> None:
    times = ownership.times[case.urgency]
    ends_at = now + (times.ends - times.warn)
    _finish_warning(session, case, outcome="heeded", now=now)
    open_task(
        session,
        case,
        TaskKind.OWNERSHIP_ENDS,
        due_at=ends_at,
        assignee_id=case.owner_id,
        by=MACHINE,
        now=now,
    )
    case.owner_warned_at = now
    data = {"owner": str(case.owner_id), "until": ends_at.isoformat(), "basis": ownership.basis}
    record_event(session, case, EventKind.OWNER_WARNED, by=MACHINE, now=now, data=data)
    touch(case, now=now)


def _end(session: Session, case: Case, *, book: Book, now: datetime) -> None:
    since = idle_since(case.owner_acted_at or now, case.waiting_until)
    data = {"was": str(case.owner_id), "idle_since": since.isoformat()}
    record_event(session, case, EventKind.UNASSIGNED, by=MACHINE, now=now, data=data)
    move_case(session, case, CaseStatus.TRIAGED, by=MACHINE, now=now)
    _finish_warning(session, case, outcome="let_go", now=now)
    session.flush()
    act = Act()
    owed = select(Clock.id).where(
        Clock.case_id == case.id, Clock.step == Step.ASSIGN, Clock.next_at.is_not(None)
    )
    if session.scalar(owed.limit(1)) is None:
        start_case_clocks(act, case, steps=(Step.ASSIGN,), book=book, now=now)
        act.write(session)
    refresh_next_due(session, case)


def _finish_warning(session: Session, case: Case, *, outcome: str, now: datetime) -> None:
    query = select(Task).where(
        Task.case_id == case.id, Task.kind == TaskKind.OWNERSHIP_ENDS, Task.done_at.is_(None)
    )
    for task in session.scalars(query.with_for_update(key_share=True)):
        finish_task(session, case, task, outcome=outcome, by=MACHINE, now=now)
