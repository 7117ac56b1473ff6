"""Fifty officers with live pages open while messages come in: how long a page takes, how soon each sees a new U1.

    python tests/bench/desk_users.py [--users 50] [--rate 20] [--seconds 300] [--json FILE]

Each user signs in by the form, opens the queue and does what its script does: asks the live address again a second
after each answer, fetches the table when what it shows has changed, ten seconds later when other cases have, and hears
the alarm. Every ten seconds or so each opens a whole page, in turns the queue and the newest case. `--rate` signed
webhooks a second come in meanwhile, each hundredth a person locked in. A U1 is seen when its reference is in an alarm
or a table that a user was given.

Real processes, real HTTP. Exit status 1 when p95 of a whole page is above 300 ms, or a user saw a U1 later than two
seconds after its webhook was posted, or never.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import requests
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

import escalation.models  # noqa: F401 - registers the tables
from cases.database import keyring
from cases.models import Case, Message
from cases.vocabulary import Role
from hotline.app import create_app
from hotline.config import read_settings
from hotline.seeding import add_account
from hotline.unit_of_work import unit_of_work

sys.path.insert(0, str(Path(__file__).parent))
from page_latency import Load
from stage import Stage, stage

PAGE_WITHIN_MS, SEEN_WITHIN = 300.0, 2.0
PAGE_EVERY = 10.0
# As the pages' own script has it.
ELSEWHERE = 10.0
_REFERENCE = re.compile(r"TRC-\d{4}-\d{5}[0-9A-Z]")
_ATTRIBUTE = re.compile(r'data-(live|cursor|fragment)="([^"]*)"')
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Seen:
    """What all users went through; times in seconds of this machine's clock, durations in milliseconds."""

    first: list[dict[str, float]] = field(default_factory=list)
    took: dict[str, list[float]] = field(
        default_factory=lambda: {"queue": [], "case": [], "live": [], "table": []}
    )
    bad: int = 0


class Officer:
    """One browser: a page that lives, and a person who opens others."""

    def __init__(self, on: Stage, email: str, password: str, seen: Seen) -> None:
        self.base, self.seen, self.mine = on.web_url, seen, dict[str, float]()
        seen.first.append(self.mine)
        self.later = float("inf")
        self.browser = requests.Session()
        self.browser.headers["Accept-Language"] = "id"
        form = self.browser.get(f"{self.base}/login", timeout=30).text
        token = _TOKEN.search(form)
        fields = {"email": email, "password": password, "csrf_token": token[1] if token else ""}
        self.browser.post(f"{self.base}/login", data=fields, timeout=30).raise_for_status()
        self.live, self.cursor, self.table = self._open("/console/")

    def work(self, until: float) -> None:
        next_page = time.monotonic() + random.uniform(0, PAGE_EVERY)
        retry, turns = 1.0, 0
        while time.monotonic() < until:
            answer = self._get("live", self.live, {"Last-Event-ID": self.cursor}, accept="text/event-stream")
            again = time.monotonic() + retry
            for event in answer.split("\n\n"):
                retry = self._hear(event, retry)
            if time.monotonic() >= next_page:
                next_page += PAGE_EVERY * random.uniform(0.8, 1.2)
                turns += 1
                self._turn(turns)
            if time.monotonic() >= self.later:
                self._fetch()
            time.sleep(max(0.0, again - time.monotonic()))

    def _hear(self, event: str, retry: float) -> float:
        lines = dict(line.split(": ", 1) for line in event.splitlines() if ": " in line and line[0] != ":")
        if "id" in lines:
            self.cursor = lines["id"]
        if lines.get("event") == "alarm":
            self._note(lines["data"])
        if lines.get("event") == "changed":
            self._fetch()
        if lines.get("event") == "elsewhere":
            self.later = min(self.later, time.monotonic() + ELSEWHERE)
        return float(lines.get("retry", retry * 1000)) / 1000

    def _fetch(self) -> None:
        self.later = float("inf")
        self._note(self._get("table", self.table))

    def _turn(self, number: int) -> None:
        if number % 2 and self.mine:
            newest = max(self.mine, key=self.mine.__getitem__)
            self._get("case", f"/console/cases/{newest}")
        else:
            self._note(self._get("queue", "/console/"))

    def _open(self, path: str) -> tuple[str, str, str]:
        page = self.browser.get(self.base + path, timeout=30).text
        found = {name: value.replace("&amp;", "&") for name, value in _ATTRIBUTE.findall(page)}
        return found["live"], found["cursor"], found["fragment"]

    def _get(
        self, kind: str, path: str, headers: dict[str, str] | None = None, accept: str = "text/html"
    ) -> str:
        began = time.monotonic()
        answer = self.browser.get(self.base + path, headers={"Accept": accept, **(headers or {})}, timeout=60)
        self.seen.took[kind].append((time.monotonic() - began) * 1000)
        self.seen.bad += not answer.ok
        return answer.text

    def _note(self, text: str) -> None:
        now = time.time()
        for reference in _REFERENCE.findall(text):
            self.mine.setdefault(reference, now)


