"""kill -9 of web and worker in the middle of a replay: is anything lost, is anything sent twice?

    python tests/bench/crash_replay.py --database postgresql://…/an_empty_database [--rounds 20] [--messages 1000]

Each round replays messages with 5% repeated ids while web and worker (whole process groups of our own) are killed
and started again at random moments. At the end every id must be stored once, every outgoing message must have
been accepted by the phones exactly once. Run by hand; prints counts, judges nothing by time.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import requests

WEB, PHONES = 18400, 18425
COUNTRIES = ("SA", "MY", "TW", "HK", "SG", "KW", "AE", "JO")
TEXTS = (
    "tolong saya disekap majikan, tidak dikasih makan",
    "gaji saya belum dibayar 3 bulan",
    "selamat pagi, mau tanya syarat perpanjang paspor",
    "paspor saya ditahan agen",
    "kapan kantor buka hari sabtu",
    "kontrak saya tidak sesuai",
    "mau tanya klaim BPJS",
    "ijazah saya ditahan PT",
    "terima kasih infonya",
)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--database", required=True)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--messages", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    chance = random.Random(chosen.seed)
    environment = os.environ | {
        "DATABASE_URL": chosen.database,
        "SECRET_KEY": "a-secret-for-measuring-only",
        "PUBLIC_URL": f"http://127.0.0.1:{WEB}",
        "TWILIO_API_URL": f"http://127.0.0.1:{PHONES}",
        "TWILIO_ACCOUNT_SID": "AC" + "0123456789abcdef" * 2,
        "TWILIO_AUTH_TOKEN": "a-token-for-measuring",
        "TWILIO_SMS_FROM": "+12025550143",
        "TWILIO_WHATSAPP_FROM": "+12025550143",
    }
    for arguments in (["db", "upgrade"], ["seed", "--demo"]):
        subprocess.run([sys.executable, "-m", "hotline.cli", *arguments], env=environment, check=True)
    log = Path(tempfile.gettempdir(), "crash_replay.log").open("ab")  # noqa: SIM115 - open as long as the processes

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "hotline.cli", *arguments],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    running = {
        "phones": start("phones", "--port", str(PHONES)),
        "web": start("web", "--port", str(WEB), "--workers", "2"),
        "worker": start("worker"),
    }
    commands = {"web": ("web", "--port", str(WEB), "--workers", "2"), "worker": ("worker",)}
    try:
        wait_until_ready()
        for number in range(1, chosen.rounds + 1):
            kills = Counter()
            file = recording(chosen.messages)
            before = time.time()
            replaying = subprocess.Popen(
                [sys.executable, "-m", "hotline.cli", "replay", file, "--repeat", "0.05",
                 "--run", f"{chosen.seed}-{number}-{before}"],
                env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            while replaying.poll() is None:
                # A killed process needs four seconds to come up; what is never up proves nothing.
                time.sleep(chance.uniform(1.0, 6.0))
                if replaying.poll() is not None:
                    break
                name = chance.choice(["web", "worker"])
                os.killpg(running[name].pid, signal.SIGKILL)
                running[name].wait()
                kills[name] += 1
                time.sleep(chance.uniform(0, 0.5))
                running[name] = start(*commands[name])
                wait_until_ready()
            told = replaying.stdout.read() if replaying.stdout else ""
            wait_until_ready()
            report(number, chosen, kills, told, chosen.database)
            # Nobody answers here: the ladders of finished rounds would page on through the next ones.
            with psycopg.connect(chosen.database, autocommit=True) as connection:
                connection.execute("UPDATE cases SET status = 'closed' WHERE status <> 'closed'")
    finally:
        for process in running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(20)


def recording(messages: int) -> str:
    path = Path(tempfile.gettempdir(), "crash_replay.csv")
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "channel", "country_hint"])
        for number in range(messages):
            country = COUNTRIES[number // len(TEXTS) % len(COUNTRIES)]
            writer.writerow([number, f"{TEXTS[number % len(TEXTS)]} {number}", "sms", country])
    return str(path)


def wait_until_ready() -> None:
    for _ in range(300):
        try:
            if requests.get(f"http://127.0.0.1:{WEB}/readyz", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise SystemExit("not ready after a minute")


def report(number: int, chosen: argparse.Namespace, kills: Counter[str], told: str, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for _ in range(240):
            waiting = connection.execute(
                "SELECT count(*) FROM message WHERE direction = 'out' AND delivery IN ('waiting', 'sending')"
            ).fetchone()
            if waiting == (0,):
                break
            time.sleep(0.5)
        stored = connection.execute(
            "SELECT count(*), count(DISTINCT provider_sid) FROM message WHERE direction = 'in'"
        ).fetchone()
        # A page that travels in the words of another one was sent when that one was.
        outgoing = {
            str(page): str(sent_as)
            for page, sent_as in connection.execute(
                "SELECT id, coalesce(carried_by_id, id) FROM message WHERE direction = 'out'"
            ).fetchall()
        }
        cases = connection.execute("SELECT count(*) FROM cases").fetchone()
    accepted = accepted_by_phones()
    lost = [page for page, sent_as in outgoing.items() if sent_as not in accepted]
    twice = {message: count for message, count in accepted.items() if count > 1}
    refused = [
        line for line in told.splitlines() if "refused" in line or "accepted" in line or "repeated" in line
    ]
    print(
        json.dumps(
            {
                "round": number,
                "kills": dict(kills),
                "replay": [" ".join(line.split()) for line in refused],
                "stored": stored,
                "expected": number * chosen.messages,
                "cases": cases,
                "outgoing": len(outgoing),
                "of_these_carried": sum(page != sent_as for page, sent_as in outgoing.items()),
                "still_waiting": waiting,
                "lost": len(lost),
                "sent_twice": len(twice),
            }
        ),
        flush=True,
    )


def accepted_by_phones() -> Counter[str]:
    """How often the phones accepted each of our messages, by the id in its callback address."""
    counted: Counter[str] = Counter()
    since = 0
    while True:
        answer = requests.get(
            f"http://127.0.0.1:{PHONES}/_control/ledger",
            params={"kind": "rest", "since": since, "limit": 5000},
            timeout=30,
        ).json()
        entries = answer["entries"]
        for entry in entries:
            if entry.get("method") == "POST" and entry.get("status") == 201:
                callback = entry["params"]["StatusCallback"]
                counted[parse_qs(urlsplit(callback).query)["message"][0]] += 1
        if not entries or entries[-1]["seq"] == since:
            return counted
        since = entries[-1]["seq"]


if __name__ == "__main__":
    main()
