"""Lists of promises, a page at a time by keyset, and all that belongs to one case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from cases.models import Agency, Case
from cases.queries.lists import Page, named_agency
from cases.queries.visible import visible_cases
from cases.vocabulary import Actor, ClockState, Step
from escalation.models import Clock

# A clock, the reference of its case, and the agency that owes the answer.
ClockRow = tuple[Clock, str, Agency | None]


def list_clocks(
    session: Session,
    *,
    by: Actor,
    limit: int,
    state: ClockState | None = None,
    step: Step | None = None,
    agency: str | UUID | None = None,
    after: tuple[datetime, UUID] | None = None,
) -> Page[ClockRow]:
    """Promises of visible cases, the earliest due first. `agency` is a key or an id."""
    query = (
        select(Clock, Case.reference, Agency)
        .join(Case, Case.id == Clock.case_id)
        .outerjoin(Agency, Agency.id == Clock.agency_id)
        .where(visible_cases(by))
        .order_by(Clock.due_at, Clock.id)
    )
    if state is not None:
        query = query.where(Clock.state == state)
    if step is not None:
        query = query.where(Clock.step == step)
    if agency is not None:
        query = query.where(named_agency(agency))
    if after is not None:
        query = query.where(tuple_(Clock.due_at, Clock.id) > after)
    rows = session.execute(query.limit(limit + 1)).all()
    return Page([(clock, reference, owing) for clock, reference, owing in rows[:limit]], len(rows) > limit)


def clocks_of_case(session: Session, case: Case) -> list[ClockRow]:
    """Every promise of one case in the order they were made."""
    query = (
        select(Clock, Agency)
        .outerjoin(Agency, Agency.id == Clock.agency_id)
        .where(Clock.case_id == case.id)
        .order_by(Clock.started_at, Clock.id)
    )
    return [(clock, case.reference, owing) for clock, owing in session.execute(query)]
