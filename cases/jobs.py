"""The one door to the job queue: work for the outside world is deferred inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from procrastinate import App, SyncPsycopgConnector
from procrastinate.jobs import Job
from sqlalchemy.orm import Session

DELIVER = "deliver"
OUTBOX_QUEUE = "outbox"
FETCH = "fetch"
MEDIA_QUEUE = "media"

# Never opened: a job is only ever written on a connection that somebody else owns.
_deferring = App(connector=SyncPsycopgConnector())


@dataclass(frozen=True, slots=True)
class Delivery:
    """Messages to one recipient, to be sent in this order. `urgent` ones overtake others in the queue."""

    recipient: UUID
    message_ids: tuple[UUID, ...]
    urgent: bool = False
    not_before: datetime | None = None


def defer_deliveries(session: Session, deliveries: Sequence[Delivery]) -> None:
    """Enqueue sending, on the session's own connection: the jobs exist if and only if the caller commits.

    Jobs for one recipient share a lock, so that two workers never talk to one person at once.
    """
    if not deliveries:
        return
    jobs = [
        Job(
            queue=OUTBOX_QUEUE,
            task_name=DELIVER,
            lock=f"recipient:{delivery.recipient}",
            queueing_lock=None,
            priority=10 if delivery.urgent else 0,
            task_kwargs={"message_ids": [str(message_id) for message_id in delivery.message_ids]},
            scheduled_at=delivery.not_before,
        )
        for delivery in deliveries
    ]
    raw = session.connection().connection.driver_connection
    _deferring.job_manager.batch_defer_jobs(jobs, connection=raw)


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
