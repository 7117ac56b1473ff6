"""What is lost and what is doubled when things break on the way in: one line a fault, real processes, real outages.

    python tests/bench/fault_table.py [--messages 1000] [--scale 1.0] [--only "database down"] [--json FILE]

The phones send as Twilio does (three repeats on any failure, then the fallback address), 40 senders at once; web and
worker are started again when they die, as `hotline up` does. `--scale 0.1` makes the outages ten times shorter. Exit
status 1 when anything is lost, doubled or split (two cases for one sender).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, stage

DATABASE_DOWN, WEBHOOK_DOWN = 120.0, 300.0
SENDERS, AT_ONCE = 40, 8
TEXTS = (
    "gaji saya belum dibayar 3 bulan",
    "selamat pagi, mau tanya syarat perpanjang paspor",
    "paspor saya ditahan agen",
    "kontrak saya tidak sesuai",
    "tolong saya disekap majikan, tidak dikasih makan",
)
_TINY_DISK = "64k"


@dataclass(frozen=True)
class Sending:
    """One message: an id of its own, and words that are in no other message."""

    sid: str
    sender: str
    text: str


@dataclass
class Line:
    """One line of the table."""

    fault: str
    sent: int
    lost: int = 0
    doubled: int = 0
    split: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    ways: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.split)


class Table:
    """Runs lines on one stage."""

    def __init__(self, on: Stage, *, messages: int, scale: float, patience: float) -> None:
        self.stage = on
        self.messages = messages
        self.scale = scale
        self.patience = patience
        self.answers: dict[str, int] = {}
        self._lock = threading.Lock()
        self.lines: dict[str, Callable[[list[Sending]], None]] = {
            "repeated": self._repeated,
            "reordered": self._reordered,
            "wrong signature, then right": self._wrong_then_right,
            "old token": lambda sendings: self._signed(sendings, signing_token="current"),
            "next token": lambda sendings: self._signed(sendings, signing_token="next"),
            "HMAC_SHA256": lambda sendings: self._signed(sendings, signing_algorithm="HMAC_SHA256"),
            "database down 2 minutes": self._database_down,
            "our webhook down 5 minutes": self._webhook_down,
            "kill -9 of web in the act": self._kill,
            "disk full for the spool": self._disk_full,
        }

    def run(self, fault: str) -> Line:
        """One line, from a clean list at the provider to the count in the database."""
        requests.post(f"{self.stage.phones.url}/_control/reset", timeout=10)
        self.stage.wait_until_ready()
        self.answers = {}
        sendings = make_sendings(self.messages, uuid.uuid4().hex[:8])
        line = Line(fault, len(sendings))
        began = time.monotonic()
        self.lines[fault](sendings)
        self._wait_for(sendings)
        line.seconds = round(time.monotonic() - began, 1)
        line.answers = dict(sorted(self.answers.items()))
        self._count(line, sendings)
        return line

    def _repeated(self, sendings: list[Sending]) -> None:
        self._send([sending for sending in sendings for _ in range(3)])

    def _reordered(self, sendings: list[Sending]) -> None:
        shuffled = list(sendings)
        random.Random(1).shuffle(shuffled)
        self._send(shuffled)

    def _wrong_then_right(self, sendings: list[Sending]) -> None:
        self._send(sendings, signature="wrong")
        self._send(sendings)

    def _signed(self, sendings: list[Sending], **faults: str) -> None:
        self._faults(**faults)
        try:
            self._send(sendings)
        finally:
            requests.delete(f"{self.stage.phones.url}/_control/faults", timeout=10)

    def _database_down(self, sendings: list[Sending]) -> None:
        with self._meanwhile(sendings, DATABASE_DOWN):
            self.stage.stop_database()
            time.sleep(DATABASE_DOWN * self.scale)
            self.stage.start_database()
        self.stage.wait_until_ready()

    def _webhook_down(self, sendings: list[Sending]) -> None:
        with self._meanwhile(sendings, WEBHOOK_DOWN):
            self.stage.stop("web")
            time.sleep(WEBHOOK_DOWN * self.scale)
            self.stage.start("web")
        self.stage.wait_until_ready()

    def _kill(self, sendings: list[Sending]) -> None:
        chance = random.Random(2)
        with self._meanwhile(sendings, max(20.0, 60 * self.scale) / self.scale):
            for _ in range(max(4, round(12 * self.scale))):
                time.sleep(chance.uniform(0.5, 3.0))
                self.stage.kill("web")
        self.stage.wait_until_ready()

    def _disk_full(self, sendings: list[Sending]) -> None:
        """The database is away and the disk takes nothing: all that is left is Twilio's own list."""
        with full_disk(self.stage):
            with self._meanwhile(sendings, DATABASE_DOWN):
                self.stage.stop_database()
                time.sleep(DATABASE_DOWN * self.scale)
                self.stage.start_database()
            self.stage.wait_until_ready()
            self._wait_for(sendings)

    @contextlib.contextmanager
    def _meanwhile(self, sendings: list[Sending], seconds: float) -> Iterator[None]:
        """Send from before the fault until after it, evenly."""
        lasting = seconds * self.scale + 4
        thread = threading.Thread(target=self._send, args=(sendings,), kwargs={"over": lasting})
        thread.start()
        time.sleep(2)
        yield
        thread.join()

    def _send(self, sendings: Sequence[Sending], *, signature: str = "right", over: float = 0.0) -> None:
        began = time.monotonic()

        def one(numbered: tuple[int, Sending]) -> None:
            number, sending = numbered
            pause = began + over * number / max(1, len(sendings)) - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            body = {
                "from": sending.sender,
                "text": sending.text,
                "message_sid": sending.sid,
                "signature": signature,
            }
            answer = requests.post(f"{self.stage.phones.url}/_control/inbound", json=body, timeout=120).json()
            status = answer["status"] or answer["failure"]
            if answer["fallback_status"] is not None:
                status = f"{status}, fallback {answer['fallback_status']}"
            with self._lock:
                self.answers[str(status)] = self.answers.get(str(status), 0) + 1

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(one, enumerate(sendings)))

    def _faults(self, **faults: Any) -> None:
        answer = requests.post(f"{self.stage.phones.url}/_control/faults", json=faults, timeout=10)
        answer.raise_for_status()

    def _wait_for(self, sendings: Sequence[Sending]) -> None:
        """Until everything is in, or until every way in has had its time."""
        ends = time.monotonic() + self.patience
        sids = [sending.sid for sending in sendings]
        while time.monotonic() < ends:
            with contextlib.suppress(psycopg.OperationalError), self.stage.connect() as connection:
                query = "SELECT count(DISTINCT provider_sid) FROM message WHERE provider_sid = ANY(%s)"
                found = connection.execute(query, (sids,)).fetchone()
                if found == (len(set(sids)),):
                    return
            time.sleep(0.5)

    def _count(self, line: Line, sendings: Sequence[Sending]) -> None:
        """By the words, not by the ids: those are unique in the database whatever we do."""
        with self.stage.connect() as connection:
            texts = [sending.text for sending in sendings]
            rows = connection.execute(
                "SELECT body, count(*) FROM message WHERE direction = 'in' AND body = ANY(%s) GROUP BY body",
                (texts,),
            ).fetchall()
            found = {str(body): int(str(count)) for body, count in rows}
            line.lost = sum(text not in found for text in texts)
            line.doubled = sum(count - 1 for count in found.values())
            cases = connection.execute(
                "SELECT count(*) FROM (SELECT identifier_id FROM message WHERE body = ANY(%s) GROUP BY identifier_id"
                " HAVING count(DISTINCT case_id) > 1) AS split",
                (texts,),
            ).fetchone()
            line.split = int(str(cases[0])) if cases else -1
        line.ways = ways_of(self.stage)


