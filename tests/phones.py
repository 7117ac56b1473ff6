"""Phones in tests: `line(DANA).expects("LEWAT").replies(code)`. Behind them stand the real stand-in and the real
hotline, talking HTTP on loopback; nothing is patched but the time of day."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from cast import ACCOUNT_SID, AUTH_TOKEN, SMS_NUMBER
from conftest import make_settings
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.serving import make_server

from hotline.app import create_app
from hotline.channels.phones import PhonesSettings, build_server
from hotline.channels.phones.switchboard import Switchboard
from hotline.config import Settings
from hotline.extensions import db
from hotline.reference import forget_book
from hotline.worker.run import job_app, worker_name
from hotline.worker.ticks import Ticks

_PATIENCE_SECONDS = 10
_DUE = """
    SELECT count(*) FROM procrastinate_jobs
     WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
"""


@dataclass
class Exchange:
    """A hotline and its phones, with a worker that works when it is told to."""

    settings: Settings
    sessions: sessionmaker[Session]
    phones_url: str
    switchboard: Switchboard
    read: dict[str, int] = field(default_factory=dict)

    def line(self, number: str) -> Line:
        """The phone with this number."""
        return Line(self, number)

    def work(self) -> None:
        """One tick of the clocks, and every job that is due."""
        ticks = Ticks(self.sessions, name=worker_name())
        ticks.sweep()
        ticks.ask_for_beat()
        self.deliver()

    def deliver(self) -> None:
        """Run every job that is due, in a real worker of the queue.

        Told not to wait, a worker leaves while jobs for one recipient still wait for each other: it is asked
        again until none is left.
        """
        while True:
            self._work_once()
            with self.sessions() as session:
                if not session.scalar(text(_DUE)):
                    return

    def _work_once(self) -> None:

        async def run() -> None:
            app = job_app(self.settings, self.sessions)
            async with app.open_async():
                await app.run_worker_async(wait=False, concurrency=4, install_signal_handlers=False)

        # In a thread of its own: a browser's driver keeps an event loop in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, run()).result()

    @contextmanager
    def worker_at_work(self) -> Iterator[None]:
        """A worker that waits for jobs while the block lasts, as `hotline worker` does."""
        ended = threading.Event()

        async def run() -> None:
            app = job_app(self.settings, self.sessions)
            async with app.open_async():
                working = asyncio.create_task(
                    app.run_worker_async(concurrency=4, install_signal_handlers=False)
                )
                await asyncio.to_thread(ended.wait)
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

        # In a thread of its own: a browser's driver keeps an event loop in this one.
        with ThreadPoolExecutor(1) as thread:
            running = thread.submit(asyncio.run, run())
            try:
                yield
            finally:
                ended.set()
                running.result()

    def faults(self, **knobs: Any) -> None:
        """Make something go wrong between Twilio's place and ours."""
        answer = requests.post(f"{self.phones_url}/_control/faults", json=knobs, timeout=5)
        assert answer.ok, answer.text

    def ledger(self, kind: str) -> list[dict[str, Any]]:
        """What the phones saw."""
        answer = requests.get(f"{self.phones_url}/_control/ledger", params={"kind": kind}, timeout=5)
        return list(answer.json()["entries"])


@dataclass
class Line:
    """One phone."""

    exchange: Exchange
    number: str

    def writes(self, text: str, *, channel: str = "sms") -> Line:
        """Send a message to the hotline; it must be accepted."""
        self.sends(text=text, channel=channel)
        return self

    replies = writes

    def sends(self, **instruction: Any) -> dict[str, Any]:
        """Send anything `docs/phones.md` knows, such as `kind="photo"` or `specimen="wa_location"`; it must be
        accepted. Gives what became of it."""
        done = self._orders("inbound", instruction)
        assert done["status"] == 200, done
        return done

    def calls(self, **instruction: Any) -> dict[str, Any]:
        """Call the hotline: say nothing, or leave words with `recording={"seconds": 5}`."""
        return self._orders("call", instruction)

    def _orders(self, path: str, instruction: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.exchange.phones_url}/_control/{path}"
        answer = requests.post(url, json={"from": self.number, **instruction}, timeout=15)
        assert answer.ok, answer.text
        return dict(answer.json())

    def received(self) -> list[str]:
        """Every message this phone got, oldest first."""
        answer = requests.get(f"{self.exchange.phones_url}/_control/phones/{self.number}", timeout=5)
        return [line["text"] for line in answer.json()["lines"] if line["direction"] == "in"]

    def expects(self, words: str) -> str:
        """The next unread message, which must hold these words."""
        ends = time.monotonic() + _PATIENCE_SECONDS
        at = self.exchange.read.get(self.number, 0)
        while time.monotonic() < ends:
            got = self.received()
            if len(got) > at:
                assert words in got[at], got[at]
                self.exchange.read[self.number] = at + 1
                return got[at]
            time.sleep(0.02)
        raise AssertionError(f"the phone never got a message with {words!r}")

    def hears(self, words: str) -> str:
        """The first message of all that holds these words, read or not; waits for it."""
        ends = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < ends:
            for message in self.received():
                if words in message:
                    return message
            time.sleep(0.02)
        raise AssertionError(f"the phone never got a message with {words!r}")

    def expects_nothing_more(self) -> None:
        """No unread message."""
        assert self.received()[self.exchange.read.get(self.number, 0) :] == []


def code_in(message: str) -> str:
    """The code of a page."""
    found = re.search(r"\b(\d{6})\b", message)
    assert found, message
    return found.group(1)


def link_in(message: str) -> str:
    """The link of a message."""
    found = re.search(r"https?://\S+", message)
    assert found, message
    return found.group(0)


@contextmanager
def exchange(database_url: str, *, csrf: bool = False, **changes: str) -> Iterator[Exchange]:
    """Start a hotline and its phones on free ports of loopback; both end with the block. `changes`: settings."""
    phones_settings = PhonesSettings(
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        public_url="http://127.0.0.1:1",
        sms_number=SMS_NUMBER,
        whatsapp_number=SMS_NUMBER,
        delivery_delay=0.0,
    )
    placeholder = make_settings(database_url)
    app = create_app(placeholder)
    web = make_server("127.0.0.1", 0, app, threaded=True)
    public_url = f"http://127.0.0.1:{web.server_port}"
    phones = build_server(
        PhonesSettings(**{**_fields(phones_settings), "public_url": public_url}), host="127.0.0.1", port=0
    )
    settings = make_settings(
        database_url,
        **{
            "PUBLIC_URL": public_url,
            "TWILIO_API_URL": phones.url,
            "MEDIA_CDN_URL": phones.cdn_url,
            **changes,
        },
    )
    app = create_app(settings)
    app.config.update(WTF_CSRF_ENABLED=csrf)
    web.app = app
    forget_book()
    phones.start()
    serving = threading.Thread(target=web.serve_forever, daemon=True)
    serving.start()
    engine = create_engine(settings.sqlalchemy_url)
    try:
        yield Exchange(settings, sessionmaker(engine, expire_on_commit=False), phones.url, phones.board)
    finally:
        phones.stop()
        web.shutdown()
        serving.join(5)
        engine.dispose()
        with app.app_context():
            db.engine.dispose()
        forget_book()


def _fields(settings: PhonesSettings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__}
