"""How messages leave: deadlines, gaps, rates, and when a way out counts as broken. Plain values, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from cases.vocabulary import Channel, MessageKind, Purpose, Urgency


class Priority(IntEnum):
    """Place in the queue of jobs; what stands higher overtakes. From URGENT on, slots are kept free for it."""

    NOTICE = 0
    CONVERSATION = 10
    DUTY = 20
    URGENT = 30
    NOW = 40


@dataclass(frozen=True, slots=True)
class Rate:
    """What one sender of ours may send: units a second (segments of an SMS, or messages), and how many at once."""

    per_second: float
    burst: float


@dataclass(frozen=True, slots=True)
class ToOne:
    """How close together one recipient gets messages on one channel."""

    apart: timedelta
    most: int
    within: timedelta
    pages_apart: timedelta
    most_named: int


@dataclass(frozen=True, slots=True)
class Circuit:
    """When a way counts as broken, and how it is tried again."""

    failures: int
    first_wait: timedelta
    longest_wait: timedelta
    probe: timedelta
    urgent_waits: timedelta


@dataclass(frozen=True, slots=True)
class Sending:
    """The table of one version. Empty: no deadline, no gap, no rate, and ways that never count as broken."""

    version: str = "none"
    deadlines: Mapping[MessageKind, timedelta] = field(default_factory=dict)
    to_one: ToOne | None = None
    rates: Mapping[Channel, Rate] = field(default_factory=dict)
    circuit: Circuit | None = None

    @property
    def most_named(self) -> int:
        """How many pages one message names."""
        return self.to_one.most_named if self.to_one else 3


UNLIMITED = Sending()


def is_too_old(sending: Sending, kind: MessageKind, created_at: datetime, now: datetime) -> bool:
    """True when a message of this kind is no longer worth sending."""
    limit = sending.deadlines.get(kind)
    return limit is not None and now - created_at > limit


def priority_of(
    kind: MessageKind, *, purpose: Purpose | None = None, parameters: Mapping[str, Any] | None = None
) -> Priority:
    """Where a message stands in the queue: a life in danger before an officer's words before the machine's own."""
    level = (parameters or {}).get("urgency")
    if kind in {MessageKind.PAGE, MessageKind.REFERRAL}:
        if level == Urgency.U1:
            return Priority.NOW
        return Priority.URGENT if level == Urgency.U2 else Priority.DUTY
    if kind is MessageKind.COMMAND_ANSWER or purpose is Purpose.REPLY:
        return Priority.DUTY
    return Priority.CONVERSATION if purpose is Purpose.ANSWER else Priority.NOTICE


def next_to_one(
    to_one: ToOne, *, sent_at: list[datetime], is_page: bool, is_urgent: bool, now: datetime
) -> datetime | None:
    """When the next message may go to a recipient who got others at `sent_at`; None: now.

    What is urgent never waits.
    """
    if is_urgent or not sent_at:
        return None
    times = sorted(sent_at)
    gap = to_one.pages_apart if is_page else to_one.apart
    at = times[-1] + gap
    lately = [one for one in times if one > now - to_one.within]
    if len(lately) >= to_one.most:
        at = max(at, lately[-to_one.most] + to_one.within)
    return at if at > now else None


def next_in_rate(
    rate: Rate, *, free_at: datetime | None, units: float, now: datetime
) -> tuple[datetime, datetime]:
    """When `units` may be sent, and until when the sender is then taken (the generic cell rate algorithm).

    `free_at` is what the last call gave as the second value. The first value lies in the future when the burst
    is used up.
    """
    taken_from = max(free_at or now, now)
    may_go = taken_from - timedelta(seconds=max(rate.burst - units, 0) / rate.per_second)
    return max(may_go, now), taken_from + timedelta(seconds=units / rate.per_second)


def wait_before_probe(circuit: Circuit, times_opened: int) -> timedelta:
    """How long a way stays shut before it is tried again: longer each time it is found broken."""
    doubled: int = 2 ** min(max(times_opened - 1, 0), 20)
    return min(circuit.first_wait * doubled, circuit.longest_wait)
