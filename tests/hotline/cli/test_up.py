"""`hotline up`: one command starts everything, and ends everything it started."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from cast import AMINA, BERTA, LOCKED_IN

from hotline import postgres

_PATIENCE_SECONDS = 240


def free_ports(count: int = 1) -> int:
    """A port that is free, and so many with it. Below those the system gives to clients: one that is free now must
    not be some other test's connection a moment later."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for number in range(port, port + count):
                held.enter_context(socket.socket()).bind(("127.0.0.1", number))
            return port


class Up:
    """A running `hotline up` on a data directory of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port, self.phones_port = free_ports(), free_ports(2)
        self.log = data.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.log.unlink(missing_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "hotline.cli", "up", "--data", str(self.data)),
                    *("--port", str(self.port), "--phones-port", str(self.phones_port)),
                ],
                env=environment,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).parents[3],
            )
        return self.process

    def wait_until_ready(self) -> str:
        ends = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < ends:
            told = self.log.read_text(errors="replace")
            if "ready after" in told:
                return told
            time.sleep(0.2)
        raise AssertionError(self.log.read_text(errors="replace"))

    def family(self) -> list[psutil.Process]:
        assert self.process is not None
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]


def heard(phones: str, number: str) -> bool:
    """True once a message to this number has been handed to the phones; False when none was for a minute."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        entries = requests.get(f"{phones}/ledger?kind=rest", timeout=5).json()["entries"]
        if any(entry["method"] == "POST" and entry["to"] == number for entry in entries):
            return True
        time.sleep(0.2)
    return False


@pytest.fixture
def up() -> Iterator[Up]:
    folder = Path(tempfile.mkdtemp(prefix="hotline-up-"))
    folder.chmod(0o711)
    running = Up(folder / "instance")
    yield running
    if running.process is not None and running.process.poll() is None:
        running.process.terminate()
        running.process.wait(60)
    postgres.start(running.data / "postgres").discard()


def test_it_starts_answers_and_ends_everything(up: Up) -> None:
    up.start()
    told = up.wait_until_ready()

    assert re.search(r"supervisor@example.org\s+\S{12,}", told)
    assert requests.get(f"http://127.0.0.1:{up.port}/readyz", timeout=5).json()["status"] == "ready"
    assert requests.get(f"http://127.0.0.1:{up.phones_port}/", timeout=5).ok

    # Web, worker, queue and phones together: her words ring the officer on duty.
    cry = {"from": AMINA, "text": LOCKED_IN}
    phones = f"http://127.0.0.1:{up.phones_port}/_control"
    assert requests.post(f"{phones}/inbound", json=cry, timeout=30).ok
    assert heard(phones, BERTA), up.log.read_text(errors="replace")[-5000:]

    second = subprocess.run(
        [sys.executable, "-m", "hotline.cli", "up", "--data", str(up.data)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode != 0
    assert "already running on this data directory" in second.stderr

    family = up.family()
    assert up.process is not None
    up.process.send_signal(signal.SIGTERM)
    up.process.wait(60)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []


def test_a_killed_one_restarts_cleanly(up: Up) -> None:
    first = up.start()
    up.wait_until_ready()
    left_over = up.family()[1:]

    first.kill()
    first.wait()
    up.start()
    up.wait_until_ready()

    assert requests.get(f"http://127.0.0.1:{up.port}/readyz", timeout=5).ok
    _, alive = psutil.wait_procs(left_over, timeout=10)
    assert alive == []
