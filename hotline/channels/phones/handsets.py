"""The phones' side of the conversation: what each one sent and what reached it."""

import threading
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

LINES_PER_PHONE = 500
RECENT_LINES = 5_000
MOST_PHONES = 50_000
TYPING = timedelta(seconds=25)


@dataclass(frozen=True, slots=True)
class Line:
    """One bubble. ``in`` arrived on this phone, ``out`` was written on it."""

    seq: int
    number: str
    channel: str
    direction: Literal["in", "out"]
    peer: str
    text: str
    at: str
    sid: str
    media: tuple[str, ...] = ()
    automatic: bool = False  # the provider's own STOP/START answer: the product never sees it
    attachments: tuple[dict[str, str], ...] = ()  # what of the media is on the shelf
    buttons: tuple[dict[str, str], ...] = ()
    is_list: bool = False
    place: dict[str, str] | None = None
    call: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Handsets:
    """Bounded in every direction: lines a phone, lines to poll, phones. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._seq = 0
            self._phones: OrderedDict[str, deque[Line]] = OrderedDict()
            self._recent: deque[Line] = deque(maxlen=RECENT_LINES)
            self._typing: dict[str, datetime] = {}

    def add(
        self,
        number: str,
        direction: Literal["in", "out"],
        *,
        channel: str,
        peer: str,
        text: str,
        at: datetime,
        sid: str,
        media: tuple[str, ...] = (),
        automatic: bool = False,
        **more: Any,
    ) -> Line:
        with self._lock:
            self._seq += 1
            stamp = at.isoformat()
            line = Line(
                self._seq, number, channel, direction, peer, text, stamp, sid, media, automatic, **more
            )
            self._phones.setdefault(number, deque(maxlen=LINES_PER_PHONE)).append(line)
            self._phones.move_to_end(number)
            if len(self._phones) > MOST_PHONES:
                self._phones.popitem(last=False)
            self._recent.append(line)
            if direction == "in":
                self._typing.pop(number, None)
            return line

    def show_typing(self, number: str, now: datetime) -> None:
        with self._lock:
            self._typing[number] = now + TYPING

    def typing(self, now: datetime) -> list[str]:
        """The phones that see somebody write: until the answer comes, or for 25 seconds."""
        with self._lock:
            self._typing = {number: until for number, until in self._typing.items() if until > now}
            return list(self._typing)

    def conversation(self, number: str) -> tuple[int, list[Line]]:
        with self._lock:
            return self._seq, list(self._phones.get(number, ()))

    def last_received(self, number: str, channel: str) -> Line | None:
        """The newest message the hotline sent to this phone, which is what a person quotes."""
        with self._lock:
            lines = reversed(self._phones.get(number, ()))
            return next(
                (
                    line
                    for line in lines
                    if line.direction == "in" and line.channel == channel and not line.automatic
                ),
                None,
            )

    def since(self, cursor: int, limit: int = 500) -> tuple[int, list[Line], bool]:
        """Lines after ``cursor``, the cursor to ask with next, and whether older ones were missed."""
        with self._lock:
            if cursor > self._seq:  # a reset happened: the asker holds a cursor of another life
                return self._seq, [], True
            missed = bool(self._recent) and self._recent[0].seq > cursor + 1
            lines: list[Line] = []
            for line in reversed(self._recent):
                if line.seq <= cursor:
                    break
                lines.append(line)
            lines.reverse()
            truncated = len(lines) > limit
            lines = lines[-limit:]
            return self._seq, lines, missed or truncated

    def overview(self, limit: int = 200) -> tuple[int, list[dict[str, Any]]]:
        """The phones used last, newest first."""
        with self._lock:
            newest = list(self._phones.items())[-limit:][::-1]
            rows = [
                {
                    "number": number,
                    "lines": len(lines),
                    "received": sum(line.direction == "in" for line in lines),
                    "last_at": lines[-1].at,
                    "last_text": lines[-1].text[:80],
                }
                for number, lines in newest
            ]
            return self._seq, rows