def make_sendings(count: int, run: str) -> list[Sending]:
    """Messages of a few senders each, whose numbers nobody has: their national part begins with zeros."""
    salt = int(run, 16) % 10_000
    return [
        Sending(
            sid="SM" + uuid.uuid4().hex,
            sender=f"+9660{salt:04d}{number % SENDERS:04d}",
            text=f"{TEXTS[number % len(TEXTS)]} ({run} {number})",
        )
        for number in range(count)
    ]


def ways_of(on: Stage) -> dict[str, int]:
    """How many messages the worker took in from the list, ever; and what lies dead in the spool."""
    with on.connect() as connection:
        listed = connection.execute("SELECT coalesce(sum(taken_in), 0) FROM watermark").fetchone()
    dead = len(list((on.folder / "spool" / "dead").glob("*")))
    return {"by gap-fill so far": int(str(listed[0])) if listed else 0, "dead": dead}


@contextlib.contextmanager
def full_disk(on: Stage) -> Iterator[None]:
    """A spool that takes nothing: a full little disk of its own where we may mount one, else a limit on files."""
    tiny = on.folder / "tiny"
    tiny.mkdir(exist_ok=True)
    mounted = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={_TINY_DISK}", "tmpfs", str(tiny)],
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )
    before = on.environment
    on.environment = before | {"SPOOL_DIR": str(tiny / "spool")}
    on.small_files = not mounted
    if mounted:
        with contextlib.suppress(OSError), (tiny / "filler").open("wb") as filler:
            filler.write(bytes(10_000_000))
    try:
        on.stop("web", "worker")
        on.start("web", "worker")
        on.wait_until_ready()
        yield
    finally:
        on.environment, on.small_files = before, False
        on.stop("web", "worker")
        if mounted:
            subprocess.run(["umount", str(tiny)], check=True)
        on.start("web", "worker")
        on.wait_until_ready()


def run_table(*, messages: int, scale: float, only: Sequence[str] = ()) -> list[Line]:
    """All lines, or those whose name holds one of `only`."""
    every = max(1, round(60 * min(1.0, scale)))
    lines = []
    with stage(GAP_FILL_EVERY=str(every), GAP_FILL_GRACE=str(every)) as on:
        table = Table(on, messages=messages, scale=scale, patience=4 * every + 180)
        for fault in table.lines:
            if only and not any(part in fault for part in only):
                continue
            line = table.run(fault)
            lines.append(line)
            show(line)
    return lines


def show(line: Line) -> None:
    print(
        f"{line.fault:<30} {line.sent:>6} {line.lost:>6} {line.doubled:>8} {line.split:>6} {line.seconds:>8.1f}  "
        f"{line.answers} {line.ways}",
        flush=True,
    )


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--messages", type=int, default=1000)
    options.add_argument("--scale", type=float, default=1.0)
    options.add_argument("--only", action="append", default=[])
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    print(
        f"{'fault':<30} {'sent':>6} {'lost':>6} {'doubled':>8} {'split':>6} {'seconds':>8}  answers to the sender"
    )
    lines = run_table(messages=chosen.messages, scale=chosen.scale, only=chosen.only)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(line) for line in lines], indent=1))
    sys.exit(0 if all(line.good for line in lines) else 1)


if __name__ == "__main__":
    main()
