"""Promises and ladders as values, and how they are frozen into a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cases.vocabulary import AgencyKind, CalendarKind, Step, Urgency
from escalation.rules.sla import WorkingTime


@dataclass(frozen=True, slots=True)
class Promise:
    """One line of policy: how long, in which hours, and on what ground (law, agreement or default)."""

    limit: timedelta
    calendar: CalendarKind
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class LadderTimes:
    """When the rungs of a ladder are reached, and how often the last one repeats."""

    warn_at: float
    breach_at: float
    third_at: float
    third_after: timedelta | None
    repeat_every: timedelta
    max_repeats: int


@dataclass(frozen=True, slots=True)
class Policy:
    """All promises and ladders of one version."""

    version: str
    promises: Mapping[tuple[Step, Urgency], Promise]
    agency_accept: Mapping[tuple[AgencyKind, Urgency], Promise]
    ladders: Mapping[Urgency, LadderTimes]


def promise_for(
    policy: Policy, step: Step, urgency: Urgency, kind: AgencyKind | None = None
) -> Promise | None:
    """The promise for a step; an agency kind's own time to accept comes before the general one."""
    if step is Step.REFERRAL_ACCEPT and kind is not None:
        own = policy.agency_accept.get((kind, urgency))
        if own is not None:
            return own
    return policy.promises.get((step, urgency))


def freeze(promise: Promise, calendar: WorkingTime) -> dict[str, Any]:
    """The promise as a clock keeps it: what was promised does not change under a clock that runs."""
    frozen: dict[str, Any] = {
        "limit_seconds": int(promise.limit.total_seconds()),
        "calendar": calendar.kind.value,
        "basis": promise.basis,
        "source": promise.source,
    }
    if calendar.kind is not CalendarKind.ALWAYS:
        frozen["timezone"] = calendar.timezone
    if calendar.kind is CalendarKind.OFFICE:
        frozen["weekend"] = sorted(calendar.weekend)
        frozen["holidays"] = sorted(day.isoformat() for day in calendar.holidays)
    return frozen


def thaw(frozen: Mapping[str, Any]) -> tuple[timedelta, WorkingTime]:
    """The limit and the calendar of a frozen promise."""
    calendar = WorkingTime(
        kind=CalendarKind(frozen["calendar"]),
        timezone=frozen.get("timezone", "UTC"),
        weekend=frozenset(frozen.get("weekend", ())),
        holidays=frozenset(date.fromisoformat(day) for day in frozen.get("holidays", ())),
    )
    return timedelta(seconds=frozen["limit_seconds"]), calendar


def ladder_to_json(times: LadderTimes) -> dict[str, Any]:
    """A ladder as a policy snapshot keeps it."""
    return {
        "warn_at": times.warn_at,
        "breach_at": times.breach_at,
        "third_at": times.third_at,
        "third_after_seconds": times.third_after.total_seconds() if times.third_after else None,
        "repeat_every_seconds": times.repeat_every.total_seconds(),
        "max_repeats": times.max_repeats,
    }


def ladder_from_json(kept: Mapping[str, Any]) -> LadderTimes:
    """The ladder of a policy snapshot."""
    after = kept["third_after_seconds"]
    return LadderTimes(
        warn_at=kept["warn_at"],
        breach_at=kept["breach_at"],
        third_at=kept["third_at"],
        third_after=None if after is None else timedelta(seconds=after),
        repeat_every=timedelta(seconds=kept["repeat_every_seconds"]),
        max_repeats=kept["max_repeats"],
    )
