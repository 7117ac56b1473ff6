"""What is lost, doubled or stuck when things break on the way out: one line a fault, real processes, real outages.

    python tests/bench/send_faults.py [--messages 1000] [--scale 1.0] [--only "429"] [--json FILE]

Officers' replies to 200 persons, whose delivery the phones are made to disturb. `--scale 0.1` makes the outage ten
times shorter and kills the worker 5 times instead of 50. Receipts are asked for after 20 s instead of 10 minutes.
Lost: the provider never took it, and no human was asked. Doubled: it took it twice. Stuck: it has not come to an
end, and no human was asked. Exit status 1 when any of these is not zero.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import socket
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import sessionmaker

import escalation.models  # noqa: F401 - registers the tables
from cases.database import keyring
from cases.models import Case, User
from cases.queries.find_case import locked_case
from cases.vocabulary import Actor, ActorKind, Role
from escalation.services import work_case
from hotline.config import read_settings
from hotline.unit_of_work import transaction

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))
from stage import Stage, free_port, stage
from way_out import Account, account, under_way

PERSONS = 200
OUTAGE_SECONDS, KILLS = 600.0, 50
RECEIPT_AFTER = 20
_OFF: dict[str, Any] = {}


@dataclass
class Line:
    """One line of the table."""

    fault: str
    account: Account
    seconds: float
    notes: dict[str, int] = field(default_factory=dict)


class Relay:
    """A wire between worker and phones that can be cut: then nobody listens, as when a provider is down."""

    def __init__(self) -> None:
        self.port = free_port()
        self.target = 0
        self._listening: socket.socket | None = None

    def up(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", self.port), backlog=256)
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def down(self) -> None:
        if self._listening is not None:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Table:
    """Runs lines on one stage."""

    def __init__(self, on: Stage, relay: Relay, *, messages: int, scale: float) -> None:
        self.stage, self.relay, self.messages, self.scale = on, relay, messages, scale
        self.notes: dict[str, int] = {}
        settings = read_settings(on.environment)
        keyring.load(settings.encryption_keys)
        self.engine = create_engine(settings.sqlalchemy_url)
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)
        self.officer = self._officer()
        self.cases = self._open_cases()
        self.lines: dict[str, Callable[[list[str]], None]] = {
            "none": lambda bodies: self._with(bodies, _OFF),
            "duplicate callbacks": lambda bodies: self._with(bodies, {"callback_duplicate": {"every": 1}}),
            "reordered callbacks": lambda bodies: self._with(bodies, {"callback_reorder": {"every": 1}}),
            "lost callbacks": lambda bodies: self._with(bodies, {"callback_drop": {"every": 1}}),
            "late callbacks (30 s)": lambda bodies: self._with(bodies, {"callback_delay_ms": 30_000}),
            "overtaking callbacks": lambda bodies: self._with(bodies, {"callback_overtake": {"every": 2}}),
            "429": lambda bodies: self._with(bodies, {"rate_limit": {"every": 3}}),
            "5xx before accepting": lambda bodies: self._with(bodies, {"unavailable_before": {"every": 4}}),
            "5xx after accepting": lambda bodies: self._with(bodies, {"unavailable_after": {"every": 4}}),
            "5xx after, callbacks lost": lambda bodies: self._with(
                bodies, {"unavailable_after": {"every": 4}, "callback_drop": {"every": 1}}
            ),
            "reset after accepting": lambda bodies: self._with(bodies, {"reset_after_accept": {"every": 4}}),
            "slow (3 s)": lambda bodies: self._with(bodies, {"latency_ms": 2500, "jitter_ms": 1000}),
            "slower than we wait (10-20 s)": self._too_slow,
            "provider down 10 minutes": self._provider_down,
            "kill -9 of the worker, 50 times": self._kill,
            "two workers": self._two_workers,
            "provider's clock 5 min ahead": lambda bodies: self._skewed(bodies, 300.0),
            "provider's clock 5 min behind": lambda bodies: self._skewed(bodies, -300.0),
        }

    def run(self, fault: str) -> Line:
        """One line, from a healthy provider to the account. The phones are not reset: the same ids would come again."""
        requests.delete(f"{self.stage.phones.url}/_control/faults", timeout=10)
        self.notes = {}
        run = uuid.uuid4().hex[:8]
        bodies = [f"halo kak, apa kabar? {run} {number}" for number in range(self.messages)]
        began = time.monotonic()
        self.lines[fault](bodies)
        self._wait_for(bodies)
        with self.engine.connect() as connection:
            drawn = account(connection, self._taken(), bodies)
        return Line(fault, drawn, round(time.monotonic() - began, 1), self.notes)

    def _with(self, bodies: list[str], faults: dict[str, Any]) -> None:
        """The fault lasts until everything has been tried once and a while longer; then the provider is well."""
        self._faults(faults)
        self._write(bodies)
        self._wait_for(bodies, at_most=60)
        requests.delete(f"{self.stage.phones.url}/_control/faults", timeout=10)

    def _too_slow(self, bodies: list[str]) -> None:
        """A tenth of the messages, for each takes a sender of eight for ten seconds."""
        few = bodies[: max(8, len(bodies) // 10)]
        del bodies[len(few) :]
        self._faults({"latency_ms": 10_000, "jitter_ms": 10_000})
        self._write(few)
        time.sleep(30)
        self._faults({"latency_ms": 0, "jitter_ms": 0})

    def _provider_down(self, bodies: list[str]) -> None:
        half = len(bodies) // 2
        self._write(bodies[:half])
        self.relay.down()
        began = time.monotonic()
        self._write(bodies[half:])
        time.sleep(max(0.0, OUTAGE_SECONDS * self.scale - (time.monotonic() - began)))
        self.relay.up()

    def _kill(self, bodies: list[str]) -> None:
        """Each time in the moment between the provider's taking a message and our record of it: the answer drips."""
        self._faults({"slow_body_ms": 1000})
        cursor = self._ledger_cursor()
        self._write(bodies)
        killed = caught = 0
        while killed < max(2, round(KILLS * self.scale)):
            cursor, took = self._wait_for_a_taking(cursor)
            if not took:
                break
            self.stage.kill("worker")
            killed += 1
            with self.engine.connect() as connection:
                query = "SELECT count(*) FROM message WHERE delivery = 'sending' AND provider_sid IS NULL"
                caught += bool(connection.scalar(text(query)))
        self.notes = {"kills": killed, "in the act": caught}
        requests.delete(f"{self.stage.phones.url}/_control/faults", timeout=10)

    def _two_workers(self, bodies: list[str]) -> None:
        """And one of them is stopped for a while in the middle, as by a machine that swaps."""
        self.stage.start("worker 2")
        time.sleep(4)
        self._faults({"reset_after_accept": {"every": 6}, "rate_limit": {"every": 7}})
        self._write(bodies)
        process = self.stage.running["worker 2"]
        process.send_signal(signal.SIGSTOP)
        time.sleep(20)
        process.send_signal(signal.SIGCONT)
        self._wait_for(bodies, at_most=60)
        requests.delete(f"{self.stage.phones.url}/_control/faults", timeout=10)
        self.stage.stop("worker 2")

    def _skewed(self, bodies: list[str], seconds: float) -> None:
        self.stage.phones.board.clock._offset = seconds
        try:
            self._with(bodies, {"reset_after_accept": {"every": 4}, "callback_drop": {"every": 1}})
            self._wait_for(bodies)
        finally:
            self.stage.phones.board.clock.reset()

    def _write(self, bodies: Sequence[str]) -> None:
        def one(numbered: tuple[int, str]) -> None:
            number, body = numbered
            with transaction(self.sessions) as session:
                case = locked_case(session, self.cases[number % len(self.cases)])
                work_case.reply(session, case, body, by=self.officer, now=datetime.now(UTC))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(one, enumerate(bodies)))

    def _taken(self) -> Counter[str]:
        board = self.stage.phones.board
        return Counter(one.body for one in board.shelf.newest_first() if one.direction != "inbound")

    def _wait_for(self, bodies: Sequence[str], *, at_most: float = 420.0) -> None:
        ends = time.monotonic() + at_most
        while time.monotonic() < ends:
            with self.engine.connect() as connection:
                if not under_way(connection, bodies):
                    return
            time.sleep(0.5)

    def _wait_for_a_taking(self, cursor: int) -> tuple[int, bool]:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            query = {"kind": "rest", "since": cursor}
            answer = requests.get(f"{self.stage.phones.url}/_control/ledger", params=query, timeout=10).json()
            cursor = answer["cursor"]
            if any(one.get("method") == "POST" and one.get("status") == 201 for one in answer["entries"]):
                return cursor, True
            time.sleep(0.02)
        return cursor, False

    def _ledger_cursor(self) -> int:
        answer = requests.get(f"{self.stage.phones.url}/_control/ledger?limit=1", timeout=10).json()
        return int(answer["cursor"])

    def _faults(self, faults: dict[str, Any]) -> None:
        if faults:
            requests.post(
                f"{self.stage.phones.url}/_control/faults", json=faults, timeout=10
            ).raise_for_status()

    def _officer(self) -> Actor:
        with self.sessions() as session:
            user = session.scalars(select(User).where(User.role == Role.OFFICER).limit(1)).one()
            return Actor(ActorKind.USER, user_id=user.id, role=user.role)

    def _open_cases(self) -> list[uuid.UUID]:
        """One case a person, opened by what the person wrote; numbers that nobody has."""

        def write(number: int) -> None:
            body = {"from": f"+966000{number:06d}", "text": "mau tanya syarat perpanjang paspor"}
            answer = requests.post(f"{self.stage.phones.url}/_control/inbound", json=body, timeout=60)
            assert answer.json()["status"] == 200, answer.text

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(PERSONS)))
        with self.sessions() as session:
            return list(session.scalars(select(Case.id)))


