"""The Message resource, and the shelf it is kept on."""

import itertools
import random
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from hotline.channels.phones.clock import rfc2822
from hotline.channels.phones.content import Button

Direction = Literal["inbound", "outbound-api", "outbound-reply"]


@dataclass
class Message:
    """One message as the provider knows it. ``sender`` is empty until a service has chosen one."""

    sid: str
    account_sid: str
    to: str
    sender: str | None
    body: str
    direction: Direction
    status: str
    created: datetime
    updated: datetime
    seq: int = 0
    sent: datetime | None = None
    segments: int = 1
    media: tuple[str, ...] = ()
    service_sid: str | None = None
    error_code: int | None = None
    error_message: str | None = None
    status_callback: str | None = None
    send_at: datetime | None = None
    is_template: bool = False
    forced_code: int | None = None  # a failure already certain when it was accepted
    refused_outside_window: int | None = None  # a template WhatsApp has not approved
    buttons: tuple[Button, ...] = ()
    is_list: bool = False
    discard_body: bool = False
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def moment(self) -> datetime:
        """What date filters look at. A queued message has no sent date yet, but a client that lost the
        answer to its request must be able to find it."""
        return self.sent or self.created

    def as_json(self) -> dict[str, Any]:
        uri = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": rfc2822(self.created),
            "date_sent": rfc2822(self.sent),
            "date_updated": rfc2822(self.updated),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": self.error_message,
            "from": self.sender,
            "messaging_service_sid": self.service_sid,
            "num_media": str(len(self.media)),
            "num_segments": str(self.segments),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


class MessageShelf:
    """Holds the newest ``limit`` messages and hands out SIDs that repeat with the seed."""

    def __init__(self, limit: int, seed: int) -> None:
        self.lock = threading.RLock()
        self._limit = limit
        self._seed = seed
        self.clear()

    def clear(self) -> None:
        with self.lock:
            self._random = random.Random(self._seed)  # noqa: S311 - names that repeat are the point
            self._messages: OrderedDict[str, Message] = OrderedDict()
            self._order = itertools.count(1)

    def new_sid(self, prefix: str) -> str:
        with self.lock:
            return f"{prefix}{self._random.getrandbits(128):032x}"

    def chance(self) -> float:
        """A number from 0 to 1 out of the same seed."""
        with self.lock:
            return self._random.random()

    def add(self, message: Message) -> None:
        with self.lock:
            message.seq = next(self._order)
            self._messages[message.sid] = message
            if len(self._messages) > self._limit:
                self._messages.popitem(last=False)

    def get(self, sid: str) -> Message | None:
        with self.lock:
            return self._messages.get(sid)

    def remove(self, sid: str) -> None:
        with self.lock:
            self._messages.pop(sid, None)

    def newest_first(self) -> Iterator[Message]:
        with self.lock:
            snapshot = list(self._messages.values())
        return reversed(snapshot)
