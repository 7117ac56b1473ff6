"""10,000 clocks due at one instant, two pages each: how fast, how late, none lost, none twice.

    python tests/bench/clocks.py --database postgresql://…/an_empty_database [--due 10000] [--workers 1,2,4] [--kill]

Prints, for each number of workers: clocks fired a second, lateness of the commit (p50, p99), and the counts that
must hold. `--kill` ends one worker with kill -9 in the middle. Run by hand, next to a bare claim-and-write loop on
the same machine; the ratio is what carries over.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import secrets
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

from cases.database import insert_together, keyring, new_id
from cases.models import Case, Person
from escalation.models import Clock
from escalation.services.load_policy import load_policy
from hotline.app import create_app
from hotline.config import Settings, read_settings
from hotline.migrations import upgrade
from hotline.seeding import seed_demo, seed_reference
from hotline.unit_of_work import unit_of_work
from hotline.worker.ticks import Ticks


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--database", required=True)
    options.add_argument("--due", type=int, default=10_000)
    options.add_argument("--workers", default="1,2,4")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--kill", action="store_true")
    chosen = options.parse_args()
    settings = settings_for(chosen.database)
    app = create_app(settings)
    upgrade(app)
    with app.app_context(), unit_of_work() as session:
        seed_reference(session)
        seed_demo(session)
    engine = create_engine(settings.sqlalchemy_url)
    for workers in (int(number) for number in chosen.workers.split(",")):
        for run in range(chosen.runs):
            fill(engine, chosen.due)
            print(json.dumps(measure(engine, settings, chosen, workers, run)), flush=True)


def settings_for(database: str) -> Settings:
    return read_settings(
        {
            "DATABASE_URL": database,
            "SECRET_KEY": "a-secret-for-measuring-only",
            "PUBLIC_URL": "http://127.0.0.1:1",
            "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
            "TWILIO_AUTH_TOKEN": "a-token-for-measuring",
            "TWILIO_SMS_FROM": "+12025550143",
        }
    )


def fill(engine: Any, due: int) -> None:
    """Open cases whose `read` clock has been warned and falls due one second from now."""
    now = datetime.now(UTC)
    at = now + timedelta(seconds=4)
    with Session(engine) as session:
        session.execute(text("TRUNCATE page, clock, referral, message, event, cases, person CASCADE"))
        session.execute(text("TRUNCATE procrastinate_jobs CASCADE"))
        for start in range(0, due, 1000):
            rows: dict[Any, list[dict[str, Any]]] = {Person: [], Case: [], Clock: []}
            for number in range(start, min(start + 1000, due)):
                person, case = new_id(), new_id()
                rows[Person].append({"id": person, "created_at": now})
                rows[Case].append(case_row(case, person, number, now))
                rows[Clock].append(clock_row(case, at))
            insert_together(session, rows)
        session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def case_row(case: Any, person: Any, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": case, "reference": f"BENCH-{secrets.token_hex(6)}", "reporter_id": person, "status": "new",
        "urgency": "U1", "categories": ["SEKAP"], "leading_category": "SEKAP", "side": "abroad", "language": "id",
        "reporter_role": "self", "contact_signs": [], "opened_at": now, "updated_at": now, "last_message_at": now,
        "last_words": f"bench {number}", "triage": {}, "version": 1, "event_count": 0, "last_event_hash": b"",
    }  # fmt: skip


def clock_row(case: Any, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id(), "case_id": case, "step": "read", "urgency": "U1", "policy_version": load_policy().version,
        "promise": {"limit_seconds": 300, "calendar": "always", "basis": "default", "source": "bench"},
        "state": "running", "started_at": at - timedelta(minutes=5), "due_at": at, "next_at": at, "rung": 1,
        "repeats": 0, "generation": 0,
    }  # fmt: skip


def measure(engine: Any, settings: Any, chosen: argparse.Namespace, workers: int, run: int) -> dict[str, Any]:
    results: Any = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=work, args=(settings, results, chosen.due)) for _ in range(workers)
    ]
    for process in processes:
        process.start()
    if chosen.kill and workers > 1:
        while count(engine, "SELECT count(*) FROM page") < chosen.due // 2:
            time.sleep(0.01)
        os.kill(processes[0].pid or 0, signal.SIGKILL)
    fired: list[tuple[float, int]] = []
    ends = time.monotonic() + 60
    while count(engine, "SELECT count(*) FROM clock WHERE state = 'running'") and time.monotonic() < ends:
        time.sleep(0.1)
    time.sleep(0.5)
    while not results.empty():
        fired.append(results.get())
    for process in processes:
        process.kill()
        process.join()
    with engine.connect() as connection:
        due = connection.scalar(text("SELECT min(due_at) FROM clock")).timestamp()
    lateness = sorted(moment - due for moment, number in fired for _ in range(number))
    last = max(moment for moment, _ in fired)
    pages = count(engine, "SELECT count(*) FROM page")
    return {
        "workers": workers,
        "run": run,
        "fired_per_second": round(len(lateness) / (last - due)),
        "late_p50_s": round(lateness[len(lateness) // 2], 2),
        "late_p99_s": round(lateness[int(len(lateness) * 0.99)], 2),
        "breached": count(engine, "SELECT count(*) FROM clock WHERE state = 'breached'"),
        "pages": pages,
        "messages": count(engine, "SELECT count(*) FROM message"),
        "lost": 2 * chosen.due - pages,
        "twice": pages
        - count(engine, "SELECT count(*) FROM (SELECT DISTINCT clock_id, contact_id FROM page) AS once"),
    }


class TimedTicks(Ticks):
    """Tells when each batch was committed, and how many clocks it held."""

    results: Any = None

    def _sweep_batch(self) -> int:
        done = super()._sweep_batch()
        if done:
            self.results.put((time.time(), done))
        return done


def work(settings: Settings, results: Any, due: int) -> None:
    """What a worker's tick does, twenty times a second so that the tick is not what is measured."""
    keyring.load(settings.encryption_keys)
    ticks = TimedTicks(sessionmaker(create_engine(settings.sqlalchemy_url)), name=f"bench:{os.getpid()}")
    ticks.results = results
    while True:
        ticks.sweep()
        time.sleep(0.05)


def count(engine: Any, query: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text(query)) or 0)


if __name__ == "__main__":
    main()
