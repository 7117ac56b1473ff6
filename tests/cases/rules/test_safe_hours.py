"""Safe hours against a slow look minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.rules.safe_hours import Span, hours_text, is_safe_at, next_safe, parse_hours

runs = st.tuples(st.integers(0, 6), st.integers(1, 7)).map(
    lambda run: frozenset((run[0] + ahead) % 7 for ahead in range(run[1]))
)
clock = st.builds(time, st.integers(0, 23), st.integers(0, 59))
spans = st.lists(st.builds(Span, runs, clock, clock), min_size=1, max_size=3).map(tuple)


@given(spans)
def test_what_is_stored_reads_back_as_it_was(given_spans: tuple[Span, ...]) -> None:
    assert parse_hours(hours_text(given_spans)) == given_spans


@settings(max_examples=60, deadline=None)
@given(
    spans,
    st.sampled_from(["Asia/Riyadh", "Asia/Jakarta", "Europe/London"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20), timezones=st.just(UTC)),
)
def test_the_next_safe_moment_is_the_first_one(
    given_spans: tuple[Span, ...], zone: str, start: datetime
) -> None:
    start = start.replace(second=0, microsecond=0)
    found = next_safe(given_spans, zone, start)

    look, slow = start, None
    while slow is None:
        local = look.astimezone(ZoneInfo(zone))
        if any(_slowly(span, local) for span in given_spans):
            slow = look
        look += timedelta(minutes=1)
    # Where clocks are turned, an opening that falls into the gap or the doubled hour may come an hour off.
    assert abs(found - slow) <= (timedelta(hours=1) if zone == "Europe/London" else timedelta(0))
    assert is_safe_at(given_spans, zone, slow)


def _slowly(span: Span, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    start, end = span.start.hour * 60 + span.start.minute, span.end.hour * 60 + span.end.minute
    if start < end:
        return local.weekday() in span.days and start <= minute < end
    return (local.weekday() in span.days and minute >= start) or (
        (local.weekday() - 1) % 7 in span.days and minute < end
    )


@pytest.mark.parametrize("text", ["besok", "25-26", "sen-xyz 10-11", "10", "jam delapan"])
def test_what_cannot_be_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_hours(text)


def test_the_officers_way_of_writing() -> None:
    assert hours_text(parse_hours("Senin-Jumat 20:00-23.30; minggu 06-08")) == (
        "sen-jum 20:00-23:30; min 06:00-08:00"
    )
    assert parse_hours("") == ()
