"""What is left for a human to do about a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.errors import Invalid, NotFound, StaleVersion, WrongState
from cases.models import Case, Note, Task, User
from cases.rules.access import Permission, may
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, EventKind, HoldReason, TaskKind

LONGEST_WORDS = 500


def open_task(
    session: Session,
    case: Case,
    kind: TaskKind,
    *,
    by: Actor,
    now: datetime,
    message_id: UUID | None = None,
    reason: HoldReason | None = None,
    due_at: datetime | None = None,
    assignee_id: UUID | None = None,
    of_new_message: bool = False,
) -> bool:
    """Add a task to a locked case. False when one like it is open already; about a message that was written just now
    there is none."""
    if not of_new_message and _is_open(session, case, kind, message_id):
        return False
    session.add(
        Task(
            case_id=case.id,
            kind=kind,
            message_id=message_id,
            reason=reason,
            due_at=due_at,
            assignee_id=assignee_id,
            created_at=now,
        )
    )
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


def ask_follow_up(
    session: Session,
    case: Case,
    words: str,
    *,
    due_at: datetime | None = None,
    assignee_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> Task:
    """An officer's own task on a locked case: what, until when, whose (None: whoever handles the case). Raises Invalid
    for no words or too many, and for somebody who cannot work cases."""
    task = Task(case_id=case.id, kind=TaskKind.FOLLOW_UP, created_at=now, opened_by_id=by.user_id)
    _set(session, task, {"words": words, "due_at": due_at, "assignee_id": assignee_id})
    session.add(task)
    session.flush()
    _log_opened(session, case, task, by=by, now=now)
    return task


def change_task(
    session: Session,
    case: Case,
    task: Task,
    changes: Mapping[str, Any],
    *,
    version: int | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """Change words, due date or assignee of an open task that an officer made. Raises StaleVersion when it was changed
    since `version` was read, WrongState for one that is done or the machine's."""
    if version is not None and task.version != version:
        raise StaleVersion("this task was changed in the meantime", version=task.version)
    if task.done_at is not None or task.kind is not TaskKind.FOLLOW_UP:
        raise WrongState("this task cannot be changed", task=task.kind.value)
    _set(session, task, changes)
    task.version += 1
    session.flush()
    data = {"task": task.kind.value, "id": str(task.id), "changed": ",".join(sorted(changes))}
    record_event(session, case, EventKind.TASK_CHANGED, by=by, now=now, data=data)
    touch(case, now=now)


def call_upon(
    session: Session, case: Case, note: Note, user_ids: Iterable[UUID], *, by: Actor, now: datetime
) -> None:
    """Who is mentioned in a note finds it among their tasks."""
    for user_id in user_ids:
        task = Task(
            case_id=case.id,
            kind=TaskKind.MENTIONED,
            created_at=now,
            opened_by_id=by.user_id,
            assignee_id=user_id,
            note_id=note.id,
        )
        session.add(task)
        session.flush()
        _log_opened(session, case, task, by=by, now=now)


def _set(session: Session, task: Task, changes: Mapping[str, Any]) -> None:
    unknown = set(changes) - {"words", "due_at", "assignee_id"}
    if unknown:
        raise Invalid("cannot be changed", field=min(unknown))
    if "words" in changes:
        words = " ".join(str(changes["words"]).split())
        if not words or len(words) > LONGEST_WORDS or "\x00" in words:
            raise Invalid("a task needs words, at most 500", field="task_words")
        task.words = words
    assignee = changes.get("assignee_id")
    if assignee is not None:
        user = session.get(User, assignee)
        if user is None or not user.active or not may(user.role, Permission.WORK_CASES):
            raise Invalid("this person cannot work cases", field="owner")
    for name in ("due_at", "assignee_id"):
        if name in changes:
            setattr(task, name, changes[name])


def _log_opened(session: Session, case: Case, task: Task, *, by: Actor, now: datetime) -> None:
    data = {"task": task.kind.value, "id": str(task.id)}
    if task.assignee_id is not None:
        data["to"] = str(task.assignee_id)
    record_event(session, case, EventKind.TASK_OPENED, by=by, now=now, data=data)
    touch(case, now=now)


def finish_task(session: Session, case: Case, task: Task, *, outcome: str, by: Actor, now: datetime) -> None:
    """A human has dealt with it. Finishing twice changes nothing."""
    if task.done_at is not None:
        return
    task.done_at, task.done_by_id, task.outcome = now, by.user_id, outcome
    task.version += 1
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
