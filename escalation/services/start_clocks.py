"""Starting promises: one row each, with the policy frozen into it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from cases.database import new_id
from cases.models import Case
from cases.vocabulary import ClockState, Step, Urgency
from escalation.models import Clock
from escalation.rules.ladder import Snapshot, first_look
from escalation.rules.policy import freeze, promise_for
from escalation.rules.routing import AgencyEntry
from escalation.rules.sla import due_at
from escalation.services.book import Book
from escalation.services.calendars import calendar_for

CASE_STEPS = (Step.READ, Step.ASSIGN, Step.SAFE_CONTACT)


def clock_row(
    step: Step,
    urgency: Urgency,
    *,
    case_id: UUID,
    country: str | None,
    book: Book,
    now: datetime,
    agency: AgencyEntry | None = None,
    referral_id: UUID | None = None,
) -> dict[str, Any] | None:
    """The row of a clock that starts now; None where the policy promises nothing."""
    promise = promise_for(book.policy, step, urgency, agency.kind if agency else None)
    if promise is None:
        return None
    calendar = calendar_for(promise.calendar, book=book, country=country, office=agency, now=now)
    due = due_at(now, promise.limit, calendar)
    if due is None:
        raise ValueError("a clock without pauses always falls due")
    snapshot = Snapshot(step, ClockState.RUNNING, now, due, promise.limit, calendar)
    return {
        "id": new_id(),
        "case_id": case_id,
        "referral_id": referral_id,
        "agency_id": agency.id if agency else None,
        "step": step.value,
        "urgency": urgency.value,
        "policy_version": book.policy.version,
        "promise": freeze(promise, calendar),
        "state": ClockState.RUNNING.value,
        "started_at": now,
        "due_at": due,
        "next_at": first_look(book.policy.ladders[urgency], snapshot),
        "rung": 0,
        "repeats": 0,
        "generation": 0,
    }


def case_clock_rows(
    urgency: Urgency,
    *,
    case_id: UUID,
    country: str | None,
    book: Book,
    now: datetime,
    steps: Iterable[Step] = CASE_STEPS,
) -> list[dict[str, Any]]:
    """The clocks of a case itself; those of its referrals start when they are sent."""
    rows = (clock_row(step, urgency, case_id=case_id, country=country, book=book, now=now) for step in steps)
    return [row for row in rows if row is not None]


def renewed_row(clock: Clock, case: Case, *, book: Book, now: datetime) -> dict[str, Any] | None:
    """The row of a clock for the same promise at the case's urgency of now, counted from now; None where the policy
    promises nothing then."""
    return clock_row(
        clock.step,
        case.urgency,
        case_id=case.id,
        country=case.country,
        book=book,
        now=now,
        agency=book.directory.by_id.get(clock.agency_id) if clock.agency_id else None,
        referral_id=clock.referral_id,
    )
