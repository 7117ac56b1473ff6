"""How far a message got: reports come late, twice and out of order, so they are ranked and never go back."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases.vocabulary import Delivery

_RANK = {
    Delivery.HELD: 0,
    Delivery.WAITING: 0,
    Delivery.SENDING: 1,
    Delivery.ACCEPTED: 2,
    Delivery.QUEUED: 3,
    Delivery.SENT: 4,
    # Some carriers report `delivered` after `undelivered`: good news may correct bad, never the reverse.
    Delivery.UNDELIVERED: 5,
    Delivery.FAILED: 5,
    Delivery.CANCELLED: 5,
    Delivery.DELIVERED: 6,
    Delivery.READ: 7,
}
# Twilio's word -> ours. `scheduled` is an acceptance; `sending` is the provider's, past its queue.
_REPORTED = {
    "accepted": Delivery.ACCEPTED,
    "scheduled": Delivery.ACCEPTED,
    "queued": Delivery.QUEUED,
    "sending": Delivery.QUEUED,
    "sent": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.READ,
    "undelivered": Delivery.UNDELIVERED,
    "failed": Delivery.FAILED,
    "canceled": Delivery.CANCELLED,
    # Of calls. That somebody, or an answering machine, picked up is not yet an answer: pressing 1 is, and it is
    # noted as READ. A call that ends without it did not arrive.
    "initiated": Delivery.QUEUED,
    "ringing": Delivery.QUEUED,
    "in-progress": Delivery.SENT,
    "busy": Delivery.UNDELIVERED,
    "no-answer": Delivery.UNDELIVERED,
    "completed": Delivery.UNDELIVERED,
}
FINAL = frozenset(
    {Delivery.DELIVERED, Delivery.READ, Delivery.UNDELIVERED, Delivery.FAILED, Delivery.CANCELLED}
)


def advance(current: Delivery, reported: str) -> Delivery | None:
    """The new state when a report moves the message on; None when it is late, repeated or unknown."""
    state = _REPORTED.get(reported)
    if state is None or _RANK[state] <= _RANK[current]:
        return None
    return state


# When the provider is asked how a message ended, after it was handed over: then at these ages. Some carriers never
# tell; the daily comparison looks once more.
_ASK_AGAIN = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6), timedelta(hours=24))


def next_ask(asks: int, now: datetime) -> datetime | None:
    """When to ask again after so many times without a final answer; None: no more."""
    return now + _ASK_AGAIN[asks - 1] if 1 <= asks <= len(_ASK_AGAIN) else None
