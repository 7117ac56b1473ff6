"""How long the queue's pages, a long case and searches take, with ten thousand cases and with a million.

    python tests/bench/queue_pages.py --database-url URL [--sizes 10000,1000000] [--data DIR] [--n 200]
        [--limit DIR/limit_queue.py --limit-dsn DSN] [--json FILE]

The database is empty at first; it is migrated, seeded and filled (tests/bench/fill_queue.py), each size on top of the
one before. One sender asks a real `hotline web` over HTTP, each kind of page in turn. With --limit, the bare Flask page
of that harness is measured in the same run beside our first page. Exit status 1 where a mark is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

import psycopg
from sqlalchemy import select

from cases.database import keyring
from cases.queries.queue import NEVER
from hotline.app import create_app
from hotline.config import read_settings
from hotline.console.queue import _write
from hotline.extensions import db
from hotline.security.models import Account

sys.path.insert(0, str(Path(__file__).parent))
from fill_queue import KEY, add_messages, fill

# p95 in milliseconds.
MARKS = {"queue": 25.0, "filtered": 50.0, "case": 50.0, "search": 100.0}
MOST_GROWTH = 1.5
LONG_CASE = 200


@dataclass(frozen=True)
class Probe:
    """One kind of page: which mark it is held to, and what is asked each time."""

    name: str
    mark: str
    ask: Callable[[], tuple[str, str, dict[str, str] | None]]


class Browser:
    """One sender, one connection, signed in."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie = port, cookie
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def takes(self, method: str, path: str, form: dict[str, str] | None) -> float:
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        began = time.perf_counter()
        self.connection.request(method, path, urlencode(form) if form else None, headers)
        answer = self.connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - began
        if answer.status != 200:
            raise SystemExit(f"{method} {path}: {answer.status}\n{body[:500]!r}")
        return took * 1000

    def text(self, path: str) -> str:
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = self.connection.getresponse()
        # The forms' token is kept in the session.
        if kept := answer.getheader("Set-Cookie"):
            self.cookie = kept.partition(";")[0]
        return answer.read().decode()


