"""A whole hotline of real processes for benches: PostgreSQL, web, worker; the phones in this process, over HTTP."""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import requests

from hotline import postgres
from hotline.channels.phones import PhonesServer, PhonesSettings, build_server

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
TOKEN, NEXT_TOKEN = "a-token-for-measuring", "the-token-to-come"
SMS_NUMBER = "+12025550143"
READY_SECONDS = 90
WEBHOOK = "/twilio/messages#rc=3&rp=all&rt=5000&ct=2000"
FALLBACK = "/twilio/messages/fallback#rc=2&rp=all&rt=5000&ct=2000"


@dataclass
class Stage:
    """What runs, and how to break it."""

    folder: Path
    server: postgres.RunningPostgres
    database_url: str
    environment: dict[str, str]
    web_port: int
    web_workers: int
    phones: PhonesServer
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    small_files: bool = False
    ending: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def start(self, *names: str) -> None:
        with self.lock:
            for name in names:
                self.wanted.add(name)
                self._launch(name)

    def stop(self, *names: str, number: int = signal.SIGTERM) -> None:
        """End processes of ours, whole groups; they stay down until `start`."""
        with self.lock:
            for name in names:
                self.wanted.discard(name)
                process = self.running.pop(name, None)
                if process is not None and process.poll() is None:
                    os.killpg(process.pid, number)
                    try:
                        process.wait(30)
                    except subprocess.TimeoutExpired:
                        os.killpg(process.pid, signal.SIGKILL)
                        process.wait()

    def kill(self, name: str) -> None:
        """kill -9, as the kernel does when memory runs out; the supervisor starts it again."""
        with self.lock:
            process = self.running.get(name)
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def wait_until_ready(self) -> None:
        ends = time.monotonic() + READY_SECONDS
        while time.monotonic() < ends:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.web_url}/readyz", timeout=2).ok:
                    return
            time.sleep(0.1)
        raise SystemExit(f"not ready after {READY_SECONDS} s: see {self.folder}/log")

    def stop_database(self) -> None:
        self.server.stop()

    def start_database(self) -> None:
        self.server = postgres.start(self.server.asked_dir)

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.database_url, autocommit=True)

    def supervise(self) -> None:
        """What `hotline up` does: a process that ended is started again, once a second."""
        while not self.ending:
            with self.lock:
                for name in self.wanted:
                    if self.running[name].poll() is not None:
                        self._launch(name)
            time.sleep(1.0)

    def _launch(self, name: str) -> None:
        arguments = {
            "web": ["web", "--port", str(self.web_port), "--workers", str(self.web_workers)],
            "worker": ["worker"],
            "worker 2": ["worker"],
        }[name]
        with (self.folder / "log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "hotline.cli", *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if self.small_files else log,
                stderr=subprocess.DEVNULL if self.small_files else log,
                start_new_session=True,
                preexec_fn=_allow_small_files_only if self.small_files else None,  # noqa: PLW1509 - it sets one limit
            )


@contextlib.contextmanager
def stage(
    *, web_workers: int = 2, on_phones: Callable[[PhonesServer], None] = lambda _: None, **settings: str
) -> Iterator[Stage]:
    """Start everything on free ports and a database of its own; end and delete it all afterwards. `on_phones` is told
    of the phones before anything speaks to them."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-bench-"))
    folder.chmod(0o711)
    web_port = free_port()
    phones = build_server(
        PhonesSettings(
            account_sid=ACCOUNT_SID,
            auth_token=TOKEN,
            auth_token_next=NEXT_TOKEN,
            public_url=f"http://127.0.0.1:{web_port}",
            sms_number=SMS_NUMBER,
            whatsapp_number=SMS_NUMBER,
            webhook_path=WEBHOOK,
            fallback_path=FALLBACK,
            seed=secrets.randbelow(2**31),
        )
    )
    on_phones(phones)
    server = postgres.start(folder / "postgres")
    url = postgres.create_database(server.url, "hotline")
    environment = os.environ | {
        "DATABASE_URL": url,
        "SECRET_KEY": "a-secret-for-measuring-only",
        "ENCRYPTION_KEYS": "an-encryption-key-for-measuring-only",
        "PUBLIC_URL": f"http://127.0.0.1:{web_port}",
        "TWILIO_API_URL": phones.url,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_AUTH_TOKEN_NEXT": NEXT_TOKEN,
        "TWILIO_SMS_FROM": SMS_NUMBER,
        "TWILIO_WHATSAPP_FROM": SMS_NUMBER,
        "SPOOL_DIR": str(folder / "spool"),
        **settings,
    }
    made = Stage(folder, server, url, environment, web_port, web_workers, phones)
    try:
        for arguments in (["db", "upgrade"], ["seed", "--demo"]):
            subprocess.run(
                [sys.executable, "-m", "hotline.cli", *arguments],
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        phones.start()
        made.start("web", "worker")
        watching = threading.Thread(target=made.supervise, daemon=True)
        watching.start()
        made.wait_until_ready()
        yield made
    finally:
        made.ending = True
        made.stop(*list(made.running))
        phones.stop()
        made.server.discard()
        # The log stays where something went wrong on the way here.
        if sys.exception() is None:
            shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _allow_small_files_only() -> None:
    """A disk on which no spooled webhook fits: writing one fails part of the way, as on a full one."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, resource.RLIM_INFINITY))
