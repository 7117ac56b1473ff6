"""A flood is marked by two numbers, whatever its size."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.rules.flood import MOST_IN_WINDOW, WINDOW, Burst, counted, is_flooding

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)


def after(gaps: list[float]) -> tuple[Burst, datetime]:
    at, burst = NOW, counted(None, NOW)
    for gap in gaps:
        at += timedelta(seconds=gap)
        burst = counted(burst, at)
    return burst, at


def test_thirty_in_ten_minutes_are_none_and_one_more_is() -> None:
    burst, at = after([1] * (MOST_IN_WINDOW - 1))
    assert not is_flooding(burst.flooded_at, at)

    burst, at = after([1] * MOST_IN_WINDOW)
    assert is_flooding(burst.flooded_at, at)


def test_the_mark_goes_when_it_is_quiet() -> None:
    burst, at = after([1] * 100)

    assert is_flooding(burst.flooded_at, at + WINDOW)
    assert not is_flooding(burst.flooded_at, at + WINDOW + timedelta(seconds=1))


@given(st.lists(st.floats(min_value=21, max_value=600), max_size=200))
def test_slow_talk_is_never_a_flood(gaps: list[float]) -> None:
    burst, at = after(gaps)

    assert not is_flooding(burst.flooded_at, at)
