"""The one door to the job queue: work for the outside world is deferred inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from procrastinate import App, SyncPsycopgConnector
from procrastinate.jobs import Job
from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.rules.sending import Priority

DELIVER = "deliver"
DELIVER_LATER = "deliver_later"
OUTBOX_QUEUE = "outbox"
# The same work, for which the worker keeps slots free (`rules.sending.Priority.URGENT` and above).
URGENT_QUEUE = "outbox_urgent"
FETCH = "fetch"
MEDIA_QUEUE = "media"
LOOK_OUTSIDE = "look_outside"
ANSWER_STATUS = "answer_status"
BEAT = "beat"
LOOK_QUEUE = "outside_look"

_FIRST = 10_000  # above every priority of a message
_BEAT_LOCK = 0x62656174  # "beat"
# Never opened: a job is only ever written on a connection that somebody else owns.
_deferring = App(connector=SyncPsycopgConnector())


@dataclass(frozen=True, slots=True)
class Delivery:
    """Messages to one recipient, to be sent in this order. A higher priority overtakes others in the queue."""

    recipient: UUID
    message_ids: tuple[UUID, ...]
    priority: int = Priority.NOTICE
    not_before: datetime | None = None


def defer_deliveries(session: Session, deliveries: Sequence[Delivery]) -> None:
    """Enqueue sending, on the session's own connection: the jobs exist if and only if the caller commits.

    Jobs for one recipient share a lock, so that two workers never talk to one person at once. A job for later
    holds no lock while it waits: it would keep back everything else for its recipient, also a page to an officer
    who still has a retry of an hour ago before them. When its time comes it becomes a job of the first sort.
    """
    if not deliveries:
        return
    jobs = [
        _job_now(delivery) if delivery.not_before is None else _job_for_later(delivery)
        for delivery in deliveries
    ]
    raw = session.connection().connection.driver_connection
    _deferring.job_manager.batch_defer_jobs(jobs, connection=raw)


def _job_now(delivery: Delivery) -> Job:
    return Job(
        queue=URGENT_QUEUE if delivery.priority >= Priority.URGENT else OUTBOX_QUEUE,
        task_name=DELIVER,
        lock=f"recipient:{delivery.recipient}",
        queueing_lock=None,
        priority=int(delivery.priority),
        task_kwargs={"message_ids": [str(message_id) for message_id in delivery.message_ids]},
    )


def _job_for_later(delivery: Delivery) -> Job:
    later = _job_now(delivery)
    kwargs = {**later.task_kwargs, "recipient": str(delivery.recipient), "priority": int(delivery.priority)}
    return later.evolve(
        task_name=DELIVER_LATER, lock=None, task_kwargs=kwargs, scheduled_at=delivery.not_before
    )


def defer_fetches(
    session: Session, attachment_ids: Sequence[UUID], *, not_before: datetime | None = None
) -> None:
    """Enqueue the fetching of attachments, on the session's own connection: one job, in this order."""
    if not attachment_ids:
        return
    job = Job(
        queue=MEDIA_QUEUE,
        task_name=FETCH,
        lock=None,
        queueing_lock=None,
        task_kwargs={"attachment_ids": [str(attachment_id) for attachment_id in attachment_ids]},
        scheduled_at=not_before,
    )
    raw = session.connection().connection.driver_connection
    _deferring.job_manager.batch_defer_jobs([job], connection=raw)


def defer_status_answer(session: Session, message_id: UUID) -> None:
    """Enqueue answering a message that asks for the status, on the session's own connection."""
    job = Job(
        queue=OUTBOX_QUEUE,
        task_name=ANSWER_STATUS,
        lock=None,
        queueing_lock=None,
        priority=int(Priority.NOTICE),
        task_kwargs={"message_ids": [str(message_id)]},
    )
    raw = session.connection().connection.driver_connection
    _deferring.job_manager.batch_defer_jobs([job], connection=raw)


def defer_beat(session: Session) -> bool:
    """Enqueue the job that only shows that jobs are run, ahead of all others; False while one still waits."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(:key)"), {"key": _BEAT_LOCK}
    )  # two workers look one by one
    waiting = text("SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = :lock AND status = 'todo'")
    if session.scalar(waiting, {"lock": BEAT}) is not None:
        return False
    job = Job(
        queue=URGENT_QUEUE, task_name=BEAT, lock=None, queueing_lock=BEAT, priority=_FIRST, task_kwargs={}
    )
    raw = session.connection().connection.driver_connection
    _deferring.job_manager.batch_defer_jobs([job], connection=raw)
    return True


def defer_looks(session: Session, message_ids: Sequence[UUID], *, not_before: datetime | None = None) -> None:
    """Enqueue asking an outside model about each message, on the session's own connection."""
    if not message_ids:
        return
    jobs = [
        Job(
            queue=LOOK_QUEUE,
            task_name=LOOK_OUTSIDE,
            lock=None,
            queueing_lock=None,
            task_kwargs={"message_ids": [str(message_id)]},
            scheduled_at=not_before,
        )
        for message_id in message_ids
    ]
    raw = session.connection().connection.driver_connection
    _deferring.job_manager.batch_defer_jobs(jobs, connection=raw)


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that raised, and that nothing will run again. `ids`: what it was about."""

    id: int
    task: str
    ids: tuple[str, ...]
    attempts: int
    failed_at: datetime | None


_FAILED = """
    SELECT job.id, job.task_name, job.args, job.attempts,
           (SELECT max(event.at) FROM procrastinate_events AS event WHERE event.job_id = job.id)
      FROM procrastinate_jobs AS job
     WHERE job.status = 'failed' AND job.id < :before ORDER BY job.id DESC LIMIT :limit
"""


def failed_jobs(session: Session, *, limit: int, before: int | None = None) -> list[FailedJob]:
    """Jobs that failed for good, newest first; one query."""
    rows = session.execute(text(_FAILED), {"before": before or 2**63 - 1, "limit": limit})
    return [
        FailedJob(job_id, task, tuple(str(one) for ids in args.values() for one in ids), attempts, at)
        for job_id, task, args, attempts, at in rows
    ]


def count_failed_jobs(session: Session) -> int:
    """How many jobs failed for good."""
    return session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")) or 0


def retry_failed_job(session: Session, job_id: int, *, now: datetime) -> bool:
    """Put a failed job back in the queue, in the caller's transaction; False when it has not failed."""
    if not _hold_failed(session, job_id):
        return False
    query = text("SELECT procrastinate_retry_job_v2(:id, :now, NULL, NULL, NULL)")
    session.execute(query, {"id": job_id, "now": now})
    return True


def drop_failed_job(session: Session, job_id: int) -> bool:
    """Delete a failed job, in the caller's transaction; False when it has not failed."""
    if not _hold_failed(session, job_id):
        return False
    session.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": job_id})
    return True


def _hold_failed(session: Session, job_id: int) -> bool:
    query = text("SELECT id FROM procrastinate_jobs WHERE id = :id AND status = 'failed' FOR UPDATE")
    return session.scalar(query, {"id": job_id}) is not None
