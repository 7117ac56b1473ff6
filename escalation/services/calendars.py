"""Which hours count for a promise: the worker's day, or the working days of the office that owes the step."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays

from cases.vocabulary import CalendarKind
from escalation.rules.routing import AgencyEntry
from escalation.rules.sla import ALWAYS, WorkingTime
from escalation.services.book import Book

HOME_ZONE, HOME_COUNTRY = "Asia/Jakarta", "ID"
# Holidays further ahead than any promise are not frozen into a clock.
_HORIZON = timedelta(days=60)


def calendar_for(
    kind: CalendarKind, *, book: Book, country: str | None, office: AgencyEntry | None, now: datetime
) -> WorkingTime:
    """The hours of a promise. `country` is where the worker is; `office` owes the step (None: the duty room)."""
    if kind is CalendarKind.ALWAYS:
        return ALWAYS
    if kind is CalendarKind.DAYTIME:
        there = book.countries.get(country or HOME_COUNTRY)
        return WorkingTime(kind, there.timezone if there else HOME_ZONE)
    owing = office or book.directory.duty_room
    if owing is None:
        return WorkingTime(kind, HOME_ZONE, frozenset({5, 6}), _holidays(HOME_COUNTRY, now.date()))
    return WorkingTime(
        kind, owing.timezone, owing.weekend, _holidays(owing.country or HOME_COUNTRY, now.date())
    )


def home_office(started: datetime) -> WorkingTime:
    """The working days of the ministry at home, for periods that the law counts in them from this moment on."""
    zone = HOME_ZONE
    return WorkingTime(CalendarKind.OFFICE, zone, frozenset({5, 6}), _holidays(HOME_COUNTRY, started.date()))


@lru_cache(maxsize=512)
def _holidays(country: str, today: date) -> frozenset[date]:
    try:
        known = holidays.country_holidays(country, years=(today.year, today.year + 1))
    except NotImplementedError:
        # A country the package does not know has no holidays here; its clocks then run a little strict.
        return frozenset()
    return frozenset(day for day in known if today <= day <= today + _HORIZON)
