"""When a case stops being somebody's because nothing happens. Plain values, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cases.vocabulary import Urgency


@dataclass(frozen=True, slots=True)
class OwnershipTimes:
    """After how long without an act of its owner the owner is warned, and the case given up."""

    warn: timedelta
    ends: timedelta


@dataclass(frozen=True, slots=True)
class Ownership:
    """The times of one version, by urgency, and what they rest on."""

    times: Mapping[Urgency, OwnershipTimes]
    basis: str
    source: str


class Neglect(StrEnum):
    """What is due about an owner who does nothing."""

    WARN = "warn"
    END = "end"


def idle_since(acted_at: datetime, waiting_until: datetime | None) -> datetime:
    """From when on nothing happens: the owner's last act, or the day on which to look again at what is waited for."""
    return acted_at if waiting_until is None else max(acted_at, waiting_until)


def neglect(
    times: OwnershipTimes,
    *,
    acted_at: datetime,
    waiting_until: datetime | None,
    warned_at: datetime | None,
    now: datetime,
) -> Neglect | None:
    """What is due; None while the case is in good hands. Nobody loses a case unwarned: after the warning the owner has
    the whole time between the two."""
    idle = now - idle_since(acted_at, waiting_until)
    if warned_at is None or warned_at < acted_at:
        return Neglect.WARN if idle >= times.warn else None
    warned_long = now - warned_at >= times.ends - times.warn
    return Neglect.END if idle >= times.ends and warned_long else None
