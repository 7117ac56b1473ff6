"""An inbound message from the phone's key press to the product's answer and what follows from it."""

import threading
import time
from collections import deque
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from hotline.channels.phones.addresses import parse_address
from hotline.channels.phones.clock import Clock
from hotline.channels.phones.consent import ANSWERS, Consent, keyword
from hotline.channels.phones.deliveries import Deliveries
from hotline.channels.phones.faults import Faults
from hotline.channels.phones.handsets import Handsets
from hotline.channels.phones.inbound import build_parameters
from hotline.channels.phones.instructions import Instruction
from hotline.channels.phones.ledger import Ledger
from hotline.channels.phones.media import MediaShelf, Medium
from hotline.channels.phones.messages import Message, MessageShelf
from hotline.channels.phones.numbers import Numbers
from hotline.channels.phones.segments import count_segments
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.twiml import ALERTS, Reading, Reply, read_twiml
from hotline.channels.phones.webhook import Attempt, Parameters, Posted, Postman
from hotline.channels.phones.wire import Answer

LOOP_REPLIES = 15
LOOP_SECONDS = 30.0
MOST_REDIRECTS = 5
QUOTABLE = timedelta(days=7)
UNREACHABLE = Posted(Answer(None, failure="connect"))


class Reception:
    """Posts inbound messages to the product and executes its replies.

    A message is kept before the product hears of it: when neither webhook nor fallback can be reached, it can
    still be found in the list of messages, as outside.
    """

    def __init__(
        self,
        *,
        settings: PhonesSettings,
        clock: Clock,
        faults: Faults,
        numbers: Numbers,
        ledger: Ledger,
        shelf: MessageShelf,
        media: MediaShelf,
        handsets: Handsets,
        consent: Consent,
        postman: Postman,
        deliveries: Deliveries,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._faults = faults
        self._numbers = numbers
        self._ledger = ledger
        self._shelf = shelf
        self._media = media
        self._handsets = handsets
        self._consent = consent
        self._postman = postman
        self._deliveries = deliveries
        self._loops: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def clear(self) -> None:
        with self._lock:
            self._loops.clear()

    def receive(self, given: Instruction) -> dict[str, Any]:
        """Deliver one message, or each part of one, and tell what became of it (of the part sent last).

        All parts get their ids in the order they were written; they are posted in the order asked for.
        """
        pieces = given.in_parts()
        if len(pieces) == 1:
            return self._receive(pieces[0])
        numbered = [
            (number, replace(piece, message_sid=self._shelf.new_sid("SM")))
            for number, piece in enumerate(pieces, start=1)
        ]
        results = []
        for number, piece in self._ordered(numbered, given.order):
            if number in given.lost_parts:
                self._alert(piece.message_sid, given.sender.wire, 30009)
                continue
            results.append(self._receive(piece) | {"part": number})
        last = results[-1] if results else {"message_sid": None, "status": None, "failure": "lost"}
        return last | {"parts": results}

    def _ordered(self, pieces: list[tuple[int, Instruction]], order: str) -> list[tuple[int, Instruction]]:
        if order == "reversed":
            return pieces[::-1]
        return sorted(pieces, key=lambda _: self._shelf.chance()) if order == "shuffled" else pieces

    def _receive(self, given: Instruction) -> dict[str, Any]:
        started = time.monotonic()
        sid = given.message_sid or self._shelf.new_sid("MM" if given.media else "SM")
        given = self._quoting(given)
        repeated = self._shelf.get(sid) is not None
        media = self._media.of(sid) if repeated else self._media.put(sid, given.media)
        pairs = [(self._media.url_of(medium), medium.content_type) for medium in media]
        params = build_parameters(given, sid, self._settings, pairs)
        if not repeated:
            self._keep(given, sid, params, media)
        posted, reading, fallback = self._deliver(params, sid, given.signature)
        if self._faults.fires("inbound_duplicate"):
            self._deliver(params, sid, given.signature)
        replies = [self._reply(given, reply, fallback or posted) for reply in reading.replies]
        alerts = list(reading.alerts) + [code for code in replies if isinstance(code, int)]
        for code in alerts:
            self._alert(sid, given.sender.wire, code)
        return {
            "message_sid": sid,
            "status": posted.answer.status,
            "failure": posted.answer.failure,
            "attempts": [attempt.as_json() for attempt in posted.attempts],
            "fallback_status": fallback.answer.status if fallback else None,
            "replies": [reply.as_json() for reply in replies if isinstance(reply, Message)],
            "alerts": [{"code": code, "message": ALERTS[code]} for code in alerts],
            "ms": round((time.monotonic() - started) * 1000),
        }

    def _quoting(self, given: Instruction) -> Instruction:
        """A quote or a pressed button names the message it answers, unless that is older than seven days."""
        if given.kind not in ("quote", "button", "list"):
            return given
        now = self._clock.now()
        if given.replied_to_sid:
            quoted = self._shelf.get(given.replied_to_sid)
            too_old = quoted is not None and now - quoted.created > QUOTABLE
            return replace(given, replied_to_sid="") if too_old else given
        line = self._handsets.last_received(given.sender.bare, given.sender.channel)
        if line is None or now - datetime.fromisoformat(line.at) > QUOTABLE:
            return given
        return replace(given, replied_to_sid=line.sid)

    def _keep(self, given: Instruction, sid: str, params: Parameters, media: list[Medium]) -> None:
        now = self._clock.now()
        urls = tuple(self._media.url_of(medium) for medium in media)
        self._shelf.add(
            Message(
                sid=sid,
                account_sid=self._settings.account_sid,
                to=given.to.wire,
                sender=given.sender.wire,
                body=params["Body"],
                direction="inbound",
                status="received",
                created=now,
                updated=now,
                sent=now,
                segments=int(params["NumSegments"]) if params["NumSegments"].isdigit() else 1,
                media=urls,
                service_sid=self._settings.messaging_service_sid,
            )
        )
        place = {
            name.lower(): value
            for name in ("Label", "Address", "Latitude", "Longitude")
            if (value := params.get(name))
        }
        self._handsets.add(
            given.sender.bare,
            "out",
            channel=given.sender.channel,
            peer=given.to.bare,
            text=params["Body"] or ", ".join(place.values()),
            at=now,
            sid=sid,
            media=urls,
            attachments=tuple(medium.as_attachment() for medium in media),
            place=place or None,
        )
        self._hear(given, params)

    def _hear(self, given: Instruction, params: Parameters) -> None:
        """Keep the 24 hours, and obey STOP and START before the product hears of them."""
        now = self._clock.now()
        person = given.sender.bare
        if given.sender.channel == "whatsapp":
            self._consent.heard(given.to.bare, person, now)
        verb = params.get("OptOutType")
        if not verb and given.sender.channel == "sms":
            verb = keyword(params["Body"])
        if verb not in ANSWERS:
            return
        if self._consent.apply(verb, self._settings.messaging_service_sid or given.to.bare, person):
            self._handsets.add(
                person,
                "in",
                channel=given.sender.channel,
                peer=given.to.bare,
                text=ANSWERS[verb],
                at=now,
                sid=self._shelf.new_sid("SM"),
                automatic=True,
            )

    def _deliver(self, params: Parameters, sid: str, signature: str) -> tuple[Posted, Reading, Posted | None]:
        """What the webhook said, how to take it, and what the fallback said if it had to be asked."""
        url, fallback_url = self._numbers.routes.sms_url, self._numbers.routes.sms_fallback_url
        if self._faults.fires("inbound_unreachable"):
            # The line between provider and product is cut: nobody there hears of this message.
            for address in filter(None, (url, fallback_url)):
                attempt = Attempt("POST", address.partition("#")[0], None, "connect", 0)
                self._record(params, sid, "", signature, Posted(UNREACHABLE.answer, [attempt]))
            return UNREACHABLE, Reading(alerts=(11200,), failed=True), UNREACHABLE if fallback_url else None
        posted, reading = self._ask(url, params, sid, signature)
        if not reading.failed or not fallback_url:
            return posted, reading, None
        again = params.copy()
        again["ErrorCode"], again["ErrorUrl"] = str(reading.alerts[0]), url.partition("#")[0]
        second, later = self._ask(fallback_url, again, sid, signature)
        return posted, Reading(later.replies, reading.alerts + later.alerts), second

    def _ask(self, url: str, params: Parameters, sid: str, signature: str) -> tuple[Posted, Reading]:
        """Post, and go where the answer redirects: everything before a <Redirect> counts, nothing after it."""
        replies: tuple[Reply, ...] = ()
        for _ in range(1 + MOST_REDIRECTS):
            posted = self._post(url, params, sid, signature)
            reading = read_twiml(posted.answer)
            replies += reading.replies
            if reading.redirect is None:
                break
            base = posted.attempts[-1].url if posted.attempts else url
            url = urljoin(base, reading.redirect)
            if not self._numbers.is_ours(url):
                reading = Reading(alerts=(11200,), failed=True)
                break
        return posted, Reading(replies, reading.alerts, reading.failed)

    def _post(self, url: str, params: Parameters, sid: str, signature: str) -> Posted:
        token = self._shelf.new_sid("")
        posted = self._postman.post(url, params, token, signature=signature)
        self._record(params, sid, token, signature, posted)
        return posted

    def _record(self, params: Parameters, sid: str, token: str, signature: str, posted: Posted) -> None:
        for number, attempt in enumerate(posted.attempts, start=1):
            self._ledger.record(
                "inbound",
                sid=sid,
                to=params["To"],
                **{
                    "from": params["From"],
                    "params": params.to_dict(),
                    "attempt": number,
                    "idempotency_token": token,
                    "signature": signature,
                    "response": posted.answer.body[:2000].decode("utf-8", "replace"),
                    **attempt.as_json(),
                },
            )

    def _alert(self, sid: str, to: str, code: int) -> None:
        self._ledger.record("alert", sid=sid, to=to, code=code, message=ALERTS[code])

    def _reply(self, given: Instruction, reply: Reply, posted: Posted) -> Message | int:
        """Send one reply, or give the alert that stood in its way."""
        to = parse_address(reply.to or given.sender.wire, given.sender.channel) or given.sender
        if self._consent.has_stopped(self._settings.messaging_service_sid or given.to.bare, to.bare):
            return 21610
        if self._is_loop(to.bare):
            return 14107
        now = self._clock.now()
        base = posted.attempts[-1].url if posted.attempts else self._settings.public_url
        message = Message(
            sid=self._shelf.new_sid("MM" if reply.media else "SM"),
            account_sid=self._settings.account_sid,
            to=to.wire,
            sender=given.to.wire,
            body=reply.body,
            direction="outbound-reply",
            status="queued",
            created=now,
            updated=now,
            segments=count_segments(reply.body),
            media=tuple(urljoin(base, url) for url in reply.media),
            status_callback=urljoin(base, reply.status_callback) if reply.status_callback else None,
        )
        self._shelf.add(message)
        self._deliveries.begin(message)
        return message

    def _is_loop(self, person: str) -> bool:
        now = self._clock.seconds()
        with self._lock:
            sent = self._loops.setdefault(person, deque(maxlen=LOOP_REPLIES))
            if len(sent) == LOOP_REPLIES and now - sent[0] < LOOP_SECONDS:
                return True
            sent.append(now)
            return False
