"""Figures on promises for those who answer for the whole: one statement, groups of clocks started in a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func, not_, or_, select
from sqlalchemy.orm import Session

from cases.models import Agency, Case
from cases.vocabulary import ClockState
from escalation.models import Clock


class PromiseGrouping(StrEnum):
    """By what promises can be counted."""

    STEP = "step"
    URGENCY = "urgency"
    COUNTRY = "country"
    AGENCY = "agency"


@dataclass(frozen=True, slots=True)
class PromiseFigures:
    """Promises of one group. A late one stays breached when it is kept after all."""

    key: str | None
    running: int
    met: int
    breached: int
    median_minutes: float | None
    p90_minutes: float | None

    @property
    def met_share(self) -> float | None:
        settled = self.met + self.breached
        return self.met / settled if settled else None


def measure_promises(
    session: Session, by: PromiseGrouping, *, start: datetime, end: datetime
) -> list[PromiseFigures]:
    """Promises made from `start` up to, not including, `end`, by group in the order of their keys."""
    late = or_(Clock.breached_at.is_not(None), and_(Clock.met_at.is_not(None), Clock.met_at > Clock.due_at))
    in_time = not_(late)
    minutes = func.extract("epoch", Clock.met_at - Clock.started_at) / 60
    columns: dict[PromiseGrouping, Any] = {
        PromiseGrouping.STEP: Clock.step,
        PromiseGrouping.URGENCY: Clock.urgency,
        PromiseGrouping.COUNTRY: Case.country,
        PromiseGrouping.AGENCY: Agency.key,
    }
    key = columns[by].label("key")
    query = select(
        key,
        func.count().filter(in_time, Clock.state.in_((ClockState.RUNNING, ClockState.PAUSED))),
        func.count().filter(in_time, Clock.state == ClockState.MET),
        func.count().filter(late),
        *(
            func.percentile_cont(share).within_group(minutes).filter(Clock.met_at.is_not(None))
            for share in (0.5, 0.9)
        ),
    ).select_from(Clock)
    if by is PromiseGrouping.COUNTRY:
        query = query.join(Case, Case.id == Clock.case_id)
    if by is PromiseGrouping.AGENCY:
        query = query.outerjoin(Agency, Agency.id == Clock.agency_id)
    query = query.where(Clock.started_at >= start, Clock.started_at < end).group_by(key).order_by(key)
    return [PromiseFigures(*row) for row in session.execute(query)]
