"""What is attached to an outgoing message is fetched from the product, as the provider fetches it."""

from dataclasses import dataclass

from hotline.channels.phones.ledger import Ledger
from hotline.channels.phones.media import Attachment, MediaShelf
from hotline.channels.phones.messages import Message
from hotline.channels.phones.numbers import Numbers
from hotline.channels.phones.wire import Limits, Wire

MEGABYTE = 1024 * 1024
_LIMITS = Limits(connect=5.0, read=10.0, total=20.0)
# Retrieval, content type, size: per channel.
_CODES = {"sms": (11200, 12300, 11751), "whatsapp": (63019, 63019, 63034)}
_MOST = {"sms": 5 * MEGABYTE, "whatsapp": 16 * MEGABYTE}
_MOST_IMAGE = 5 * MEGABYTE
_REFUSED_TYPES = ("text/html", "application/json", "text/xml", "application/xml")


@dataclass(frozen=True)
class _Fetched:
    attachment: Attachment | None = None
    failure: int | None = None


class Fetcher:
    """Only the product is asked; media elsewhere are taken on trust and shown as a link."""

    def __init__(self, wire: Wire, numbers: Numbers, media: MediaShelf, ledger: Ledger) -> None:
        self._wire = wire
        self._numbers = numbers
        self._media = media
        self._ledger = ledger

    def wants(self, message: Message) -> bool:
        return any(self._numbers.is_ours(url) for url in message.media)

    def fetch(self, message: Message) -> int | None:
        """Shelve what could be had; the error code of the first that could not."""
        channel = "whatsapp" if message.to.startswith("whatsapp:") else "sms"
        found: list[Attachment] = []
        room = _MOST[channel]
        for url in message.media:
            if not self._numbers.is_ours(url):
                continue
            got = self._get(message, url, channel, room)
            if got.failure is not None:
                return got.failure
            if got.attachment is not None:
                room -= len(got.attachment.content)
                found.append(got.attachment)
        self._media.put(message.sid, tuple(found))
        return None

    def _get(self, message: Message, url: str, channel: str, room: int) -> _Fetched:
        retrieval, wrong_type, too_large = _CODES[channel]
        headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*"}
        answer = self._wire.exchange("GET", url, b"", headers, _LIMITS, most=room)
        content_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        failure: int | None = None
        if answer.status != 200:
            failure = retrieval
        elif not content_type or content_type in _REFUSED_TYPES:
            failure = wrong_type
        elif len(answer.body) > (min(room, _MOST_IMAGE) if content_type.startswith("image/") else room):
            failure = too_large
        self._ledger.record(
            "media",
            sid=message.sid,
            to=message.to,
            url=url,
            method="GET",
            status=answer.status,
            failure=answer.failure,
            content_type=content_type,
            size=len(answer.body),
            code=failure,
        )
        if failure is not None:
            return _Fetched(failure=failure)
        return _Fetched(Attachment(content_type, answer.body, url.partition("?")[0].rsplit("/", 1)[-1]))
