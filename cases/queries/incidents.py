"""Incidents, with what their cases add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, false, func, select, true, tuple_
from sqlalchemy.orm import Session, joinedload, raiseload

from cases.errors import NotFound
from cases.models import Case, Incident, IncidentUpdate, IncidentUpdateCase
from cases.queries.lists import Page
from cases.queries.visible import visible_cases
from cases.rules.access import Permission, may
from cases.vocabulary import Actor, CaseStatus, UpdateOutcome, Urgency


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident, and what the asker may know of its cases: how many there are, how many of these are open, and
    the highest urgency of an open one (None: none is open)."""

    incident: Incident
    open_cases: int
    all_cases: int
    urgency: Urgency | None


def list_incidents(
    session: Session, *, by: Actor, limit: int, after: tuple[datetime, UUID] | None = None
) -> Page[IncidentRow]:
    """Incidents, newest first, in one statement; `after` is the last row of the last page."""
    query = _counted(by).order_by(Incident.opened_at.desc(), Incident.id.desc())
    if after is not None:
        query = query.where(tuple_(Incident.opened_at, Incident.id) < after)
    rows = session.execute(query.limit(limit + 1)).all()
    return Page([_row(found) for found in rows[:limit]], len(rows) > limit)


def incident_row(session: Session, reference: str, *, by: Actor) -> IncidentRow:
    """One incident with its counts. Raises NotFound when there is none, or none the asker may know of."""
    found = session.execute(_counted(by).where(Incident.reference == reference.strip().upper())).one_or_none()
    if found is None:
        raise _no_incident(reference)
    return _row(found)


def incident_by_reference(session: Session, reference: str, *, by: Actor) -> Incident:
    """The incident alone, to do something with. Raises NotFound as `incident_row` does."""
    query = select(Incident).where(visible_incidents(by), Incident.reference == reference.strip().upper())
    incident = session.scalar(query)
    if incident is None:
        raise _no_incident(reference)
    return incident


@dataclass(frozen=True, slots=True)
class UpdateRow:
    """An update that was made, and how many cases it had which outcome."""

    update: IncidentUpdate
    outcomes: Mapping[UpdateOutcome, int]


def updates_of(session: Session, incident: Incident, *, limit: int = 20) -> list[UpdateRow]:
    """The latest updates of an incident, in two statements."""
    query = (
        select(IncidentUpdate)
        .where(IncidentUpdate.incident_id == incident.id)
        .options(joinedload(IncidentUpdate.made_by))
        .order_by(IncidentUpdate.made_at.desc(), IncidentUpdate.id.desc())
        .limit(limit)
    )
    updates = session.scalars(query).all()
    counts = (
        select(IncidentUpdateCase.update_id, IncidentUpdateCase.outcome, func.count())
        .where(IncidentUpdateCase.update_id.in_([update.id for update in updates]))
        .group_by(IncidentUpdateCase.update_id, IncidentUpdateCase.outcome)
    )
    found: dict[UUID, dict[UpdateOutcome, int]] = {update.id: {} for update in updates}
    for update_id, outcome, count in session.execute(counts):
        found[update_id][outcome] = count
    return [UpdateRow(update, found[update.id]) for update in updates]


def visible_incidents(by: Actor) -> ColumnElement[bool]:
    """The incidents that the asker may know of: whoever may see cases. What they count is what they may see."""
    return true() if may(by.role, Permission.SEE_CASES) else false()


def _counted(by: Actor) -> Select[Incident, int, int, str | None]:
    is_open = Case.status != CaseStatus.CLOSED
    # Beside each row of the page, not a join of everything: a page costs its own cases only.
    counts = (
        select(
            func.count().filter(is_open).label("open_cases"),
            func.count().label("all_cases"),
            func.min(Case.urgency).filter(is_open).label("urgency"),
        )
        .where(Case.incident_id == Incident.id, visible_cases(by))
        .lateral("counts")
    )
    return (
        select(Incident, counts.c.open_cases, counts.c.all_cases, counts.c.urgency)
        .join(counts, true())
        .where(visible_incidents(by))
        .options(joinedload(Incident.opened_by), raiseload("*"))
    )


def _row(found: Row[Incident, int, int, str | None]) -> IncidentRow:
    incident, open_cases, all_cases, urgency = found
    return IncidentRow(incident, open_cases, all_cases, Urgency(urgency) if urgency else None)


def _no_incident(reference: str) -> NotFound:
    return NotFound("there is no such incident", incident=reference)
