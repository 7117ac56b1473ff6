"""What is left for a human to do about a case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.errors import NotFound
from cases.models import Case, Task
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, EventKind, HoldReason, TaskKind


def open_task(
    session: Session,
    case: Case,
    kind: TaskKind,
    *,
    by: Actor,
    now: datetime,
    message_id: UUID | None = None,
    reason: HoldReason | None = None,
    of_new_message: bool = False,
) -> bool:
    """Add a task to a locked case. False when one like it is open already; about a message that was written just now
    there is none."""
    if not of_new_message and _is_open(session, case, kind, message_id):
        return False
    session.add(Task(case_id=case.id, kind=kind, message_id=message_id, reason=reason, created_at=now))
    data = {"task": kind.value, "reason": reason.value if reason else None}
    record_event(session, case, EventKind.TASK_OPENED, by=by, now=now, data=data)
    touch(case, now=now)
    session.flush()
    return True


def _is_open(session: Session, case: Case, kind: TaskKind, message_id: UUID | None) -> bool:
    same = select(Task.id).where(
        Task.case_id == case.id,
        Task.kind == kind,
        Task.done_at.is_(None),
        Task.message_id.is_(None) if message_id is None else Task.message_id == message_id,
    )
    return session.scalar(same) is not None


def finish_task(session: Session, case: Case, task: Task, *, outcome: str, by: Actor, now: datetime) -> None:
    """A human has dealt with it. Finishing twice changes nothing."""
    if task.done_at is not None:
        return
    task.done_at, task.done_by_id, task.outcome = now, by.user_id, outcome
    session.flush()
    data = {"task": task.kind.value, "outcome": outcome}
    record_event(session, case, EventKind.TASK_DONE, by=by, now=now, data=data)
    touch(case, now=now)


def task_of(session: Session, case: Case, task_id: UUID) -> Task:
    """A task of this case, locked. Raises NotFound for another's."""
    task = session.get(Task, task_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if task is None or task.case_id != case.id:
        raise NotFound("there is no such task")
    return task
