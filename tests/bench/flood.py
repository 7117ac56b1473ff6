"""One sender floods; does anybody else wait longer?

    python tests/bench/flood.py [--messages 1000] [--at-once 8] [--web-workers 4]

First somebody writes ten times a second with nobody else about, then the same while one sender posts as fast as it
can. Prints the latency of the bystander in both, and what the flood became.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import requests

sys.path.insert(0, str(Path(__file__).parent))
from stage import ACCOUNT_SID, TOKEN, Stage, stage

from hotline.channels.twilio.signing import signature_for

FLOODER = "+966000000666"
EVERY = 0.1


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--messages", type=int, default=1000)
    options.add_argument("--at-once", type=int, default=8)
    options.add_argument("--web-workers", type=int, default=4)
    chosen = options.parse_args()
    with stage(web_workers=chosen.web_workers, GAP_FILL_EVERY="3600") as on:
        post(on, FLOODER, "halo")
        before = bystander(on, threading.Event(), seconds=10)
        done = threading.Event()
        watching = ThreadPoolExecutor(1).submit(bystander, on, done, seconds=600)
        began = time.monotonic()
        local = threading.local()

        def one(number: int) -> float:
            if not hasattr(local, "session"):
                local.session = requests.Session()
                local.session.trust_env = False
            return post(on, FLOODER, f"tolong saya disekap majikan {number}", session=local.session)

        with ThreadPoolExecutor(chosen.at_once) as pool:
            took = list(pool.map(one, range(chosen.messages)))
        seconds = time.monotonic() - began
        done.set()
        during = watching.result()
        show("bystander alone", before)
        show("bystander in the flood", during)
        show("the flood itself", took)
        print(f"flood: {chosen.messages} messages in {seconds:.1f} s ({chosen.messages / seconds:.0f}/s)")
        report(on)


def bystander(on: Stage, done: threading.Event, *, seconds: float) -> list[float]:
    """Write now and then from fresh numbers; the seconds each took."""
    took = []
    session = requests.Session()
    session.trust_env = False
    ends = time.monotonic() + seconds
    while not done.is_set() and time.monotonic() < ends:
        number = uuid.uuid4().int % 10**7
        took.append(post(on, f"+96600{number:07d}", f"gaji saya belum dibayar {number}", session=session))
        time.sleep(EVERY)
    return took


def post(on: Stage, sender: str, text: str, *, session: requests.Session | None = None) -> float:
    form = {
        "MessageSid": "SM" + uuid.uuid4().hex,
        "AccountSid": ACCOUNT_SID,
        "From": sender,
        "To": "+12025550143",
        "Body": text,
        "NumMedia": "0",
    }
    url = f"{on.web_url}/twilio/messages"
    headers = {"X-Twilio-Signature": signature_for(TOKEN, url, form)}
    began = time.perf_counter()
    answer = (session or requests).post(url, data=form, headers=headers, timeout=60)
    answer.raise_for_status()
    return time.perf_counter() - began


def show(name: str, took: Sequence[float]) -> None:
    ordered = sorted(took)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(
        f"{name:<24} n {len(took):>5}  p50 {median(took) * 1000:6.1f} ms  p99 {p99 * 1000:6.1f} ms  "
        f"max {ordered[-1] * 1000:6.1f} ms"
    )


def report(on: Stage) -> None:
    began = time.monotonic()
    while any((on.folder / "spool" / "waiting").glob("*.spooled")) and time.monotonic() - began < 120:
        time.sleep(0.1)
    print(f"flood: spool empty {time.monotonic() - began:.1f} s after its end")
    with on.connect() as connection:
        row = connection.execute(
            "SELECT count(DISTINCT m.case_id), count(*), max(c.burst_count), count(DISTINCT c.flooded_at) > 0"
            " FROM message m JOIN cases c ON c.id = m.case_id WHERE m.body LIKE 'tolong saya disekap%'"
        ).fetchone()
        pages = connection.execute(
            "SELECT count(*) FROM page p JOIN cases c ON c.id = p.case_id WHERE c.flooded_at IS NOT NULL"
        ).fetchone()
    if row and pages:
        print(
            f"flood: cases {row[0]}, messages {row[1]}, counted {row[2]}, marked {row[3]}, pages {pages[0]}"
        )


if __name__ == "__main__":
    main()
