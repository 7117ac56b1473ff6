"""Working time: what counts, and when a promise falls due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.vocabulary import CalendarKind
from escalation.rules.sla import ALWAYS, WORKING_DAY, Pause, WorkingTime, due_at, elapsed

RIYADH = WorkingTime(CalendarKind.OFFICE, "Asia/Riyadh", frozenset({4, 5}))
ROME = WorkingTime(CalendarKind.OFFICE, "Europe/Rome", frozenset({5, 6}))
DAYTIME = WorkingTime(CalendarKind.DAYTIME, "America/New_York")
CALENDARS = st.sampled_from([ALWAYS, RIYADH, ROME, DAYTIME])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
LIMITS = st.timedeltas(timedelta(minutes=1), timedelta(days=20))


def test_around_the_clock_it_is_plain_addition() -> None:
    started = datetime(2026, 11, 24, 23, 50, tzinfo=UTC)

    assert due_at(started, timedelta(minutes=15), ALWAYS) == datetime(2026, 11, 25, 0, 5, tzinfo=UTC)


def test_it_waits_for_morning_where_the_worker_is() -> None:
    # 23:00 in New York: two hours of daytime end at 08:00 there.
    started = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)

    assert due_at(started, timedelta(hours=2), DAYTIME) == datetime(2026, 11, 24, 13, 0, tzinfo=UTC)


def test_it_skips_the_saudi_weekend() -> None:
    # Thursday 15:00 in Riyadh: one working hour is left, seven remain for Sunday.
    started = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)

    assert due_at(started, WORKING_DAY, RIYADH) == datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def test_it_skips_holidays() -> None:
    calendar = WorkingTime(
        CalendarKind.OFFICE, "Asia/Jakarta", frozenset({5, 6}), frozenset({date(2026, 12, 25)})
    )
    started = datetime(2026, 12, 24, 1, 0, tzinfo=UTC)

    # Thursday 08:00 in Jakarta plus a day and an hour: Friday is Christmas, so Monday 09:00.
    assert due_at(started, WORKING_DAY + timedelta(hours=1), calendar) == datetime(
        2026, 12, 28, 2, tzinfo=UTC
    )


def test_office_hours_move_with_summer_time() -> None:
    # The Sunday of 29 March 2026 turned clocks in Rome; Monday 08:00 there is 06:00 UTC, not 07:00.
    started = datetime(2026, 3, 27, 15, 0, tzinfo=UTC)

    assert due_at(started, timedelta(hours=1), ROME) == datetime(2026, 3, 30, 7, 0, tzinfo=UTC)


def test_an_open_pause_keeps_it_from_falling_due() -> None:
    started = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    pause = Pause(started + timedelta(minutes=10), None)

    assert due_at(started, timedelta(minutes=15), ALWAYS, [pause]) is None


def test_a_pause_before_the_deadline_moves_it_by_its_length() -> None:
    started = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    pause = Pause(started + timedelta(minutes=5), started + timedelta(minutes=25))

    assert due_at(started, timedelta(minutes=15), ALWAYS, [pause]) == started + timedelta(minutes=35)


def test_it_refuses_a_start_without_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        due_at(datetime(2026, 1, 1), timedelta(hours=1), ALWAYS)


@given(MOMENTS, LIMITS, CALENDARS)
def test_exactly_the_limit_has_passed_when_it_falls_due(
    started: datetime, limit: timedelta, calendar: WorkingTime
) -> None:
    due = due_at(started, limit, calendar)

    assert due is not None
    assert due >= started + limit
    assert elapsed(started, due, calendar) == limit


@given(MOMENTS, LIMITS, LIMITS, CALENDARS)
def test_a_longer_promise_never_falls_due_earlier(
    started: datetime, one: timedelta, other: timedelta, calendar: WorkingTime
) -> None:
    shorter, longer = sorted((one, other))

    assert due_at(started, shorter, calendar) <= due_at(started, longer, calendar)  # type: ignore[operator]


@given(MOMENTS, LIMITS, CALENDARS, st.timedeltas(timedelta(0), timedelta(days=3)), LIMITS)
def test_a_pause_never_brings_the_deadline_nearer(
    started: datetime, limit: timedelta, calendar: WorkingTime, after: timedelta, length: timedelta
) -> None:
    pause = Pause(started + after, started + after + length)

    plain, paused = due_at(started, limit, calendar), due_at(started, limit, calendar, [pause])

    assert plain is not None
    assert paused is not None
    assert paused >= plain
    assert elapsed(started, paused, calendar, [pause]) == limit
