"""The hours at which a person may be contacted, in the local time of where she is.

Officers write them as she says them: `sen-jum 20:00-23:30; min 06-08`. Without a day, every day; a span may
pass midnight (`22-02`). Days in Indonesian or English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS = {
    "sen": 0, "mon": 0, "sel": 1, "tue": 1, "rab": 2, "wed": 2, "kam": 3, "thu": 3, "jum": 4, "fri": 4,
    "sab": 5, "sat": 5, "min": 6, "sun": 6,
}  # fmt: skip
_NAMES = ("sen", "sel", "rab", "kam", "jum", "sab", "min")
_SPAN = re.compile(
    r"^(?:(?P<first>[a-z]+)(?:\s*-\s*(?P<last>[a-z]+))?\s+)?"
    r"(?P<start>\d{1,2})(?:[:.](?P<start_minute>\d{2}))?\s*-\s*(?P<end>\d{1,2})(?:[:.](?P<end_minute>\d{2}))?$"
)
_EVERY_DAY = frozenset(range(7))
_MIDNIGHT = time(0, 0)


@dataclass(frozen=True, slots=True)
class Span:
    """Some days of the week (0: Monday) from `start` to `end`; an end at or before the start is the next day's."""

    days: frozenset[int]
    start: time
    end: time


def parse_hours(text: str) -> tuple[Span, ...]:
    """The spans of a text; none for an empty one. Raises ValueError for what cannot be understood: a guess
    could ring a phone at the wrong hour."""
    return tuple(_parse_span(part.strip().casefold()) for part in re.split(r"[;,\n]", text) if part.strip())


def hours_text(spans: tuple[Span, ...]) -> str:
    """The spans in the one form that is stored and shown."""
    return "; ".join(
        (f"{_days_text(span.days)} " if span.days != _EVERY_DAY else "")
        + f"{span.start:%H:%M}-{span.end:%H:%M}"
        for span in spans
    )


def is_safe_at(spans: tuple[Span, ...], zone: str, moment: datetime) -> bool:
    """True inside a span; true at any time when there are none."""
    if not spans:
        return True
    local = moment.astimezone(ZoneInfo(zone))
    return any(_holds(span, local) for span in spans)


def next_safe(spans: tuple[Span, ...], zone: str, moment: datetime) -> datetime:
    """The first moment from `moment` on that is safe."""
    if is_safe_at(spans, zone, moment):
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    openings = (
        datetime.combine(local.date() + timedelta(days=ahead), span.start, local.tzinfo)
        for span in spans
        for ahead in range(8)
        if (local.weekday() + ahead) % 7 in span.days
    )
    return min(opening for opening in openings if opening > local).astimezone(moment.tzinfo)


def _holds(span: Span, local: datetime) -> bool:
    clock = local.time().replace(tzinfo=None)
    if span.start < span.end:
        return local.weekday() in span.days and span.start <= clock < span.end
    yesterday = (local.weekday() - 1) % 7
    return (local.weekday() in span.days and clock >= span.start) or (
        yesterday in span.days and clock < span.end
    )


def _parse_span(text: str) -> Span:
    match = _SPAN.match(text)
    if match is None:
        raise ValueError(f"not a span of hours: {text!r}")
    return Span(
        days=_parse_days(match["first"], match["last"]),
        start=_parse_time(match["start"], match["start_minute"]),
        end=_parse_time(match["end"], match["end_minute"]),
    )


def _parse_days(first: str | None, last: str | None) -> frozenset[int]:
    if first is None:
        return _EVERY_DAY
    begin = _day(first)
    end = _day(last) if last else begin
    return frozenset((begin + ahead) % 7 for ahead in range((end - begin) % 7 + 1))


def _day(name: str) -> int:
    if name[:3] not in _DAYS:
        raise ValueError(f"not a day: {name!r}")
    return _DAYS[name[:3]]


def _parse_time(hour: str, minute: str | None) -> time:
    if int(hour) == 24 and int(minute or 0) == 0:
        return _MIDNIGHT
    return time(int(hour), int(minute or 0))


def _days_text(days: frozenset[int]) -> str:
    ordered = sorted(days)
    if ordered == list(range(ordered[0], ordered[-1] + 1)) and len(ordered) > 1:
        return f"{_NAMES[ordered[0]]}-{_NAMES[ordered[-1]]}"
    if len(ordered) == 1:
        return _NAMES[ordered[0]]
    # A run over the week's end, such as sab-sen.
    first = next(day for day in ordered if (day - 1) % 7 not in days)
    return f"{_NAMES[first]}-{_NAMES[(first + len(ordered) - 1) % 7]}"
