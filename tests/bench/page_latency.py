"""How soon a U1 page is with the provider while messages pour in, and how many jobs a second the way out does.

    python tests/bench/page_latency.py [--seconds 60] [--rate 100] [--jobs 2000] [--json FILE]

1. `--rate` signed webhooks a second (each hundredth a person locked in, the others routine) on an open loop, with five
   routine notices a second going out beside them. Measured: from the moment a U1 webhook is posted to the moment the
   phones take its first page, and from the writing of a notice to its being taken.
2. `--jobs` replies wait while the worker is down; it is started and has all of them to send. Beside it, in the same
   run and on the same database, Procrastinate alone with a task that does nothing, as many at once and with locks.

Real processes, real HTTP. Exit status 1 when a page took longer than two seconds or a notice longer than thirty.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import sys
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

from procrastinate import App, PsycopgConnector
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import sessionmaker

import escalation.models  # noqa: F401 - registers the tables
from cases.database import keyring
from cases.models import Case, User
from cases.queries.find_case import locked_case
from cases.services.contact import set_contact_plan
from cases.services.send_to_person import send_to_person
from cases.vocabulary import (
    MACHINE,
    Actor,
    ActorKind,
    ContactPermission,
    MessageKind,
    Purpose,
    Role,
)
from escalation.services import work_case
from hotline.channels.twilio.signing import signature_for
from hotline.config import read_settings
from hotline.unit_of_work import transaction

sys.path.insert(0, str(Path(__file__).parent))
from stage import ACCOUNT_SID, SMS_NUMBER, TOKEN, Stage, stage

LOCKED_IN = "tolong saya disekap majikan, tidak dikasih makan"
ROUTINE = ("mau tanya syarat perpanjang paspor", "kapan kantor buka hari sabtu", "terima kasih infonya")
URGENT_EVERY, NOTICES_A_SECOND, KNOWN = 100, 5, 40
SENDERS = 32
PAGE_WITHIN, NOTICE_WITHIN = 2.0, 30.0


class Load:
    """Posts webhooks at their time, however long the answers take."""

    def __init__(self, on: Stage) -> None:
        self.stage = on
        self.run = uuid.uuid4().hex[:6]
        self.posted: dict[str, float] = {}
        self.answered: list[float] = []
        self.bad = 0
        self._local = threading.local()

    def pour(self, *, rate: int, seconds: float) -> None:
        began = time.time() + 0.5
        count = int(rate * seconds)

        def one(number: int) -> None:
            at = began + number / rate
            if (pause := at - time.time()) > 0:
                time.sleep(pause)
            urgent = number % URGENT_EVERY == URGENT_EVERY // 2
            words = LOCKED_IN if urgent else ROUTINE[number % len(ROUTINE)]
            body = f"{words} ({self.run} {number})"
            if urgent:
                self.posted[body] = time.time()
            self._post(f"+9660{number:08d}", body)
            self.answered.append(time.time() - at)

        with ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(one, range(count)))

    def _post(self, sender: str, body: str) -> None:
        sid = "SM" + uuid.uuid4().hex
        form = {
            "MessageSid": sid, "SmsSid": sid, "AccountSid": ACCOUNT_SID, "From": sender, "To": SMS_NUMBER,
            "Body": body, "NumMedia": "0",
        }  # fmt: skip
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature_for(TOKEN, f"{self.stage.web_url}/twilio/messages", form),
        }
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = http.client.HTTPConnection(
                "127.0.0.1", self.stage.web_port, timeout=30
            )
        try:
            connection.request("POST", "/twilio/messages", urlencode(form), headers)
            answer = connection.getresponse()
            answer.read()
            self.bad += answer.status != 200
        except (OSError, http.client.HTTPException):
            self.bad += 1
            connection.close()
            self._local.connection = None


class Bench:
    """Both parts on one stage."""

    def __init__(self, on: Stage) -> None:
        self.stage = on
        settings = read_settings(on.environment)
        keyring.load(settings.encryption_keys)
        self.settings = settings
        self.engine = create_engine(settings.sqlalchemy_url)
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)
        with self.sessions() as session:
            user = session.scalars(select(User).where(User.role == Role.OFFICER).limit(1)).one()
            self.officer = Actor(ActorKind.USER, user_id=user.id, role=user.role)
        first = Load(on)
        for number in range(KNOWN):
            first._post(f"+9661{number:08d}", ROUTINE[0])
        with self.sessions() as session:
            self.known = list(session.scalars(select(Case.id)))
        for case_id in self.known:
            with transaction(self.sessions) as session:
                allowed = {"reply": ContactPermission.ALLOWED}
                case = locked_case(session, case_id)
                set_contact_plan(session, case, allowed, version=0, by=self.officer, now=datetime.now(UTC))

    def under_load(self, *, rate: int, seconds: float) -> dict[str, Any]:
        load = Load(self.stage)
        ended = threading.Event()
        noticing = threading.Thread(target=self._notice, args=(ended,))
        noticing.start()
        load.pour(rate=rate, seconds=seconds)
        ended.set()
        noticing.join()
        self._wait_until_all_is_sent(120)
        taken = self._taken()
        with self.engine.connect() as connection:
            pages = connection.execute(
                text(
                    "SELECT said.body, array_agg(page.provider_sid) FROM message AS said"
                    "  JOIN message AS page ON page.case_id = said.case_id AND page.kind = 'page'"
                    " WHERE said.direction = 'in' AND said.body = ANY(:bodies) GROUP BY said.body"
                ),
                {"bodies": list(load.posted)},
            ).all()
            notices = connection.execute(
                text("SELECT provider_sid, created_at FROM message WHERE purpose = 'notice'")
            ).all()
        page_seconds = [
            min(taken[sid] for sid in sids if sid in taken) - load.posted[body]
            for body, sids in pages
            if any(sid in taken for sid in sids)
        ]
        notice_seconds = [taken[sid] - at.timestamp() for sid, at in notices if sid in taken]
        return {
            "webhooks": len(load.answered),
            "webhooks not answered 200": load.bad,
            "webhook": _spread(load.answered),
            "U1 messages": len(load.posted),
            "U1 never paged": len(load.posted) - len(page_seconds),
            "page handed over after": _spread(page_seconds),
            "pages later than 2 s": sum(seconds > PAGE_WITHIN for seconds in page_seconds),
            "routine notices": len(notices),
            "notices never sent": len(notices) - len(notice_seconds),
            "notice handed over after": _spread(notice_seconds),
            "good": len(page_seconds) == len(load.posted)
            and max(page_seconds) <= PAGE_WITHIN
            and len(notice_seconds) == len(notices)
            and max(notice_seconds) <= NOTICE_WITHIN,
        }

    def jobs_a_second(self, count: int) -> dict[str, Any]:
        self.stage.stop("worker")
        before = {one.sid for one in self.stage.phones.board.shelf.newest_first()}
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._reply, range(count)))
        self.stage.start("worker")
        self._wait_until_all_is_sent(300)
        times = sorted(
            one.created.timestamp()
            for one in self.stage.phones.board.shelf.newest_first()
            if one.sid not in before and one.direction != "inbound"
        )
        ours = len(times) / (times[-1] - times[0])
        self.stage.stop("worker")
        bare = asyncio.run(self._bare(count))
        self.stage.start("worker")
        return {
            "jobs": len(times),
            "ours a second": round(ours),
            "Procrastinate alone a second": round(bare),
            "ratio": round(ours / bare, 2),
        }

    async def _bare(self, count: int) -> float:
        app = App(connector=PsycopgConnector(conninfo=self.settings.libpq_url, min_size=1, max_size=8))
        stamps: list[float] = []

        @app.task(name="bare", queue="bare")
        async def bare(number: int) -> None:
            stamps.append(time.monotonic())

        async with app.open_async():
            for start in range(0, count, 500):
                kwargs = [{"number": number} for number in range(start, min(start + 500, count))]
                for one in kwargs:
                    await bare.configure(lock=f"bare:{one['number'] % KNOWN}").defer_async(**one)
            await app.run_worker_async(
                queues=["bare"],
                wait=False,
                concurrency=8,
                install_signal_handlers=False,
                delete_jobs="successful",
            )
            while len(stamps) < count:
                await app.run_worker_async(
                    queues=["bare"], wait=False, concurrency=8, install_signal_handlers=False,
                    delete_jobs="successful",
                )  # fmt: skip
        return len(stamps) / (stamps[-1] - stamps[0])

    def _notice(self, ended: threading.Event) -> None:
        number = 0
        while not ended.wait(1 / NOTICES_A_SECOND):
            with transaction(self.sessions) as session:
                case = locked_case(session, self.known[number % KNOWN])
                send_to_person(
                    session,
                    case,
                    kind=MessageKind.ANSWER,
                    purpose=Purpose.NOTICE,
                    wording="status_working",
                    by=MACHINE,
                    now=datetime.now(UTC),
                )
            number += 1

    def _reply(self, number: int) -> None:
        with transaction(self.sessions) as session:
            case = locked_case(session, self.known[number % KNOWN])
            work_case.reply(session, case, f"halo kak {number}", by=self.officer, now=datetime.now(UTC))

    def _taken(self) -> dict[str, float]:
        return {one.sid: one.created.timestamp() for one in self.stage.phones.board.shelf.newest_first()}

    def _wait_until_all_is_sent(self, at_most: float) -> None:
        ends = time.monotonic() + at_most
        query = text("SELECT count(*) FROM message WHERE delivery IN ('waiting', 'sending')")
        while time.monotonic() < ends:
            with self.engine.connect() as connection:
                if not connection.scalar(query):
                    return
            time.sleep(0.2)


def _spread(seconds: list[float]) -> str:
    cuts = quantiles(seconds, n=100) if len(seconds) > 1 else [seconds[0]] * 99 if seconds else [0.0] * 99
    return f"p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, p99 {cuts[98]:.2f} s, max {max(seconds, default=0):.2f} s"


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--rate", type=int, default=100)
    options.add_argument("--jobs", type=int, default=2000)
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    with stage(GAP_FILL_EVERY="3600") as on:
        bench = Bench(on)
        told = bench.under_load(rate=chosen.rate, seconds=chosen.seconds)
        _show(told)
        if chosen.jobs:
            told |= (rates := bench.jobs_a_second(chosen.jobs))
            _show(rates)
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1))
    sys.exit(0 if told["good"] else 1)


def _show(told: dict[str, Any]) -> None:
    for name, value in told.items():
        print(f"{name:<30} {value}", flush=True)


if __name__ == "__main__":
    main()
