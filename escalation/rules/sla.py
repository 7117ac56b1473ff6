"""Working time: when a promise falls due, given the hours that count and the pauses that do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cases.vocabulary import CalendarKind

# Domain brief 3.3: U3 runs in the worker's local daytime, 06 to 22, every day.
DAY_OPENS, DAY_CLOSES = time(6), time(22)
# One working day is eight working hours; Indonesian offices keep 08 to 16 with the break counted in (default).
OFFICE_OPENS, OFFICE_CLOSES = time(8), time(16)
WORKING_DAY = timedelta(hours=8)
EVERY_DAY: frozenset[int] = frozenset()
# A promise is at most months long; past this many days the calendar itself must be wrong.
_LONGEST_SEARCH_DAYS = 3660


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The hours that count. `weekend` holds weekdays (Monday 0) on which an office is closed."""

    kind: CalendarKind
    timezone: str = "UTC"
    weekend: frozenset[int] = EVERY_DAY
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Pause:
    """A half-open stretch in which a clock stands still. `until` is None while it lasts."""

    since: datetime
    until: datetime | None


ALWAYS = WorkingTime(CalendarKind.ALWAYS)


def due_at(
    started: datetime, limit: timedelta, calendar: WorkingTime, pauses: Sequence[Pause] = ()
) -> datetime | None:
    """The moment at which `limit` of counting time has passed since `started`; None while an open pause keeps
    it from ever coming. Raises ValueError for a naive start, a negative limit, or a calendar without hours."""
    if started.tzinfo is None:
        raise ValueError("the start of a promise needs a time zone")
    if limit < timedelta(0):
        raise ValueError("a promise cannot be shorter than nothing")
    left = limit
    for opens, closes in _counting(started.astimezone(UTC), calendar, pauses):
        if closes is None:
            return opens + left
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    return None


def elapsed(
    started: datetime, now: datetime, calendar: WorkingTime, pauses: Sequence[Pause] = ()
) -> timedelta:
    """How much counting time lies between two moments; zero when `now` is not after `started`."""
    spent = timedelta(0)
    for opens, closes in _counting(started.astimezone(UTC), calendar, pauses):
        if opens >= now:
            break
        spent += min(closes or now, now) - opens
        if closes is None or closes >= now:
            break
    return spent


def _counting(
    started: datetime, calendar: WorkingTime, pauses: Sequence[Pause]
) -> Iterator[tuple[datetime, datetime | None]]:
    """The stretches of counting time from `started` on, in order; the last may be without end (None)."""
    pending = sorted(pauses, key=lambda pause: pause.since)
    for opens, closes in _open_hours(started, calendar):
        at = opens
        for pause in pending:
            if pause.until is not None and pause.until <= at:
                continue
            if closes is not None and pause.since >= closes:
                break
            if pause.since > at:
                yield at, pause.since
            if pause.until is None:
                return
            at = max(at, pause.until)
        if closes is None or at < closes:
            yield at, closes


def _open_hours(started: datetime, calendar: WorkingTime) -> Iterator[tuple[datetime, datetime | None]]:
    if calendar.kind is CalendarKind.ALWAYS:
        yield started, None
        return
    zone = ZoneInfo(calendar.timezone)
    daytime = calendar.kind is CalendarKind.DAYTIME
    opening, closing = (DAY_OPENS, DAY_CLOSES) if daytime else (OFFICE_OPENS, OFFICE_CLOSES)
    day = started.astimezone(zone).date()
    for _ in range(_LONGEST_SEARCH_DAYS):
        closed = not daytime and (day.weekday() in calendar.weekend or day in calendar.holidays)
        if not closed:
            # Built from local wall time on each day, so that a change of clocks moves the hours with it.
            opens = datetime.combine(day, opening, zone).astimezone(UTC)
            closes = datetime.combine(day, closing, zone).astimezone(UTC)
            if closes > started:
                yield max(opens, started), closes
        day += timedelta(days=1)
    raise ValueError("this calendar has no hours in ten years")
