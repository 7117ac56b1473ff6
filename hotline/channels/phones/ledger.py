"""The ledger: every request in and out, so that a test can assert "exactly one SMS"."""

import json
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from hotline.channels.phones.addresses import handset_name
from hotline.channels.phones.clock import Clock

Kind = Literal["rest", "callback", "inbound", "alert", "voice", "media", "cdn"]
DIRECTIONS: dict[Kind, str] = {
    "rest": "from_product",
    "cdn": "from_product",  # media, at the second port
    "callback": "to_product",
    "inbound": "to_product",
    "voice": "to_product",
    "media": "to_product",  # an attachment of an outgoing message is fetched
    "alert": "here",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """The line is kept as the JSON it will be read as: a fifth of the memory a dict would take."""

    seq: int
    at: float
    kind: Kind
    to: str
    sid: str
    line: str


class Ledger:
    """Keeps the newest ``limit`` entries and counts what it had to let go. Safe from any thread."""

    def __init__(self, limit: int, clock: Clock) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._clock = clock
        self._lock = threading.Lock()
        self._seq = 0

    def record(self, kind: Kind, *, sid: str = "", to: str = "", **fields: Any) -> None:
        """Write one entry; ``fields`` must be plain JSON values."""
        now = self._clock.now()
        body = {"at": now.isoformat(), "kind": kind, "direction": DIRECTIONS[kind], "sid": sid, "to": to}
        text = json.dumps(body | fields, ensure_ascii=False)
        with self._lock:
            self._seq += 1
            line = f'{{"seq": {self._seq}, {text[1:]}'
            self._entries.append(Entry(self._seq, now.timestamp(), kind, handset_name(to), sid, line))

    def read(
        self, *, kind: str = "", to: str = "", sid: str = "", since: str = "", limit: int | None = None
    ) -> str:
        """The matching entries, oldest first, as one JSON document.

        ``since`` is a sequence number (later ones only) or an ISO time (that moment and later).
        """
        with self._lock:
            entries, last = list(self._entries), self._seq
        dropped = last - len(entries)
        after, moment = _parse_since(since)
        name = handset_name(to) if to else ""
        chosen = [
            entry.line
            for entry in entries
            if entry.seq > after
            and entry.at >= moment
            and (not kind or entry.kind == kind)
            and (not name or entry.to == name)
            and (not sid or entry.sid == sid)
        ]
        chosen = chosen[:limit] if limit else chosen
        return f'{{"cursor": {last}, "dropped": {dropped}, "entries": [{", ".join(chosen)}]}}'

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._seq = 0


def _parse_since(since: str) -> tuple[int, float]:
    """Raises ValueError on anything that is neither a number nor an ISO time."""
    if not since:
        return 0, 0.0
    if since.isdigit():
        return int(since), 0.0
    # A plus that was not escaped in the query arrives as a space.
    moment = datetime.fromisoformat(since.replace(" ", "+", 1) if "T" in since else since)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return 0, moment.timestamp()