def run_table(*, messages: int, scale: float, only: Sequence[str] = ()) -> list[Line]:
    """All lines, or those whose name holds one of `only`, in the order of these."""
    lines: list[Line] = []
    with _relayed() as (on, relay):
        table = Table(on, relay, messages=messages, scale=scale)
        for fault in dict.fromkeys(fault for part in only or [""] for fault in table.lines if part in fault):
            line = table.run(fault)
            lines.append(line)
            show(line)
    return lines


@contextlib.contextmanager
def _relayed() -> Iterator[tuple[Stage, Relay]]:
    relay = Relay()
    relay.up()
    settings = {
        "TWILIO_API_URL": f"http://127.0.0.1:{relay.port}",
        "RECEIPT_AFTER": str(RECEIPT_AFTER),
        "GAP_FILL_EVERY": "3600",
    }
    with stage(on_phones=lambda phones: setattr(relay, "target", phones.port), **settings) as on:
        yield on, relay


def show(line: Line) -> None:
    drawn = line.account
    print(
        f"{line.fault:<34} {drawn.sent:>6} {drawn.lost:>6} {drawn.doubled:>8} {drawn.stuck:>6} {line.seconds:>8.1f}  "
        f"{line.notes or ''}",
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
    print(f"{'fault':<34} {'sent':>6} {'lost':>6} {'doubled':>8} {'stuck':>6} {'seconds':>8}")
    lines = run_table(messages=chosen.messages, scale=chosen.scale, only=chosen.only)
    if chosen.json:
        told = [
            {"fault": line.fault, **vars(line.account), "seconds": line.seconds, **line.notes}
            for line in lines
        ]
        chosen.json.write_text(json.dumps(told, indent=1))
    sys.exit(0 if all(line.account.good for line in lines) else 1)


if __name__ == "__main__":
    main()
