"""The queue: open cases, the most urgent and the nearest to their deadline first."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session, joinedload, raiseload

from cases.models import Case, Message
from cases.queries.visible import visible_cases
from cases.vocabulary import Actor, CaseStatus, Direction, Urgency

# Sorts cases without a deadline behind all others.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
# A transaction may commit this much later than the moment it wrote into `updated_at`.
_LATE_COMMITS = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the officer wants to see; None means any."""

    urgency: Urgency | None = None
    status: CaseStatus | None = None
    country: str | None = None
    category: str | None = None
    owner_id: UUID | None = None
    unassigned: bool = False


Position = tuple[str, datetime, UUID]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some cases, and the position behind which the next page begins (None: this is the last)."""

    cases: Sequence[Case]
    after: Position | None


def queue_page(
    session: Session, wanted: QueueFilter, *, by: Actor, after: Position | None = None, limit: int = 50
) -> QueuePage:
    """One page of the queue, with owners and incidents, in one query. Closed cases only when they are asked for."""
    due = func.coalesce(Case.next_due_at, NEVER)
    query = (
        select(Case)
        .where(visible_cases(by), *_conditions(wanted))
        .options(joinedload(Case.owner), joinedload(Case.incident), raiseload("*"))
        .order_by(Case.urgency, due, Case.id)
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(Case.urgency, due, Case.id) > tuple_(*after))
    found = session.scalars(query).all()
    shown = found[:limit]
    more = len(found) > limit
    last = shown[-1] if more else None
    return QueuePage(shown, (last.urgency.value, last.next_due_at or NEVER, last.id) if last else None)


def counts_by_urgency(session: Session, *, by: Actor) -> dict[Urgency, int]:
    """How many open cases there are of each urgency."""
    query = (
        select(Case.urgency, func.count())
        .where(visible_cases(by), Case.status != CaseStatus.CLOSED)
        .group_by(Case.urgency)
    )
    found = {Urgency(urgency): number for urgency, number in session.execute(query)}
    return {urgency: found.get(urgency, 0) for urgency in Urgency}


def change_cursor(session: Session, *, case_id: UUID | None = None) -> str:
    """Names the present state of all cases (or of one). It differs as soon as any of them has changed.

    The newest moment alone would miss a transaction that commits late; the checksum of the rows of the last
    seconds before it does not.
    """
    if case_id is not None:
        return _state_of_case(session, case_id)
    newest = session.scalar(select(func.max(Case.updated_at)))
    if newest is None:
        return "-"
    recent = session.execute(
        select(Case.id, Case.version)
        .where(Case.updated_at > newest - _LATE_COMMITS)
        .order_by(Case.updated_at.desc(), Case.id)
        .limit(500)
    )
    checksum = zlib.crc32(";".join(f"{row.id}{row.version}" for row in recent).encode())
    return f"{newest.isoformat()}|{checksum:08x}"


def _state_of_case(session: Session, case_id: UUID) -> str:
    """The case's version, the end of its log, and how far its outgoing messages got: receipts change no case."""
    case = session.execute(select(Case.version, Case.event_count).where(Case.id == case_id)).one()
    sent = select(Message.delivery).where(Message.case_id == case_id, Message.direction == Direction.OUT)
    states = ";".join(str(state) for state in session.scalars(sent.order_by(Message.id)))
    return f"{case.version}|{case.event_count}|{zlib.crc32(states.encode()):08x}"


def _conditions(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Case.status == wanted.status if wanted.status else Case.status != CaseStatus.CLOSED
    ]
    if wanted.urgency:
        conditions.append(Case.urgency == wanted.urgency)
    if wanted.country:
        conditions.append(Case.country == wanted.country)
    if wanted.category:
        conditions.append(Case.categories.contains([wanted.category]))
    if wanted.owner_id:
        conditions.append(Case.owner_id == wanted.owner_id)
    if wanted.unassigned:
        conditions.append(Case.owner_id.is_(None))
    return conditions
