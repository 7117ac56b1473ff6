"""Is it alive, is it ready, and what does it count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from cases.models import Way
from cases.queries.reconciliation import count_open_differences, last_reconciliation
from cases.services.ways import broken_ways
from escalation.models import Clock, Heartbeat
from escalation.queries.board import waiting_to_go
from hotline.dead_letters import count_letters
from hotline.extensions import db
from hotline.migrations import MIGRATIONS
from hotline.security.access import open_because
from hotline.spool import Spool

blueprint = Blueprint("health", __name__)

# The sweep beats every second; three missed in a row would be noise, ten seconds is silence.
HEARTBEAT_FRESH = timedelta(seconds=10)
# A job that only says so travels through the queue every five seconds. Every slot may be held for the time-out of a
# provider that does not answer: this long is no delay any more.
JOBS_FRESH = timedelta(seconds=60)

_OVERDUE = Gauge("hotline_clocks_overdue", "Clocks whose next look is overdue by more than ten seconds")
_BEAT_AGE = Gauge("hotline_worker_heartbeat_age_seconds", "Age of the youngest worker heartbeat")
_JOB_AGE = Gauge("hotline_job_runner_age_seconds", "Time since a worker last ran a job")
_JOBS = Gauge("hotline_jobs_waiting", "Jobs that wait to be run")

_WAY = Gauge(
    "hotline_way_open", "1 while a way out works, 0 while its circuit is open", ["provider", "channel"]
)
_OUTBOX = Gauge("hotline_messages_waiting", "Messages that wait to be sent, by channel", ["channel"])

_SPOOL_WAITING = Gauge("hotline_spool_waiting", "Webhooks on this machine's disk that wait for the database")
_SPOOL_DEAD = Gauge("hotline_spool_dead", "Webhooks on this machine's disk that could not be taken in")
_SPOOL_AGE = Gauge("hotline_spool_oldest_seconds", "Age of the oldest webhook that waits on disk")
_DEAD = Gauge("hotline_dead_letters", "What ended without arriving and waits for a human", ["kind"])
_OPEN_DIFFERENCES = Gauge(
    "hotline_differences_open", "Messages on which the provider's list and our rows differ, not looked at yet"
)
_RECONCILED_AGE = Gauge(
    "hotline_reconciled_age_seconds", "Age of the last whole comparison with the provider's list"
)


@blueprint.get("/healthz")
@open_because("tells only that the process answers")
def healthz() -> Response:
    """Alive: this process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
@open_because("tells only whether the service can work")
def readyz() -> tuple[Response, int]:
    """Ready: the database is reachable and migrated, a worker has swept and run a job lately; else 503 and why."""
    problems = readiness_problems(db.session(), now=datetime.now(UTC))
    if problems:
        return jsonify(status="not ready", reasons=problems), 503
    # A provider that is down is no reason to take this service out: what comes in must still be taken in.
    return jsonify(status="ready", degraded=broken_ways_in_words(db.session(), now=datetime.now(UTC))), 200


def broken_ways_in_words(session: Session, *, now: datetime) -> list[str]:
    """The ways out that do not work at present."""
    return [
        f"{way.provider} {way.channel.value}: shut for {int((now - way.opened_at).total_seconds())} s"
        f" ({way.last_error})"
        for way in broken_ways(session)
        if way.opened_at is not None
    ]


@blueprint.get("/metrics")
@open_because("figures without persons, for the network that may reach this port")
def metrics() -> Response:
    """Counters of this process, and gauges of the whole."""
    try:
        _read_gauges(db.session(), now=datetime.now(UTC))
    except (OperationalError, ProgrammingError):
        # Figures must come out while the database is gone: that is when they are looked at.
        db.session.rollback()
    _read_spool(current_app.extensions["spool"], now=datetime.now(UTC))
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _read_spool(spool: Spool, *, now: datetime) -> None:
    _SPOOL_WAITING.set(len(spool.waiting()))
    _SPOOL_DEAD.set(len(spool.dead()))
    oldest = spool.oldest()
    _SPOOL_AGE.set((now - oldest).total_seconds() if oldest else 0)


def readiness_problems(session: Session, *, now: datetime) -> list[str]:
    """What keeps the service from working, in words without secrets; empty when nothing does."""
    try:
        applied = session.scalar(text("SELECT version_num FROM alembic_version"))
        wanted = migration_head()
        if applied != wanted:
            return [f"database is at migration {applied}, not at {wanted}"]
        beat, ran = signs_of_life(session)
    except OperationalError:
        session.rollback()
        return ["database cannot be reached"]
    except ProgrammingError:
        session.rollback()
        return ["database has not been migrated"]
    if beat is None:
        return ["no worker has ever run"]
    problems = []
    if now - beat > HEARTBEAT_FRESH:
        problems.append(
            f"no worker has swept for {int((now - beat).total_seconds())} s: deadlines pass unseen"
        )
    if ran is None:
        problems.append("no worker has run a job yet: nothing is sent")
    elif now - ran > JOBS_FRESH:
        problems.append(f"no worker has run a job for {int((now - ran).total_seconds())} s: nothing is sent")
    return problems


def signs_of_life(session: Session) -> tuple[datetime | None, datetime | None]:
    """When a worker last finished a pass of the clocks, and when one last ran a job."""
    last = session.execute(select(func.max(Heartbeat.at), func.max(Heartbeat.ran_job_at))).one()
    return last[0], last[1]


def migration_head() -> str | None:
    """The newest migration that this code brings."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()


def _read_gauges(session: Session, *, now: datetime) -> None:
    overdue = select(func.count()).select_from(Clock).where(Clock.next_at < now - HEARTBEAT_FRESH)
    _OVERDUE.set(session.scalar(overdue) or 0)
    beat, ran = signs_of_life(session)
    _BEAT_AGE.set((now - beat).total_seconds() if beat else float("inf"))
    _JOB_AGE.set((now - ran).total_seconds() if ran else float("inf"))
    for way in session.scalars(select(Way)):
        _WAY.labels(way.provider, way.channel.value).set(0 if way.opened_at else 1)
    _OUTBOX.clear()
    for channel, count in waiting_to_go(session).items():
        _OUTBOX.labels(channel.value).set(count)
    _JOBS.set(session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")) or 0)
    for kind, count in count_letters(session, current_app.extensions["spool"]).items():
        _DEAD.labels(kind.value).set(count)
    _OPEN_DIFFERENCES.set(count_open_differences(session))
    last = last_reconciliation(session)
    _RECONCILED_AGE.set((now - last.ended_at).total_seconds() if last and last.ended_at else float("inf"))
