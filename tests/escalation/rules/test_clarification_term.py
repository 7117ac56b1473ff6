"""Until when a P3MI's promise is to be kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cases.vocabulary import CalendarKind, DayCount
from escalation.rules.clarification import ClarificationTerm, promise_of
from escalation.rules.sla import ALWAYS, WorkingTime, due_at
from escalation.services.load_clarification import load_clarification

JAKARTA = ZoneInfo("Asia/Jakarta")


def term(count: DayCount, days: int = 7) -> ClarificationTerm:
    return ClarificationTerm("test", days, count, "law", "test")


def test_calendar_days_end_with_the_seventh_day_in_jakarta() -> None:
    held = datetime(2029, 3, 1, 22, 30, tzinfo=JAKARTA)

    due = due_at(held, promise_of(term(DayCount.CALENDAR), held).limit, ALWAYS)

    assert due == datetime(2029, 3, 9, tzinfo=JAKARTA)


def test_working_days_leave_the_weekend_out() -> None:
    held = datetime(2029, 3, 2, 9, 0, tzinfo=JAKARTA)  # a Friday
    promise = promise_of(term(DayCount.WORKING), held)
    office = WorkingTime(CalendarKind.OFFICE, "Asia/Jakarta", frozenset({5, 6}))

    due = due_at(held, promise.limit, office)

    assert promise.calendar is CalendarKind.OFFICE
    assert due == datetime(2029, 3, 13, 9, 0, tzinfo=JAKARTA)


@given(st.datetimes(datetime(2029, 1, 1), datetime(2030, 1, 1)), st.integers(1, 60))
def test_never_fewer_than_the_days_that_were_given(moment: datetime, days: int) -> None:
    held = moment.replace(tzinfo=UTC)
    limit = promise_of(term(DayCount.CALENDAR, days), held).limit

    assert timedelta(days=days) < limit <= timedelta(days=days + 1)


def test_the_shipped_term_is_dated_and_names_the_law() -> None:
    shipped = load_clarification()

    assert (shipped.days, shipped.basis) == (7, "law")
    assert "23/2025" in shipped.source
