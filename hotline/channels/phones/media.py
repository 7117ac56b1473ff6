"""Attachments: the bytes a phone sent or was sent, behind the account's password and a link that expires."""

import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from urllib.parse import urlencode

from hotline.channels.phones.clock import Clock, rfc2822
from hotline.channels.phones.settings import PhonesSettings

MOST_MEDIA = 20_000
MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Attachment:
    """What is to be attached."""

    content_type: str
    content: bytes
    filename: str = ""


@dataclass
class Medium:
    """One attachment on the shelf. ``asked`` counts who wanted its bytes."""

    sid: str
    message_sid: str
    content_type: str
    created: datetime
    content: bytes = field(repr=False)
    filename: str = ""
    asked: int = 0

    def as_json(self, account_sid: str) -> dict[str, Any]:
        uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{self.message_sid}/Media/{self.sid}.json"
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "parent_sid": self.message_sid,
            "content_type": self.content_type,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.created),
            "uri": uri,
        }

    def as_attachment(self) -> dict[str, str]:
        """For the page."""
        return {"sid": self.sid, "content_type": self.content_type, "filename": self.filename}


class MediaShelf:
    """Keeps what was attached until the product deletes it, or until there is too much of it."""

    def __init__(self, settings: PhonesSettings, clock: Clock, new_sid: Callable[[str], str]) -> None:
        self._settings = settings
        self._clock = clock
        self._new_sid = new_sid
        self._media: OrderedDict[str, Medium] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def clear(self) -> None:
        with self._lock:
            self._media.clear()
            self._size = 0

    def put(self, message_sid: str, attachments: tuple[Attachment, ...]) -> list[Medium]:
        """Shelve the attachments of one message, in order."""
        now = self._clock.now()
        made = [
            Medium(self._new_sid("ME"), message_sid, each.content_type, now, each.content, each.filename)
            for each in attachments
        ]
        with self._lock:
            for medium in made:
                self._media[medium.sid] = medium
                self._size += len(medium.content)
            while len(self._media) > MOST_MEDIA or (self._size > MOST_BYTES and len(self._media) > 1):
                self._size -= len(self._media.popitem(last=False)[1].content)
        return made

    def url_of(self, medium: Medium) -> str:
        """As it stands in ``MediaUrl0``; the product swaps the host."""
        account = self._settings.account_sid
        path = f"/2010-04-01/Accounts/{account}/Messages/{medium.message_sid}/Media/{medium.sid}"
        return self._settings.media_url.rstrip("/") + path

    def find(self, sid: str) -> Medium | None:
        with self._lock:
            return self._media.get(sid)

    def get(self, message_sid: str, sid: str) -> Medium | None:
        medium = self.find(sid)
        return medium if medium is not None and medium.message_sid == message_sid else None

    def of(self, message_sid: str) -> list[Medium]:
        with self._lock:
            return [medium for medium in self._media.values() if medium.message_sid == message_sid]

    def all(self) -> list[Medium]:
        with self._lock:
            return list(self._media.values())

    def remove(self, sid: str) -> None:
        with self._lock:
            medium = self._media.pop(sid, None)
            self._size -= len(medium.content) if medium else 0


class Links:
    """Signed addresses on the second port, each good for a while."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._key = token_bytes(32)
        self.base = ""  # set once the port is known; without it the first port serves the bytes itself

    def path_to(self, medium: Medium, seconds: int) -> str:
        expires = int(self._clock.seconds()) + seconds
        query = urlencode({"Expires": expires, "Signature": self._sign(medium.sid, expires)})
        return f"/media/{medium.sid}?{query}"

    def admits(self, sid: str, expires: str, signature: str) -> bool:
        """Whether the link is one of ours and its time is not up."""
        if not expires.isdigit() or not hmac.compare_digest(signature, self._sign(sid, int(expires))):
            return False
        return self._clock.seconds() < int(expires)

    def _sign(self, sid: str, expires: int) -> str:
        return hmac.new(self._key, f"{sid}:{expires}".encode(), sha256).hexdigest()
