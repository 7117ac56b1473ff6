"""When one sender's messages are a flood: told by two numbers of the case, at no growing cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=10)
MOST_IN_WINDOW = 30


@dataclass(frozen=True, slots=True)
class Burst:
    """Messages counted since `since`; `flooded_at` is the last moment at which there were too many."""

    since: datetime
    count: int
    flooded_at: datetime | None = None


def counted(burst: Burst | None, now: datetime) -> Burst:
    """The burst with one more message. A new one begins ten minutes after the last one began."""
    if burst is None or now - burst.since > WINDOW:
        return Burst(now, 1, burst.flooded_at if burst else None)
    count = burst.count + 1
    return Burst(burst.since, count, now if count > MOST_IN_WINDOW else burst.flooded_at)


def is_flooding(flooded_at: datetime | None, now: datetime) -> bool:
    """True for ten minutes after the last message that was one too many. Marks, and never refuses."""
    return flooded_at is not None and now - flooded_at <= WINDOW
