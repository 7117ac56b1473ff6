"""Who may be written to: opt-outs by keyword, and WhatsApp's 24 hours after the person's last message."""

import threading
from collections import deque
from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)
PAIR = timedelta(seconds=6)

_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
_START = frozenset({"START", "YES", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO"})

ANSWERS = {
    "STOP": "You have been unsubscribed and will get no more messages from here. Reply START to return.",
    "START": "You are subscribed again. Reply HELP for help, STOP to unsubscribe.",
    "HELP": "Reply STOP to unsubscribe.",
}


def keyword(text: str) -> str | None:
    """STOP, START or HELP when the whole message is that one word. "STOP PLEASE" is a sentence."""
    word = text.strip().upper()
    for name, words in (("STOP", _STOP), ("START", _START), ("HELP", _HELP)):
        if word in words:
            return name
    return None


class Consent:
    """Remembers opt-outs per sender (or service) and number, and when each person last wrote."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped: set[tuple[str, str]] = set()
        self._last_inbound: dict[tuple[str, str], datetime] = {}
        self._sent: dict[tuple[str, str], deque[datetime]] = {}

    def clear(self) -> None:
        with self._lock:
            self._stopped.clear()
            self._last_inbound.clear()
            self._sent.clear()

    def is_burst(self, sender: str, person: str, now: datetime, most: int) -> bool:
        """Count one more message to a person; whether it is more than ``most`` in six seconds."""
        with self._lock:
            sent = self._sent.setdefault((sender, person), deque())
            while sent and now - sent[0] > PAIR:
                sent.popleft()
            sent.append(now)
            return len(sent) > most

    def heard(self, sender: str, person: str, now: datetime) -> None:
        with self._lock:
            self._last_inbound[sender, person] = now

    def within_window(self, sender: str, person: str, now: datetime) -> bool:
        with self._lock:
            last = self._last_inbound.get((sender, person))
        return last is not None and now - last < WINDOW

    def apply(self, verb: str, sender: str, person: str) -> bool:
        """Whether anything changed: a second STOP is met with silence."""
        with self._lock:
            before = (sender, person) in self._stopped
            if verb == "STOP":
                self._stopped.add((sender, person))
            elif verb == "START":
                self._stopped.discard((sender, person))
            return verb == "HELP" or ((sender, person) in self._stopped) != before

    def has_stopped(self, sender: str, person: str) -> bool:
        with self._lock:
            return (sender, person) in self._stopped
