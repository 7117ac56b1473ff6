"""Keeping one sender's flood from occupying every web process: beyond a rate no human types at, its messages go to the
spool, whose worker takes them in one after the other. None is refused."""

from __future__ import annotations

import threading
from collections import OrderedDict

WINDOW_SECONDS = 10.0
# Of one process: with four of them a sender may write eight times a second before its messages take the longer way.
MOST_IN_WINDOW = 20
_MOST_SENDERS = 10_000


class FloodGate:
    """Counts messages by sender in this process, in memory alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[int, tuple[float, int]] = OrderedDict()

    def overflows(self, sender: str, at: float) -> bool:
        """Count one message; True when this sender has sent too many within the window. `at`: a steady clock."""
        key = hash(sender)
        with self._lock:
            since, count = self._seen.pop(key, (at, 0))
            since, count = (at, 1) if at - since > WINDOW_SECONDS else (since, count + 1)
            self._seen[key] = (since, count)
            if len(self._seen) > _MOST_SENDERS:
                self._seen.popitem(last=False)
        return count > MOST_IN_WINDOW

    def clear(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._seen.clear()
