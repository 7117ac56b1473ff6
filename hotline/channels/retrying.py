"""When a message that failed is tried again on the same way, by the class of the failure."""

from __future__ import annotations

from datetime import datetime, timedelta

from hotline.channels.port import FailureClass

# Waits before attempt 2, 3, …; the last one repeats until there are no attempts left. What the provider could not
# take (it is away, or too busy) is tried for some six hours: an outage is no reason to give a person up. What it
# could not deliver, for some nine.
_QUICK = (*(timedelta(seconds=n) for n in (2, 5, 15)), *[timedelta(minutes=1)] * 12, timedelta(minutes=5))
_SLOW = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
_MOST_ATTEMPTS = {FailureClass.RETRY: 85, FailureClass.RETRY_SLOWLY: 12}
# What the provider took and gave back later: it has tried for itself, and another way may be open. Then that is walked.
_MOST_REPORTED = {FailureClass.RETRY: 6, FailureClass.RETRY_SLOWLY: 4}


def next_attempt(failure: FailureClass, attempts: int, now: datetime) -> datetime | None:
    """When to try again after a failure of this class; None when trying again is pointless."""
    if attempts >= _MOST_ATTEMPTS.get(failure, 0):
        return None
    waits = _QUICK if failure is FailureClass.RETRY else _SLOW
    return now + waits[min(attempts - 1, len(waits) - 1)]


def next_after_report(failure: FailureClass, sent: int, now: datetime) -> datetime | None:
    """When to send once more what was sent so many times on this way and reported back each time; None: no more."""
    if sent >= _MOST_REPORTED.get(failure, 0):
        return None
    return next_attempt(failure, sent, now)
