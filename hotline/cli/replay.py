"""`hotline replay FILE.csv`: plays recorded messages as signed webhooks."""

from __future__ import annotations

import csv
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import click
import phonenumbers
import requests

from hotline.channels.twilio.signing import signature_for
from hotline.config import Settings, read_settings

_ENOUGH_FOR_QUANTILES = 2


@dataclass(frozen=True, slots=True)
class Recorded:
    """One line of a recording as the parameters of a webhook."""

    sid: str
    sender: str
    channel: str
    text: str


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", help="The hotline's address; default: PUBLIC_URL.")
@click.option("--limit", type=int, help="Play only the first N messages.")
@click.option("--senders", default=8, show_default=True, help="How many messages are under way at once.")
@click.option("--repeat", default=0.0, show_default=True, help="Share of messages sent a second time.")
@click.option(
    "--run", "run_name", default="", help="Name of this run: the same name sends the same ids again."
)
def replay(
    file: Path, url: str | None, limit: int | None, senders: int, repeat: float, run_name: str
) -> None:
    """Play FILE (columns `from,channel,text[,at]`, or `id,text[,channel,country_hint]`) as signed webhooks."""
    settings = read_settings()
    base = (url or settings.public_url).rstrip("/")
    messages = list(read_recording(file, run_name or str(time.time_ns())))[:limit]
    if repeat > 0:
        step = max(1, round(1 / repeat))
        messages = [twice for n, m in enumerate(messages) for twice in ([m, m] if n % step == 0 else [m])]
    player = Player(settings, base)
    began = time.monotonic()
    with (
        click.progressbar(length=len(messages), label="replaying") as bar,
        ThreadPoolExecutor(senders) as pool,
    ):
        for _ in pool.map(player.play, messages):
            bar.update(1)
    _report(player, len(messages), time.monotonic() - began)


def read_recording(file: Path, run_name: str) -> Iterable[Recorded]:
    """The messages of a CSV file. Raises a click error when it has no column of text."""
    with file.open(newline="", encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        if "text" not in (reader.fieldnames or []):
            raise click.ClickException("the file needs a column `text`")
        for number, row in enumerate(reader):
            name = row.get("id") or str(number)
            digest = hashlib.sha256(f"{run_name}:{number}:{name}".encode()).hexdigest()
            channel = row.get("channel") or ("whatsapp" if row.get("genre") == "direct" else "sms")
            country = row.get("country_hint") or ""
            sender = row.get("from") or sender_of(number, run_name, channel, country)
            yield Recorded("SM" + digest[:32], sender, channel, row["text"])


def sender_of(number: int, run_name: str, channel: str, country: str) -> str:
    """A sender that cannot exist: a made-up WhatsApp user id of the country, or a number whose national part
    begins with zeros, which no country assigns."""
    salt = hashlib.sha256(run_name.encode()).hexdigest()[:8]
    if channel == "whatsapp" and country:
        return f"whatsapp:{country}.{salt}{number}"
    code = phonenumbers.country_code_for_region(country or "ID") or 62
    digits = f"{int(salt, 16) % 1000:03d}{number:05d}"
    national = f"555{digits[-7:]}" if code == 1 else f"00{digits}"
    return f"+{code}{national}" if channel == "sms" else f"whatsapp:+{code}{national}"


class Player:
    """Posts messages and counts what became of them. Used by several threads."""

    def __init__(self, settings: Settings, base: str) -> None:
        self._settings = settings
        self._address = f"{base}/twilio/messages"
        self._signed_address = f"{settings.public_url}/twilio/messages"
        self._local = threading.local()
        self._lock = threading.Lock()
        self.outcomes: Counter[str] = Counter()
        self.seconds: list[float] = []

    def play(self, message: Recorded) -> None:
        """Send one message, a second time when the connection fails: the id makes that safe."""
        parameters = self._parameters(message)
        headers = {
            "X-Twilio-Signature": signature_for(
                self._settings.twilio_auth_token, self._signed_address, parameters
            )
        }
        began = time.perf_counter()
        outcome = self._post(parameters, headers)
        took = time.perf_counter() - began
        with self._lock:
            self.outcomes[outcome] += 1
            self.seconds.append(took)

    def _post(self, parameters: dict[str, str], headers: dict[str, str]) -> str:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
        for pause in (0.2, 0.5, 1, 2, 4, 8, None):
            try:
                answer = self._local.session.post(self._address, data=parameters, headers=headers, timeout=15)
            except requests.RequestException:
                if pause is None:
                    return "no answer"
                time.sleep(pause)
                continue
            if answer.ok:
                return str(answer.headers.get("Hotline-Outcome", "accepted"))
            if answer.status_code < 500 or pause is None:
                return f"refused ({answer.status_code})"
            time.sleep(pause)
        return "no answer"

    def _parameters(self, message: Recorded) -> dict[str, str]:
        to = self._settings.twilio_sms_from or "+12025550143"
        if message.sender.startswith("whatsapp:"):
            to = f"whatsapp:{(self._settings.twilio_whatsapp_from or to).removeprefix('whatsapp:')}"
        parameters = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "AccountSid": self._settings.twilio_account_sid,
            "From": message.sender,
            "To": to,
            "Body": message.text,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        if message.sender.startswith("whatsapp:") and "+" not in message.sender:
            parameters["ExternalUserId"] = message.sender
        return parameters


def _report(player: Player, sent: int, seconds: float) -> None:
    counts = player.outcomes
    taken = ("opened", "added", "command", "spooled")
    accepted = sum(counts[name] for name in taken)
    others = {name: n for name, n in counts.items() if name not in {*taken, "repeated"}}
    rows: list[tuple[str, object]] = [
        ("messages", sent),
        ("accepted", accepted),
        ("repeated", counts["repeated"]),
        ("refused", sum(others.values())),
        ("cases opened", counts["opened"]),
        ("added to open cases", counts["added"]),
        ("messages a second", f"{sent / seconds:.0f}" if seconds else "-"),
    ]
    if len(player.seconds) >= _ENOUGH_FOR_QUANTILES:
        cuts = quantiles(player.seconds, n=100)
        rows += [("p50", f"{cuts[49] * 1000:.1f} ms"), ("p99", f"{cuts[98] * 1000:.1f} ms")]
    click.echo()
    for name, value in rows:
        click.echo(f"  {name:<22} {value}")
    for name, count in sorted(others.items()):
        click.echo(f"    {name:<20} {count}")
    if others:
        raise SystemExit(1)
