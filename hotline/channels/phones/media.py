"""Attachments of inbound messages: made-up bytes behind the account's password."""

import base64
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hotline.channels.phones.settings import PhonesSettings

MOST_MEDIA = 20_000

_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
# Enough of each kind for a fetcher that looks at the first bytes; nothing here can be played.
SAMPLES = {
    "image/png": _PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9",
    "audio/ogg": b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01",
    "application/pdf": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
    "text/vcard": b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Sari\r\nTEL:+447700900199\r\nEND:VCARD\r\n",
}


@dataclass(frozen=True)
class Medium:
    """One attachment; the bytes follow from its type."""

    sid: str
    message_sid: str
    content_type: str

    @property
    def content(self) -> bytes:
        return SAMPLES.get(self.content_type, b"made-up content\n")

    def as_json(self, account_sid: str) -> dict[str, Any]:
        uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{self.message_sid}/Media/{self.sid}.json"
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "parent_sid": self.message_sid,
            "content_type": self.content_type,
            "uri": uri,
        }


class MediaShelf:
    """Keeps what was attached until the product deletes it, or until there is too much of it."""

    def __init__(self, settings: PhonesSettings, new_sid: Callable[[str], str]) -> None:
        self._settings = settings
        self._new_sid = new_sid
        self._media: OrderedDict[str, Medium] = OrderedDict()
        self._lock = threading.Lock()

    def clear(self) -> None:
        with self._lock:
            self._media.clear()

    def make(self, message_sid: str, content_types: tuple[str, ...]) -> tuple[str, ...]:
        """The URLs of new attachments, as they stand in ``MediaUrl0`` and so on."""
        urls = []
        for content_type in content_types:
            medium = Medium(self._new_sid("ME"), message_sid, content_type)
            with self._lock:
                self._media[medium.sid] = medium
                if len(self._media) > MOST_MEDIA:
                    self._media.popitem(last=False)
            account = self._settings.account_sid
            path = f"/2010-04-01/Accounts/{account}/Messages/{message_sid}/Media/{medium.sid}"
            urls.append(self._settings.media_url.rstrip("/") + path)
        return tuple(urls)

    def get(self, message_sid: str, sid: str) -> Medium | None:
        with self._lock:
            medium = self._media.get(sid)
        return medium if medium is not None and medium.message_sid == message_sid else None

    def of(self, message_sid: str) -> list[Medium]:
        with self._lock:
            return [medium for medium in self._media.values() if medium.message_sid == message_sid]

    def remove(self, sid: str) -> None:
        with self._lock:
            self._media.pop(sid, None)
