"""`hotline worker`: APScheduler drives the ticks, Procrastinate runs the jobs, in one process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

import escalation.models  # noqa: F401 - registers the tables
from cases.database import keyring
from cases.jobs import (
    ANSWER_STATUS,
    BEAT,
    DELIVER,
    DELIVER_LATER,
    FETCH,
    LOOK_OUTSIDE,
    LOOK_QUEUE,
    MEDIA_QUEUE,
    OUTBOX_QUEUE,
    URGENT_QUEUE,
    Delivery,
    defer_deliveries,
)
from escalation.services.adopt_policy import adopt_policy
from escalation.services.answer_status import answer_status
from escalation.services.load_policy import load_policy
from hotline import patience
from hotline.channels.doors import Doors
from hotline.channels.email.sender import EmailChannel
from hotline.channels.meta.sender import MetaChannel
from hotline.channels.port import OutgoingChannel
from hotline.channels.twilio.history import History
from hotline.channels.twilio.sender import TwilioChannel
from hotline.channels.webhook.sender import WebhookChannel
from hotline.config import Settings
from hotline.logging import configure_logging
from hotline.media.store import MediaStore
from hotline.spool import Spool
from hotline.unit_of_work import transaction
from hotline.worker.deliver import Deliverer
from hotline.worker.fetch_media import MediaKeeper
from hotline.worker.gap_fill import GapFill
from hotline.worker.look_outside import OutsideLooker
from hotline.worker.reconcile import ReceiptAsker, Reconciler
from hotline.worker.replay_spool import SpoolReplay
from hotline.worker.sync_templates import TemplateSync
from hotline.worker.ticks import Ticks

logger = structlog.get_logger(__name__)

# For one answer of the database. The longest statement of a tick takes a second or two; one that never comes would
# hold all the ticks behind it.
LONGEST_WAIT = 60.0
CONCURRENT_DELIVERIES = 8
# Kept free for what is urgent: a provider that answers slowly may hold all the others for its time-out.
URGENT_SLOTS = 4
# Each may hold an attachment and its copies in memory. Their own worker, so that photos never hold up a page.
CONCURRENT_FETCHES = 2
# Each waits for an outside model for some seconds at most; nothing waits for them.
CONCURRENT_LOOKS = 2
# A database that ended a transaction takes the next one, as a rule: a page must not wait for the search for lost jobs.
_AGAIN = RetryStrategy(max_attempts=6, linear_wait=1, retry_exceptions=[SQLAlchemyError])
_BEAT_SECONDS, _STALLED_SECONDS = 2.0, 10.0


def run(settings: Settings) -> None:
    """Work until SIGTERM or Ctrl-C; what was begun is finished or left for another worker, never lost."""
    configure_logging()
    keyring.load(settings.encryption_keys)
    engine = create_engine(
        settings.sqlalchemy_url,
        pool_size=CONCURRENT_DELIVERIES + URGENT_SLOTS + CONCURRENT_FETCHES + 4,
        pool_pre_ping=True,
        connect_args=patience.CONNECT_ARGS,
        hide_parameters=True,  # see hotline.app: errors must not carry what people wrote
    )
    patience.make_patient(engine, longest_wait=LONGEST_WAIT)
    sessions = sessionmaker(engine)
    with transaction(sessions) as session:
        adopt_policy(session, load_policy(), now=datetime.now(UTC))
    scheduler = _scheduler(settings, sessions)
    scheduler.start()
    try:
        asyncio.run(_run_jobs(settings, sessions))
    finally:
        scheduler.shutdown(wait=True)
        engine.dispose()


def _scheduler(settings: Settings, sessions: sessionmaker[Session]) -> BackgroundScheduler:
    """Ticks live in memory. Without a misfire grace APScheduler would drop ticks that come a second late."""
    ticks = Ticks(sessions, name=worker_name())
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_job(ticks.sweep, "interval", seconds=1, next_run_time=datetime.now(UTC))
    scheduler.add_job(ticks.ask_for_beat, "interval", seconds=5, next_run_time=datetime.now(UTC))
    scheduler.add_job(ticks.find_lost_jobs, "interval", minutes=1)
    scheduler.add_job(ticks.find_stranded_messages, "interval", minutes=1)
    store = MediaStore(settings.media_dir, settings.encryption_keys)
    soon = datetime.now(UTC) + timedelta(minutes=10)  # else a worker that is restarted each day never would
    scheduler.add_job(ticks.prune_media, "interval", [store], hours=24, next_run_time=soon)
    scheduler.add_job(ticks.nudge, "interval", minutes=5)
    scheduler.add_job(ticks.look_after, "interval", minutes=1)
    scheduler.add_job(ticks.let_go, "interval", minutes=1)
    scheduler.add_job(ticks.notice_patterns, "interval", minutes=1)
    spool = Spool(settings.spool_dir)
    replay = SpoolReplay(spool, sessions)
    scheduler.add_job(replay.replay, "interval", seconds=1)
    scheduler.add_job(replay.replay_early, "interval", seconds=30)
    scheduler.add_job(
        TemplateSync(settings, sessions).sync, "interval", minutes=10, next_run_time=datetime.now(UTC)
    )
    if settings.triage_hook_url:
        scheduler.add_job(OutsideLooker(settings, sessions).find, "interval", seconds=2)
    history = History(settings)
    gap_fill = GapFill(history, spool, sessions, grace=timedelta(seconds=settings.gap_fill_grace))
    scheduler.add_job(gap_fill.fill, "interval", seconds=settings.gap_fill_every)
    asker = ReceiptAsker(history, sessions)
    scheduler.add_job(asker.ask, "interval", seconds=min(30, max(1, settings.receipt_after // 4)))
    reconciler = Reconciler(history, sessions, every=timedelta(seconds=settings.reconcile_every))
    scheduler.add_job(reconciler.run_if_due, "interval", seconds=min(600, settings.reconcile_every))
    return scheduler


def worker_name() -> str:
    """By which this process is known among the workers."""
    return f"{socket.gethostname()}:{os.getpid()}"


def doors_of(settings: Settings) -> Doors:
    """Every way out that these settings open."""
    doors: list[OutgoingChannel] = [TwilioChannel(settings), EmailChannel(settings), WebhookChannel(settings)]
    if settings.whatsapp_provider == "meta":
        doors.insert(0, MetaChannel(settings))
    return Doors(*doors)


def job_app(settings: Settings, sessions: sessionmaker[Session]) -> App:
    """The queue with everything it can run. Must be opened before use."""
    deliverer = Deliverer(settings, sessions, doors_of(settings))
    connector = PsycopgConnector(
        conninfo=settings.libpq_url, kwargs=dict(patience.CONNECT_ARGS), min_size=1, max_size=8
    )
    app = App(connector=connector)

    @app.task(name=DELIVER, queue=OUTBOX_QUEUE, retry=_AGAIN)
    async def deliver(message_ids: list[str]) -> None:
        for message_id in message_ids:
            await asyncio.to_thread(deliverer.deliver, UUID(message_id))

    def bring_forward(delivery: Delivery) -> None:
        with transaction(sessions) as session:
            defer_deliveries(session, [delivery])

    @app.task(name=DELIVER_LATER, queue=OUTBOX_QUEUE, retry=_AGAIN)
    async def deliver_later(message_ids: list[str], recipient: str, priority: int) -> None:
        due = Delivery(UUID(recipient), tuple(map(UUID, message_ids)), priority=priority)
        await asyncio.to_thread(bring_forward, due)

    def answer(message_id: UUID) -> None:
        with transaction(sessions) as session:
            answer_status(session, message_id, now=datetime.now(UTC))

    @app.task(name=ANSWER_STATUS, queue=OUTBOX_QUEUE, retry=_AGAIN)
    async def status_answers(message_ids: list[str]) -> None:
        for message_id in message_ids:
            await asyncio.to_thread(answer, UUID(message_id))

    keeper = MediaKeeper(settings, sessions)

    @app.task(name=FETCH, queue=MEDIA_QUEUE)
    async def fetch(attachment_ids: list[str]) -> None:
        await asyncio.to_thread(keeper.keep, *map(UUID, attachment_ids))

    ticks = Ticks(sessions, name=worker_name())

    @app.task(name=BEAT, queue=URGENT_QUEUE)
    async def beat() -> None:
        await asyncio.to_thread(ticks.ran_a_job)

    if settings.triage_hook_url:
        looker = OutsideLooker(settings, sessions)

        @app.task(name=LOOK_OUTSIDE, queue=LOOK_QUEUE, retry=_AGAIN)
        async def look_outside(message_ids: list[str]) -> None:
            for message_id in message_ids:
                await asyncio.to_thread(looker.look, UUID(message_id))

    return app


async def _run_jobs(settings: Settings, sessions: sessionmaker[Session]) -> None:
    app = job_app(settings, sessions)
    async with app.open_async():
        parts = [
            _work(app, (URGENT_QUEUE, OUTBOX_QUEUE), CONCURRENT_DELIVERIES),
            _work(app, (URGENT_QUEUE,), URGENT_SLOTS),
            _work(app, (MEDIA_QUEUE,), CONCURRENT_FETCHES),
        ]
        if settings.triage_hook_url:
            parts.append(_work(app, (LOOK_QUEUE,), CONCURRENT_LOOKS))
        working = asyncio.gather(*parts)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, working.cancel)
        rescuing = asyncio.create_task(_rescue_stalled_jobs(app))
        try:
            await working
        except asyncio.CancelledError:
            logger.info("worker stops")
        finally:
            rescuing.cancel()


async def _work(app: App, queues: tuple[str, ...], concurrency: int) -> None:
    await app.run_worker_async(
        # A list: psycopg sends a tuple as a row, which the queue does not understand.
        queues=list(queues),
        concurrency=concurrency,
        install_signal_handlers=False,
        fetch_job_polling_interval=1.0,
        update_heartbeat_interval=_BEAT_SECONDS,
        stalled_worker_timeout=_STALLED_SECONDS,
        shutdown_graceful_timeout=15,
        delete_jobs="successful",
    )


async def _rescue_stalled_jobs(app: App) -> None:
    """Put the jobs of workers that fell silent back in the queue. A message is never sent twice by that: the
    next attempt asks the provider first."""
    while True:
        await asyncio.sleep(_BEAT_SECONDS)
        stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS)
        for job in stalled:
            # Two workers may see the same one: the second finds it gone, which is as good.
            with contextlib.suppress(ConnectorException):
                await app.job_manager.retry_job(job)
            logger.warning("job taken over from a silent worker", job=job.id)
