"""A clock that runs with the wall and can be moved forward, so that 24 hours pass in a test."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime


class Clock:
    """Tells aware UTC time. It never goes back: moving it forward wakes whoever waits on it."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._listeners: list[Callable[[], None]] = []

    def seconds(self) -> float:
        return time.time() + self._offset

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def forward(self, seconds: float) -> None:
        """Let ``seconds`` pass at once; whatever was due in them happens now."""
        self._offset += seconds
        for wake in self._listeners:
            wake()

    def reset(self) -> None:
        self._offset = 0.0

    def on_forward(self, wake: Callable[[], None]) -> None:
        self._listeners.append(wake)


def rfc2822(moment: datetime | None) -> str | None:
    """The date form of the REST answers, such as ``Tue, 24 Nov 2026 08:00:00 +0000``."""
    return None if moment is None else format_datetime(moment.replace(microsecond=0))
