"""A worker is two: the clocks and the jobs. Whichever dies is named."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import requests
from flask import render_template
from phones import Exchange, exchange
from sqlalchemy import select, text, update

from cases.jobs import defer_beat
from escalation.models import Heartbeat
from escalation.queries.board import board
from hotline import health
from hotline.app import create_app
from hotline.console.board import Ledger
from hotline.unit_of_work import transaction
from hotline.worker.run import _scheduler, worker_name
from hotline.worker.ticks import Ticks


@contextmanager
def clocks_at_work(line_up: Exchange) -> Iterator[None]:
    """The half of a real worker that drives the clocks."""
    scheduler = _scheduler(line_up.settings, line_up.sessions)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=True)


def reasons(line_up: Exchange) -> list[str]:
    answer = requests.get(f"{line_up.settings.public_url}/readyz", timeout=5).json()
    return list(answer.get("reasons", []))


def soon(line_up: Exchange, wanted: Callable[[list[str]], bool]) -> list[str]:
    ends = time.monotonic() + 20
    while not wanted(told := reasons(line_up)) and time.monotonic() < ends:
        time.sleep(0.2)
    return told


def test_a_job_runner_that_stopped_is_named_while_the_clocks_go_on(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "JOBS_FRESH", timedelta(seconds=7))
    with exchange(fresh_database) as line_up, clocks_at_work(line_up):
        told = soon(line_up, lambda told: any("has run a job yet" in one for one in told))
        assert told == ["no worker has run a job yet: nothing is sent"]

        with line_up.worker_at_work():
            assert soon(line_up, lambda told: not told) == []

        told = soon(line_up, bool)
        assert len(told) == 1
        assert told[0].startswith("no worker has run a job for") and told[0].endswith("nothing is sent")
        with line_up.sessions() as session:
            waiting = text(
                "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'beat' AND status = 'todo'"
            )
            assert session.scalar(waiting) == 1, "a dead runner is not buried in jobs"


def test_clocks_that_stopped_are_named_while_jobs_go_on(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with exchange(fresh_database) as line_up:
        Ticks(line_up.sessions, name=worker_name()).sweep()
        with line_up.sessions() as session:
            now = datetime.now(UTC)
            session.execute(update(Heartbeat).values(at=now - timedelta(minutes=1), ran_job_at=now))
            session.commit()

        (told,) = reasons(line_up)

        assert told.startswith("no worker has swept for 6")


def test_one_beat_waits_at_a_time_and_is_run_before_all_else(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        asked = []
        for _ in range(3):
            with transaction(line_up.sessions) as session:
                asked.append(defer_beat(session))
        Ticks(line_up.sessions, name=worker_name()).beat()
        line_up.deliver()

        assert asked == [True, False, False]
        with line_up.sessions() as session:
            assert session.scalars(select(Heartbeat.ran_job_at)).one() is not None
            assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")) == 0


def test_the_board_shows_both(fresh_database: str) -> None:
    with exchange(fresh_database) as line_up:
        ticks = Ticks(line_up.sessions, name=worker_name())
        ticks.beat()
        app, now = create_app(line_up.settings), datetime.now(UTC)

        def shown() -> str:
            with line_up.sessions() as session, app.test_request_context():
                seen, ledger = board(session, now=now), Ledger(0, 0, None)
                return render_template("console/_board.html", board=seen, now=now, ledger=ledger)

        assert "Mesin pengirim terakhir bekerja: <strong" in shown()
        ticks.ran_a_job()
        assert "Mesin pengirim terakhir bekerja: <time" in shown()
