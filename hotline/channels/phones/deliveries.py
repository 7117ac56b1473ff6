"""The life of an outgoing message after it was accepted."""

import threading
from collections.abc import Callable
from functools import partial

from hotline.channels.phones.addresses import parse_address
from hotline.channels.phones.attachments import Fetcher
from hotline.channels.phones.callbacks import Callbacks
from hotline.channels.phones.clock import Clock
from hotline.channels.phones.consent import Consent
from hotline.channels.phones.faults import Faults
from hotline.channels.phones.handsets import Handsets
from hotline.channels.phones.media import MediaShelf
from hotline.channels.phones.messages import Message, MessageShelf
from hotline.channels.phones.outcomes import OPEN_STATUSES, Outcome, Step, steps_to
from hotline.channels.phones.segments import count_segments
from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.timetable import Timetable

WHY = {
    21610: "The recipient has opted out",
    30003: "Unreachable destination handset",
    30005: "Unknown destination handset",
    30008: "Unknown error",
    63016: "Free text outside the 24 hour window",
    63027: "The template does not exist",
    11200: "The media could not be retrieved",
    11751: "The media are larger than the channel carries",
    12300: "The media have an invalid content type",
    63018: "Too many messages to this person in too short a time",
    63019: "The media could not be downloaded",
    63034: "The media are larger than the channel carries",
    63041: "The template is paused or disabled",
    63028: "The template was given other variables than it has",
}


class Deliveries:
    """Moves messages from status to status, shows them on the phone, hands each change to the callbacks."""

    def __init__(
        self,
        *,
        settings: PhonesSettings,
        clock: Clock,
        faults: Faults,
        shelf: MessageShelf,
        handsets: Handsets,
        consent: Consent,
        callbacks: Callbacks,
        timetable: Timetable,
        fetcher: Fetcher,
        fetching: Timetable,
        media: MediaShelf,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._faults = faults
        self._shelf = shelf
        self._handsets = handsets
        self._consent = consent
        self._callbacks = callbacks
        self._timetable = timetable
        self._fetcher = fetcher
        self._fetching = fetching
        self._media = media
        self._promised = 0
        self._lock = threading.Lock()

    def promise(self, message: Message, *, overtaking: bool = False) -> Callable[[], None]:
        """What begins the delivery, to be called once the response is out; until then it is pending."""
        with self._lock:
            self._promised += 1

        def keep() -> None:
            self.begin(message, overtaking=overtaking)
            with self._lock:
                self._promised -= 1

        return keep

    def promised(self) -> int:
        with self._lock:
            return self._promised

    def begin(self, message: Message, *, overtaking: bool = False) -> None:
        """Start with the first step. ``overtaking`` means the first callback has been sent before."""
        steps = self._plan(message)
        delay = self._settings.delivery_delay
        if message.send_at is not None:
            delay = max(0.0, (message.send_at - self._clock.now()).total_seconds())
        if self._fetcher.wants(message):
            self._fetching.after(delay, partial(self._fetch, message, overtaking))
            return
        self._timetable.after(delay, partial(self._step, message, steps[1:] if overtaking else steps))

    def _fetch(self, message: Message, overtaking: bool) -> None:
        """Get what is attached before anything is sent; without it the message fails."""
        failure = self._fetcher.fetch(message)
        if failure is not None:
            message.forced_code = message.forced_code or failure
        steps = self._plan(message)
        self._timetable.after(
            0, partial(self._step, message, steps[1:] if overtaking and not failure else steps)
        )

    def overtake(self, message: Message) -> None:
        """Let the first callback reach the product before the answer to its own request."""
        first = self._plan(message)[0]
        self._apply(message, first)
        if self._faults.outcome_for(message.to).name != "lost":
            self._callbacks.overtake(message, first)

    def cancel(self, message: Message) -> None:
        """A scheduled message is canceled, and its callback says so."""
        step = Step("canceled")
        self._apply(message, step)
        self._callbacks.emit(message, step, last=True)

    def _plan(self, message: Message) -> tuple[Step, ...]:
        address = parse_address(message.to)
        whatsapp = address is not None and address.channel == "whatsapp"
        outcome = self._faults.outcome_for(message.to)
        if message.forced_code is not None:
            outcome = Outcome("failed", message.forced_code)
        elif whatsapp and self._settings.whatsapp_window and not self._may_write_freely(message):
            outcome = Outcome("failed", message.refused_outside_window or 63016)
        return steps_to(outcome, by_service=message.service_sid is not None, whatsapp=whatsapp)

    def _may_write_freely(self, message: Message) -> bool:
        address = parse_address(message.to)
        person = address.bare if address else ""
        sender = self._settings.whatsapp_number
        return message.is_template or self._consent.within_window(sender, person, self._clock.now())

    def _step(self, message: Message, steps: tuple[Step, ...]) -> None:
        if not steps or self._shelf.get(message.sid) is not message or message.status == "canceled":
            return
        step, rest = steps[0], steps[1:]
        self._apply(message, step)
        if self._faults.outcome_for(message.to).name != "lost":
            self._callbacks.emit(message, step, last=not rest)
        if rest:
            self._timetable.after(self._settings.delivery_delay, partial(self._step, message, rest))

    def _apply(self, message: Message, step: Step) -> None:
        now = self._clock.now()
        arrived = step.status == "delivered"
        with self._shelf.lock:
            if message.sender is None:
                message.sender = self._sender_from_pool(message)
                message.segments = count_segments(message.body)
            message.status, message.updated = step.status, now
            message.error_code = step.code
            message.error_message = WHY.get(step.code, "Delivery failed") if step.code else None
            if step.status not in OPEN_STATUSES and step.status != "canceled":
                message.sent = message.sent or now
        if arrived:
            self._show(message)
        if message.discard_body and step.status in ("delivered", "undelivered", "failed"):
            message.body = ""

    def _sender_from_pool(self, message: Message) -> str:
        if message.to.startswith("whatsapp:"):
            return f"whatsapp:{self._settings.whatsapp_number}"
        return self._settings.sms_number

    def _show(self, message: Message) -> None:
        address = parse_address(message.to)
        if address is not None:
            self._handsets.add(
                address.bare,
                "in",
                channel=address.channel,
                peer=(message.sender or "").removeprefix("whatsapp:"),
                text=message.body,
                at=message.updated,
                sid=message.sid,
                media=message.media,
                attachments=tuple(medium.as_attachment() for medium in self._media.of(message.sid)),
                buttons=tuple(button.as_json() for button in message.buttons),
                is_list=message.is_list,
            )
