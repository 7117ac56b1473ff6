"""Calls and their recordings, as the provider keeps them."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hotline.channels.phones.clock import rfc2822

MOST_CALLS = 20_000


@dataclass
class Call:
    """One call to the hotline."""

    sid: str
    account_sid: str
    sender: str
    to: str
    created: datetime
    updated: datetime
    status: str = "ringing"
    started: datetime | None = None
    ended: datetime | None = None
    seconds: int = 0
    forwarded_from: str | None = None
    caller_name: str | None = None
    number_sid: str = ""
    direction: str = "inbound"

    def as_json(self) -> dict[str, Any]:
        uri = f"/2010-04-01/Accounts/{self.account_sid}/Calls/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "parent_call_sid": None,
            "to": self.to,
            "to_formatted": self.to,
            "from": self.sender,
            "from_formatted": self.sender,
            "phone_number_sid": self.number_sid,
            "status": self.status,
            "start_time": rfc2822(self.started),
            "end_time": rfc2822(self.ended),
            "duration": str(self.seconds) if self.ended else None,
            "price": None,
            "price_unit": "USD",
            "direction": self.direction,
            "answered_by": None,
            "api_version": "2010-04-01",
            "forwarded_from": self.forwarded_from,
            "group_sid": None,
            "caller_name": self.caller_name,
            "queue_time": "0",
            "trunk_sid": None,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.updated),
            "uri": f"{uri}.json",
            "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        }


@dataclass
class Recording:
    """What a caller left. ``asked`` counts who wanted its sound."""

    sid: str
    account_sid: str
    call_sid: str
    created: datetime
    seconds: int
    content_type: str
    content: bytes = field(repr=False)
    built_in: bool = True  # a tone made in code, which can be had as MP3 too
    asked: int = 0

    @property
    def uri(self) -> str:
        return f"/2010-04-01/Accounts/{self.account_sid}/Recordings/{self.sid}"

    def as_json(self, base: str) -> dict[str, Any]:
        return {
            "sid": self.sid,
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "call_sid": self.call_sid,
            "conference_sid": None,
            "channels": 1,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.created),
            "start_time": rfc2822(self.created),
            "duration": str(self.seconds),
            "encryption_details": None,
            "error_code": None,
            "media_url": base + self.uri,
            "price": None,
            "price_unit": "USD",
            "source": "RecordVerb",
            "status": "completed",
            "subresource_uris": {},
            "uri": f"{self.uri}.json",
        }


class CallShelf:
    """Keeps the newest calls with their recordings. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._calls: OrderedDict[str, Call] = OrderedDict()
            self._recordings: OrderedDict[str, Recording] = OrderedDict()

    def add_call(self, call: Call) -> None:
        with self._lock:
            self._calls[call.sid] = call
            if len(self._calls) > MOST_CALLS:
                self._calls.popitem(last=False)

    def add_recording(self, recording: Recording) -> None:
        with self._lock:
            self._recordings[recording.sid] = recording
            if len(self._recordings) > MOST_CALLS:
                self._recordings.popitem(last=False)

    def call(self, sid: str) -> Call | None:
        with self._lock:
            return self._calls.get(sid)

    def recording(self, sid: str) -> Recording | None:
        with self._lock:
            return self._recordings.get(sid)

    def calls(self) -> list[Call]:
        """Newest first."""
        with self._lock:
            return list(self._calls.values())[::-1]

    def recordings(self) -> list[Recording]:
        """Newest first."""
        with self._lock:
            return list(self._recordings.values())[::-1]

    def remove_recording(self, sid: str) -> None:
        with self._lock:
            self._recordings.pop(sid, None)
