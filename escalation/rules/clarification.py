"""Until when a P3MI's promise of the second clarification is to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from cases.vocabulary import CalendarKind, DayCount
from escalation.rules.policy import Promise
from escalation.rules.sla import WORKING_DAY

_HOME = ZoneInfo("Asia/Jakarta")


@dataclass(frozen=True, slots=True)
class ClarificationTerm:
    """So many days of this kind, on this ground."""

    version: str
    days: int
    count: DayCount
    basis: str
    source: str


def promise_of(term: ClarificationTerm, held_at: datetime) -> Promise:
    """The term as a promise that a clock can run by. The day on which it was given does not count; the last one counts
    to its end."""
    if term.count is DayCount.WORKING:
        return Promise(term.days * WORKING_DAY, CalendarKind.OFFICE, term.basis, term.source)
    day = held_at.astimezone(_HOME).date() + timedelta(days=term.days + 1)
    ends = datetime.combine(day, time(), _HOME)
    return Promise(ends - held_at, CalendarKind.ALWAYS, term.basis, term.source)