def accounts(on: Stage, count: int) -> list[tuple[str, str]]:
    """So many officers with their passwords."""
    settings = read_settings(on.environment)
    made = []
    with create_app(settings).app_context(), unit_of_work() as session:
        for number in range(count):
            email = f"petugas{number}@example.org"
            _, password = add_account(
                session, email, f"Petugas {number}", Role.OFFICER, now=datetime.now(UTC), must_change=False
            )
            made.append((email, password))
    return made


def references(on: Stage, bodies: Sequence[str]) -> dict[str, str]:
    """The case that each message opened."""
    settings = read_settings(on.environment)
    keyring.load(settings.encryption_keys)
    asked = (
        select(Message.body, Case.reference)
        .join(Case, Case.id == Message.case_id)
        .where(Message.body.in_(bodies))
    )
    with Session(create_engine(settings.sqlalchemy_url)) as session:
        return {body: reference for body, reference in session.execute(asked) if body}


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    if len(values) < 2:
        return {"n": len(values)}
    cuts = quantiles(values, n=100)
    return {
        "n": len(values),
        "p50": round(cuts[49], 1),
        "p95": round(cuts[94], 1),
        "p99": round(cuts[98], 1),
        "max": round(max(values), 1),
    }


def measure(on: Stage, *, users: int, rate: int, seconds: float) -> dict[str, object]:
    """Everything at once; the last five seconds only listen."""
    seen = Seen()
    officers = [Officer(on, email, password, seen) for email, password in accounts(on, users)]
    until = time.monotonic() + seconds + 5
    threads = [threading.Thread(target=officer.work, args=(until,)) for officer in officers]
    for thread in threads:
        thread.start()
    load = Load(on)
    load.pour(rate=rate, seconds=seconds)
    for thread in threads:
        thread.join()
    known = references(on, list(load.posted))
    late = [
        mine[known[body]] - posted
        for body, posted in load.posted.items()
        for mine in seen.first
        if known.get(body) in mine
    ]
    expected = len(load.posted) * users
    return {
        "pages_ms": {kind: _percentiles(values) for kind, values in seen.took.items()},
        "u1": len(load.posted),
        "u1_seen_s": {key: round(value, 2) for key, value in _percentiles(late).items()},
        "u1_never_seen": expected - len(late),
        "webhooks": {"bad": load.bad, "ms": _percentiles([one * 1000 for one in load.answered])},
        "bad_answers": seen.bad,
    }


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--users", type=int, default=50)
    asked.add_argument("--rate", type=int, default=20)
    asked.add_argument("--seconds", type=float, default=300)
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    with stage(web_workers=4) as on:
        found = measure(on, users=given.users, rate=given.rate, seconds=given.seconds)
    print(json.dumps(found, indent=2))
    if given.json:
        given.json.write_text(json.dumps(found))
    pages, u1 = found["pages_ms"], found["u1_seen_s"]
    assert isinstance(pages, dict) and isinstance(u1, dict)
    slow = max(pages[kind].get("p95", 0.0) for kind in ("queue", "case"))
    print(
        f"a whole page: p95 {slow} ms (at most {PAGE_WITHIN_MS}); "
        f"a U1 is seen within {u1.get('max')} s (at most {SEEN_WITHIN})"
    )
    return int(slow > PAGE_WITHIN_MS or u1.get("max", 99) > SEEN_WITHIN or bool(found["u1_never_seen"]))


if __name__ == "__main__":
    sys.exit(main())
