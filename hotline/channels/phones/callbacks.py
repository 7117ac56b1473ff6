"""Status callbacks: what they say, in which order they leave, and the ways in which they go wrong."""

import threading
from collections import deque
from dataclasses import dataclass, field
from functools import partial

from werkzeug.datastructures import MultiDict

from hotline.channels.phones.addresses import parse_address
from hotline.channels.phones.faults import Faults
from hotline.channels.phones.ledger import Ledger
from hotline.channels.phones.messages import Message, MessageShelf
from hotline.channels.phones.outcomes import Step
from hotline.channels.phones.timetable import Timetable
from hotline.channels.phones.twiml import ALERTS
from hotline.channels.phones.webhook import Parameters, Postman


@dataclass
class Lane:
    """One message's callbacks leave one after another, unless they are told not to."""

    reorder: bool
    complete: bool = False  # nothing more will be queued
    waiting: deque[Parameters] = field(default_factory=deque)
    busy: bool = False


def callback_parameters(message: Message, step: Step) -> Parameters:
    """The form of one callback. It never carries the body."""
    params: Parameters = MultiDict(
        {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": step.status,
            "SmsStatus": step.status,
            "AccountSid": message.account_sid,
            "From": message.sender or "",
            "To": message.to,
            "ApiVersion": "2010-04-01",
        }
    )
    if message.service_sid:
        params["MessagingServiceSid"] = message.service_sid
    if step.code is not None:
        params["ErrorCode"] = str(step.code)
    address = parse_address(message.to)
    if address is not None and address.channel == "whatsapp":
        params["ChannelPrefix"] = "whatsapp"
        params["ChannelInstallSid"] = "XE" + message.account_sid[2:]
        if step.status == "read":
            params["EventType"] = "READ"
        if step.code is not None:
            params["ChannelStatusMessage"] = message.error_message or ""
    elif step.status in ("delivered", "undelivered"):
        params["RawDlrDoneDate"] = message.updated.strftime("%y%m%d%H%M")
    return params


class Callbacks:
    """Sends what a message's ``StatusCallback`` asked for; the knobs are asked at the moment of sending."""

    def __init__(
        self, postman: Postman, faults: Faults, ledger: Ledger, shelf: MessageShelf, timetable: Timetable
    ) -> None:
        self._postman = postman
        self._faults = faults
        self._ledger = ledger
        self._shelf = shelf
        self._timetable = timetable
        self._lanes: dict[str, Lane] = {}
        self._lock = threading.Lock()

    def emit(self, message: Message, step: Step, *, last: bool) -> None:
        """Queue one callback. A reordered message's are held back and leave in reverse after the last."""
        if not message.status_callback:
            return
        with self._lock:
            lane = self._lanes.get(message.sid)
            if lane is None:
                lane = self._lanes[message.sid] = Lane(self._faults.fires("callback_reorder"))
            lane.waiting.append(callback_parameters(message, step))
            lane.complete = last
            if lane.busy or (lane.reorder and not last):
                return
            if lane.reorder:
                lane.waiting.reverse()
            lane.busy = True
        self._timetable.after(self._faults.callback_delay_ms / 1000, partial(self._drain, message))

    def overtake(self, message: Message, step: Step) -> None:
        """Send at once, in the thread that has yet to answer the request that created the message."""
        if message.status_callback:
            self._send(message, callback_parameters(message, step))

    def clear(self) -> None:
        with self._lock:
            self._lanes.clear()

    def _drain(self, message: Message) -> None:
        with self._lock:
            lane = self._lanes.get(message.sid)
            if lane is None:
                return
            params = lane.waiting.popleft()
        self._send(message, params)
        with self._lock:
            if not lane.waiting:
                lane.busy = False
                if lane.complete:
                    self._lanes.pop(message.sid, None)
                return
        self._timetable.after(self._faults.callback_delay_ms / 1000, partial(self._drain, message))

    def _send(self, message: Message, params: Parameters) -> None:
        faults = self._faults
        if faults.fires("callback_drop"):
            self._record(message, params, dropped=True)
            return
        if faults.fires("callback_unknown_status"):
            odd = params.copy()
            odd["MessageStatus"] = odd["SmsStatus"] = "partially_delivered"
            self._post(message, odd)
        if faults.fires("callback_extra_parameter"):
            params["AddedWithoutNotice"] = "yes"
        if faults.fires("callback_repeated_parameter"):
            params.setlist("Tag", ["second", "first"])
        self._post(message, params)
        if faults.fires("callback_duplicate"):
            self._post(message, params)

    def _post(self, message: Message, params: Parameters) -> None:
        signature = "wrong" if self._faults.fires("callback_wrong_signature") else "right"
        token = self._shelf.new_sid("")
        posted = self._postman.post(message.status_callback or "", params, token, signature=signature)
        for attempt in posted.attempts:
            self._record(message, params, idempotency_token=token, signature=signature, **attempt.as_json())
        if posted.answer.status is None or posted.answer.status >= 400:
            self._ledger.record("alert", sid=message.sid, to=message.to, code=11200, message=ALERTS[11200])

    def _record(self, message: Message, params: Parameters, **more: object) -> None:
        form = {name: values if len(values) > 1 else values[0] for name, values in params.lists()}
        self._ledger.record(
            "callback",
            sid=message.sid,
            to=message.to,
            **{"from": message.sender, "message_status": params["MessageStatus"], "params": form, **more},
        )
