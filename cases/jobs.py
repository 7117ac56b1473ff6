"""The one door to the job queue: work for the outside world is deferred inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from procrastinate import App, SyncPsycopgConnector
from procrastinate.jobs import Job
from sqlalchemy.orm import Session

from cases.rules.sending import Priority

DELIVER = "deliver"
DELIVER_LATER = "deliver_later"
OUTBOX_QUEUE = "outbox"
# The same work, for which the worker keeps slots free (`rules.sending.Priority.URGENT` and above).
URGENT_QUEUE = "outbox_urgent"
FETCH = "fetch"
MEDIA_QUEUE = "media"

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