class Bench:
    """The pages of one size."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.url = environment["DATABASE_URL"]
        self.random = random.Random(5)

    def hotline(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "hotline.cli", *arguments]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    @contextlib.contextmanager
    def web(self) -> Iterator[int]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        command = [sys.executable, "-m", "hotline.cli", "web", "--port", str(port), "--workers", "2"]
        process = subprocess.Popen(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            for _ in range(300):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.1)
            time.sleep(1)
            yield port
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)

    def cookie(self) -> str:
        app = create_app(read_settings(self.environment))
        with app.app_context():
            account = db.session.scalars(select(Account).where(Account.email == "petugas@example.org")).one()
            account.must_change_password = False
            db.session.flush()
            client = app.test_client()
            with client.session_transaction() as kept:
                kept["_user_id"], kept["_fresh"] = account.fs_uniquifier, True
            made = client.get_cookie("session")
            db.session.rollback()
            db.engine.dispose()
        assert made is not None
        return f"session={made.value}"

    def look(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, values).fetchall()

    def positions(self) -> list[str]:
        """Ends of pages all along the queue."""
        rows = self.look(
            "SELECT urgency, COALESCE(next_due_at, '9999-01-01 00:00:00+00'), id, row_number() OVER"
            " (ORDER BY urgency, COALESCE(next_due_at, '9999-01-01 00:00:00+00'), id), count(*) OVER ()"
            " FROM cases WHERE status <> 'closed'"
        )
        deep = [row for row in rows if row[3] > row[4] * 0.5 and row[3] < row[4] - 60]
        return [
            _write((row[0], row[1].astimezone(UTC) if row[1].year < NEVER.year else NEVER, row[2]))
            for row in self.random.sample(deep, min(200, len(deep)))
        ]

    def words(self) -> tuple[list[str], list[str], list[str]]:
        """Stems that stand in many messages, in some, and in few."""
        rows = self.look(
            "SELECT word, ndoc FROM ts_stat('SELECT words FROM message TABLESAMPLE SYSTEM (2)"
            " WHERE words IS NOT NULL') WHERE word ~ '^[a-z]{4,}$' ORDER BY ndoc DESC"
        )
        known = [row[0] for row in rows]
        third = max(1, len(known) // 3)
        return known[:30], known[60 : 60 + third], known[-third:]

    def probes(self, page: str) -> list[Probe]:
        pick = self.random.choice
        deep, (common, some, rare) = self.positions(), self.words()
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        countries = [
            row[0] for row in self.look("SELECT DISTINCT country FROM cases WHERE country IS NOT NULL")
        ]
        long_case = self.look(
            "SELECT id, reference FROM cases WHERE status = 'open' ORDER BY id DESC LIMIT 1"
        )[0]
        add_messages(self.url, long_case[0], LONG_CASE)

        def get(path: str, **arguments: str) -> tuple[str, str, None]:
            return "GET", f"{path}?{urlencode(arguments)}", None

        def search(words: str) -> tuple[str, str, dict[str, str]]:
            return "POST", "/console/search", {"csrf_token": token[1], "words": words}

        return [
            Probe("queue, first page", "queue", lambda: get("/console/", view="all")),
            Probe("queue, deep page", "queue", lambda: get("/console/", after=pick(deep))),
            Probe("rows alone, first page", "queue", lambda: get("/console/rows")),
            Probe("live answer", "queue", lambda: get("/console/live")),
            Probe("country", "filtered", lambda: get("/console/", country=pick(countries))),
            Probe(
                "category and urgency",
                "filtered",
                lambda: get(
                    "/console/", category=pick(["GAJI", "ABK", "KUR", "JAMSOS"]), urgency=pick(["U2", "U3"])
                ),
            ),
            Probe("nobody's, late", "filtered", lambda: get("/console/", owner="none", late="1")),
            Probe("mine", "filtered", lambda: get("/console/", owner="me")),
            Probe(
                "closed",
                "filtered",
                lambda: get("/console/", status="closed", country=pick(["MY", "SA", "HK"])),
            ),
            Probe("case with 200 messages", "case", lambda: get(f"/console/cases/{long_case[1]}")),
            Probe("search, common word", "search", lambda: search(pick(common))),
            Probe("search, middling word", "search", lambda: search(pick(some))),
            Probe("search, rare word", "search", lambda: search(pick(rare))),
            Probe("search, two words", "search", lambda: search(f"{pick(common)} {pick(some)}")),
            Probe("search, house number", "search", lambda: search(f"no{self.random.randint(1, 99999)}")),
        ]

    def measure(self, count: int) -> dict[str, dict[str, Any]]:
        with self.web() as port:
            browser = Browser(port, self.cookie())
            probes = self.probes(browser.text("/console/?view=all"))
            for probe in probes:
                for _ in range(10):
                    browser.takes(*probe.ask())
            took: dict[str, list[float]] = {probe.name: [] for probe in probes}
            for _ in range(count):
                for probe in probes:
                    took[probe.name].append(browser.takes(*probe.ask()))
        return {probe.name: {"mark": MARKS[probe.mark], **_spread(took[probe.name])} for probe in probes}


def _spread(took: list[float]) -> dict[str, float]:
    cuts = quantiles(took, n=100)
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "max": round(max(took), 1)}


def _limit(script: Path, dsn: str, cases: int, bench: Bench) -> dict[str, Any]:
    """The harness's bare page beside ours, in one run."""
    with bench.web() as port:
        out = Path(os.environ.get("TMPDIR", "/tmp")) / f"limit-{os.getpid()}.json"
        url = f"http://127.0.0.1:{port}/console/?view=all"
        command = [
            sys.executable, str(script), "--dsn", dsn, "--cases", str(cases), "--runs", "1", "--n", "50",
            "--duration", "4", "--product-url", url, "--product-header", f"Cookie: {bench.cookie()}", "--out", str(out),
        ]  # fmt: skip
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=script.parent)
        return dict(json.loads(out.read_text())["table"])


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--database-url", required=True)
    options.add_argument("--sizes", default="10000,1000000")
    options.add_argument("--data", type=Path)
    options.add_argument("--n", type=int, default=200)
    options.add_argument("--limit", type=Path)
    options.add_argument("--limit-dsn", default="")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    environment = os.environ | {
        "DATABASE_URL": chosen.database_url, "SECRET_KEY": "a-secret-for-measuring-only", "ENCRYPTION_KEYS": KEY,
        "PUBLIC_URL": "http://127.0.0.1", "TWILIO_ACCOUNT_SID": "AC" + "0123456789abcdef" * 2,
        "TWILIO_AUTH_TOKEN": "a-token-for-measuring", "TWILIO_SMS_FROM": "+12025550143",
    }  # fmt: skip
    keyring.load([KEY])
    bench = Bench(environment)
    bench.hotline("db", "upgrade")
    bench.hotline("seed", "--demo")
    with psycopg.connect(chosen.database_url) as connection:
        connection.execute("UPDATE account SET must_change_password = false")
    told: dict[str, Any] = {"at": datetime.now(UTC).isoformat(), "sizes": {}}
    for size in map(int, chosen.sizes.split(",")):
        have = bench.look("SELECT count(*) FROM cases")[0][0]
        if size > have:
            took = fill(chosen.database_url, size - have, open_share=0.05, data=chosen.data)
            print(f"{size} cases: { ({name: round(seconds) for name, seconds in took.items()}) }", flush=True)
        told["sizes"][size] = found = bench.measure(chosen.n)
        for name, one in found.items():
            print(
                f"{size:>9} {name:<28} p50 {one['p50']:>7} p95 {one['p95']:>7} (mark {one['mark']:g})",
                flush=True,
            )
    sizes = list(told["sizes"].values())
    growth = {name: round(one["p95"] / sizes[0][name]["p95"], 2) for name, one in sizes[-1].items()}
    told["growth of p95"] = growth
    for name, factor in growth.items():
        print(f"{name:<38} grows {factor} times")
    if chosen.limit:
        told["limit"] = _limit(chosen.limit, chosen.limit_dsn, size, bench)
        for name, one in told["limit"].items():
            print(f"limit: {name:<40} p50 {one['p50_ms']:>8} p95 {one['p95_ms']:>8}")
    if chosen.json:
        chosen.json.write_text(json.dumps(told, indent=1, default=str))
    missed = any(one["p95"] > one["mark"] for one in sizes[-1].values()) or max(growth.values()) > MOST_GROWTH
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
