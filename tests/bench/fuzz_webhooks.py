"""Hostile and odd requests against the webhooks: no answer of 5xx, and every validly signed message is stored.

    python tests/bench/fuzz_webhooks.py [--requests 100000] [--seed 1] [--at-once 8]

Half of the requests are signed as Twilio signs; of these most are messages of every kind with odd parameters. The
others are forged, torn or of another form. Real web processes, real database. Exit status 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import http.client
import json
import random
import re
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

sys.path.insert(0, str(Path(__file__).parent))
from stage import ACCOUNT_SID, NEXT_TOKEN, TOKEN, Stage, stage

FORM = "application/x-www-form-urlencoded"
SENDERS = 400
BATCH = 2000
MESSAGES, FALLBACK, STATUS = "/twilio/messages", "/twilio/messages/fallback", "/twilio/status"
VOICE = ("/twilio/voice", "/twilio/voice/status", "/twilio/voice/recording", "/twilio/voice/done")
_WORDS = (
    "gaji", "belum", "dibayar", "paspor", "tolong", "majikan", "kapan", "\x00", "\u2400", "🆘", "請幫忙", "سلام",
    "\ud7ff", "\u202e", "\r\n", "\t", "'; DROP TABLE message; --", "{{7*7}}", "<script>", "%s%n", "\\u0000",
    "\U0010ffff",
)  # fmt: skip
_EXTRA = (
    "ProfileName", "WaId", "ExternalUserId", "ParentExternalUserId", "Latitude", "Longitude", "Address", "Label",
    "ButtonText", "ButtonPayload", "OptOutType", "MessageType", "NumMedia", "MediaUrl0", "MediaContentType0", "ListId",
    "ListTitle", "InteractiveData", "FlowData", "OriginalRepliedMessageSid", "Forwarded", "FrequentlyForwarded",
    "ReferralHeadline", "ReferralX", "ChannelMetadata", "ProfileUsername", "Username", "SomethingNew", "ErrorCode",
)  # fmt: skip
_JSON = (
    '{"a": "\\ud800"}',
    '{"a": NaN}',
    "[" * 3000,
    '{"data": {"context": 7}}',
    '{"data": []}',
    "{}",
    "null",
    "9" * 5000,
)

_TOO_LARGE = 5_000_000


@dataclass(frozen=True)
class Shot:
    """One request. `sid`: a message that must be stored, for the request is as Twilio makes them."""

    method: str
    target: str
    body: bytes
    headers: dict[str, str]
    sid: str | None = None


class Gunner:
    """Makes requests from a seed; the same seed makes the same ones."""

    def __init__(self, seed: int, public_url: str) -> None:
        self.chance = random.Random(seed)
        self.public_url = public_url
        self.old: list[Shot] = []

    def shots(self, count: int, *, first: int) -> list[Shot]:
        return [self._one(number) for number in range(first, first + count)]

    def _one(self, number: int) -> Shot:
        dice = self.chance.random()
        if dice < 0.40:
            shot = self._message(number)
        elif dice < 0.45 and self.old:
            return self.chance.choice(self.old)
        elif dice < 0.50:
            shot = self._other_webhook(number)
        elif dice < 0.75:
            shot = self._forged(self._message(number))
        else:
            return self._torn(number)
        if shot.sid:
            self.old = [*self.old[-50:], shot]
        return shot

    def _message(self, number: int) -> Shot:
        sid = f"{self.chance.choice(['SM', 'MM'])}{number:032x}"
        sender = self._sender()
        form = MultiDict(
            {"MessageSid": sid, "SmsSid": sid, "AccountSid": ACCOUNT_SID, "From": sender, "To": "+12025550143",
             "Body": self._text(), "NumMedia": "0"}
        )  # fmt: skip
        for name in self.chance.sample(_EXTRA, self.chance.choice([0, 0, 1, 2, 5])):
            form[name] = self.chance.choice(
                [self._text(), self.chance.choice(_JSON), "true", "", "-1", "1e999"]
            )
        if self.chance.random() < 0.05:
            form.add("Body", "twice")
        path = self.chance.choice([MESSAGES] * 9 + [FALLBACK])
        return self._signed(path, form, sid)

    def _other_webhook(self, number: int) -> Shot:
        path = self.chance.choice([STATUS, *VOICE])
        form = MultiDict(
            {"AccountSid": ACCOUNT_SID, "From": self.chance.choice([self._sender(), "anonymous", ""])}
        )
        for name in self.chance.sample(
            ["CallSid", "CallStatus", "MessageSid", "MessageStatus", "ErrorCode", "RecordingUrl", "RecordingDuration",
             "CallDuration", "ForwardedFrom", "RecordingStatus", "Digits"],
            self.chance.randrange(8),
        ):  # fmt: skip
            form[name] = self.chance.choice(
                [f"CA{number % 50:032x}", self._text(), "9" * 400, "delivered", "-1"]
            )
        query = self.chance.choice(
            ["", "?message=nonsense", f"?message={'0' * 32}", "?message=%00", "?x=%2f&x=1"]
        )
        return self._signed(path + query, form, None)

    def _signed(self, target: str, form: MultiDict[str, str], sid: str | None) -> Shot:
        key, algorithm = (
            self.chance.choice([TOKEN, NEXT_TOKEN]),
            self.chance.choice(["HMAC_SHA1", "HMAC_SHA256"]),
        )
        signature = RequestValidator(key).compute_signature(
            self.public_url + target, form, algorithm=algorithm
        )
        headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
        if algorithm != "HMAC_SHA1":
            headers["X-Twilio-Webhooks-Signature-Settings"] = f"key=k,algorithm={algorithm}"
        body = urlencode(list(form.items(multi=True))).encode()
        return Shot("POST", target, body, headers, sid)

    def _forged(self, shot: Shot) -> Shot:
        body, headers = shot.body, dict(shot.headers)
        act = self.chance.randrange(6)
        if act == 0:
            body += b"&Added=1"
        elif act == 1:
            headers["X-Twilio-Signature"] = self.chance.choice(
                ["", "A" * 5000, "bm9wZQ==", "\xff\xfe", "=" * 28]
            )
        elif act == 2:
            del headers["X-Twilio-Signature"]
        elif act == 3:
            headers["X-Twilio-Webhooks-Signature-Settings"] = self.chance.choice(
                ["algorithm=ROT13", "=", ",,,", "key"]
            )
            body = body[:-1] + b"~"
        elif act == 4:
            return Shot(shot.method, shot.target + "?x=1", body, headers)
        else:
            headers["Content-Type"] = self.chance.choice(
                ["text/plain", "multipart/form-data", "application/json", "x"]
            )
        return Shot(shot.method, shot.target, body, headers)

    def _torn(self, number: int) -> Shot:  # noqa: PLR0911 - one return for each way to be wrong
        """Not what Twilio sends at all, some of it signed all the same."""
        path = self.chance.choice([MESSAGES, FALLBACK, STATUS, *VOICE])
        act = self.chance.randrange(9)
        noise = self.chance.randbytes(self.chance.choice([0, 1, 50, 3000]))
        if act == 0:
            return Shot("POST", path, noise, {"Content-Type": FORM, "X-Twilio-Signature": "bm9wZQ=="})
        if act == 1:
            return self._signed(path, MultiDict({self._text(): self._text() for _ in range(5)}), None)
        if act == 2:
            return self._signed(
                path, MultiDict({"AccountSid": ACCOUNT_SID, "From": "", "MessageSid": "x" * 500}), None
            )
        if act == 3:
            body = json.dumps({"AccountSid": ACCOUNT_SID, "n": number}).encode()
            target = f"{path}?bodySHA256={hashlib.sha256(body).hexdigest()}"
            signature = RequestValidator(TOKEN).compute_signature(self.public_url + target, {})
            return Shot(
                "POST", target, body, {"Content-Type": "application/json", "X-Twilio-Signature": signature}
            )
        if act == 4:
            return Shot(
                self.chance.choice(["GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]), path, noise, {}
            )
        if act == 5:
            boundary = "x" * self.chance.choice([1, 70, 500])
            body = (f"--{boundary}\r\nContent-Disposition: form-data; name=a\r\n\r\n").encode() + noise
            return Shot("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
        if act == 6:
            body = b"&".join(b"a%d=%d" % (n, n) for n in range(self.chance.choice([10, 5000])))
            return Shot("POST", path, body, {"Content-Type": FORM, "X-Twilio-Signature": "bm9wZQ=="})
        if act == 7:
            target = path + self.chance.choice(["/", "//", "/%00", "/..%2f", "?" + quote(noise[:200]), "%20"])
            return Shot("POST", target, b"a=%ff%fe&b=%zz&%00=%", {"Content-Type": FORM + "; charset=utf-7"})
        if self.chance.random() < 0.01:
            return Shot(
                "POST", path, b"Body=" + b"x" * _TOO_LARGE, {"Content-Type": FORM, "X-Twilio-Signature": "a"}
            )
        return Shot("POST", path, base64.b64encode(noise), {"Content-Type": FORM, "Content-Encoding": "gzip"})

    def _sender(self) -> str:
        number = self.chance.randrange(SENDERS)
        return self.chance.choice(
            [
                f"+96600000{number:04d}",
                f"whatsapp:+96600000{number:04d}",
                f"whatsapp:SA.Fuzz{number}",
                "BANK",
                "12345",
            ]
        )

    def _text(self) -> str:
        length = self.chance.choice([0, 1, 3, 8, 20])
        text = " ".join(self.chance.choice(_WORDS) for _ in range(length))
        dice = self.chance.random()
        if dice < 0.02:
            return base64.b64encode((text * 5).encode()).decode()
        return text * 300 if dice < 0.025 else text


class Range:
    """Fires from several threads and keeps the score."""

    def __init__(self, on: Stage) -> None:
        self.port = on.web_port
        self.local = threading.local()
        self.lock = threading.Lock()
        self.statuses: Counter[str] = Counter()
        self.failures: list[str] = []
        self.promised: set[str] = set()

    def fire(self, shot: Shot) -> None:
        status = self._exchange(shot)
        with self.lock:
            self.statuses["hung up on" if status is None else str(status)] += 1
            if status is None and len(shot.body) >= _TOO_LARGE:
                return  # refused before all of it was read, which a sender sees as a closed connection
            if status is None or status >= 500:
                self.failures.append(f"{status} {shot.method} {shot.target[:80]} {shot.body[:200]!r}")
            elif shot.sid:
                self.promised.add(shot.sid)
                if status != 200:
                    self.failures.append(f"{status} for a signed message {shot.target} {shot.body[:300]!r}")

    def _exchange(self, shot: Shot) -> int | None:
        for _ in range(2):
            connection = getattr(self.local, "connection", None)
            if connection is None:
                connection = self.local.connection = http.client.HTTPConnection(
                    "127.0.0.1", self.port, timeout=30
                )
            try:
                connection.request(shot.method, shot.target, shot.body or None, shot.headers)
                answer = connection.getresponse()
                answer.read()
                return int(answer.status)
            except (OSError, http.client.HTTPException):
                # A server may hang up on what is too large; the connection is then a new one.
                connection.close()
                self.local.connection = None
        return None


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--requests", type=int, default=100_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--at-once", type=int, default=8)
    chosen = options.parse_args()
    sys.exit(0 if fuzz(chosen.requests, seed=chosen.seed, at_once=chosen.at_once) else 1)


def fuzz(count: int, *, seed: int, at_once: int) -> bool:
    with stage(web_workers=2, GAP_FILL_EVERY="3600") as on:
        firing = Range(on)
        gunner = Gunner(seed, f"http://127.0.0.1:{on.web_port}")
        began = time.monotonic()
        with ThreadPoolExecutor(at_once) as pool:
            for done in range(0, count, BATCH):
                list(pool.map(firing.fire, gunner.shots(min(BATCH, count - done), first=done)))
                print(
                    f"  {done + BATCH} of {count}, broken {len(firing.failures)}", file=sys.stderr, flush=True
                )
        seconds = time.monotonic() - began
        lost = missing(on, firing.promised)
        dead = len(list((on.folder / "spool" / "dead").glob("*")))
        early = len(list((on.folder / "spool" / "early").glob("*")))
        log = (on.folder / "log").read_text(errors="replace")
        reasons = Counter(re.findall(r'"error": "(\w+)".*"spooled webhook set aside"', log))
    total = sum(firing.statuses.values())
    print(f"requests {total} in {seconds:.0f} s ({total / seconds:.0f}/s); answers {dict(firing.statuses)}")
    print(
        f"validly signed messages {len(firing.promised)}; not stored {len(lost)}; set aside in the spool {dead} "
        f"{dict(reasons)}; reports of calls that are not known (yet) {early}"
    )
    for line in firing.failures[:20]:
        print("  broken:", line)
    return not firing.failures and not lost


def missing(on: Stage, promised: set[str]) -> set[str]:
    """Promised messages that are not in the database, once the spool has had time to empty."""
    for _ in range(240):
        with on.connect() as connection:
            rows = connection.execute(
                "SELECT provider_sid FROM message WHERE provider_sid IS NOT NULL"
            ).fetchall()
        left = promised - {str(row[0]) for row in rows}
        if not left:
            return set()
        time.sleep(0.5)
    return left


if __name__ == "__main__":
    main()
