"""An inbound message from the phone's key press to the product's answer and what follows from it."""

import threading
import time
from collections import deque
from typing import Any
from urllib.parse import urljoin

from hotline.channels.phones.addresses import parse_address
from hotline.channels.phones.clock import Clock
from hotline.channels.phones.consent import ANSWERS, Consent, keyword
from hotline.channels.phones.deliveries import Deliveries
from hotline.channels.phones.handsets import Handsets
from hotline.channels.phones.inbound import Instruction, build_parameters
from hotline.channels.phones.ledger import Ledger
from hotline.channels.phones.media import MediaShelf
from hotline.channels.phones.messages import Message, MessageShelf
from hotline.channels.phones.segments import count_segments
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.twiml import ALERTS, Reading, Reply, read_twiml
from hotline.channels.phones.webhook import Parameters, Posted, Postman

LOOP_REPLIES = 15
LOOP_SECONDS = 30.0


class Reception:
    """Posts inbound messages to the product and executes its replies."""

    def __init__(
        self,
        *,
        settings: PhonesSettings,
        clock: Clock,
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
        """Deliver one message and answer what became of it, in the shape of ``/_control/inbound``."""
        started = time.monotonic()
        sid = given.message_sid or self._shelf.new_sid("MM" if given.media else "SM")
        repeated = self._shelf.get(sid) is not None
        media_urls = self._media.make(sid, given.media)
        params = build_parameters(given, sid, self._settings, media_urls)
        if not repeated:
            self._keep(given, sid, params, media_urls)
        posted, reading, fallback = self._deliver(params, sid, given.signature)
        replies = [self._reply(given, reply, fallback or posted) for reply in reading.replies]
        alerts = list(reading.alerts) + [code for code in replies if isinstance(code, int)]
        for code in alerts:
            self._ledger.record("alert", sid=sid, to=given.sender.wire, code=code, message=ALERTS[code])
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

    def _keep(self, given: Instruction, sid: str, params: Parameters, media_urls: tuple[str, ...]) -> None:
        now = self._clock.now()
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
                media=media_urls,
                service_sid=self._settings.messaging_service_sid,
            )
        )
        shown = params["Body"] or ", ".join(
            value for name in ("Label", "Address", "Latitude", "Longitude") if (value := params.get(name))
        )
        self._handsets.add(
            given.sender.bare,
            "out",
            channel=given.sender.channel,
            peer=given.to.bare,
            text=shown,
            at=now,
            sid=sid,
            media=media_urls,
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
        url, fallback_url = self._settings.webhook_url(), self._settings.fallback_url()
        posted = self._post(url, params, sid, signature)
        reading = read_twiml(posted.answer)
        if not reading.failed or fallback_url is None:
            return posted, reading, None
        again = params.copy()
        again["ErrorCode"], again["ErrorUrl"] = str(reading.alerts[0]), url.partition("#")[0]
        second = self._post(fallback_url, again, sid, signature)
        later = read_twiml(second.answer)
        return posted, Reading(later.replies, reading.alerts + later.alerts), second

    def _post(self, url: str, params: Parameters, sid: str, signature: str) -> Posted:
        token = self._shelf.new_sid("")
        posted = self._postman.post(url, params, token, signature=signature)
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
        return posted

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
            media=reply.media,
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
