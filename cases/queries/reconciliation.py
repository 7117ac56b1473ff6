"""What comparisons with the provider's list found."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.models import Case, Difference, Message, Reconciliation
from cases.queries.lists import Page


def last_reconciliation(session: Session) -> Reconciliation | None:
    """The newest comparison that came to its end."""
    query = select(Reconciliation).where(
        Reconciliation.ended_at.is_not(None), Reconciliation.problem.is_(None)
    )
    return session.scalar(query.order_by(Reconciliation.began_at.desc()).limit(1))


def count_open_differences(session: Session) -> int:
    """How many a human has yet to look at."""
    return (
        session.scalar(select(func.count()).select_from(Difference).where(Difference.settled_at.is_(None)))
        or 0
    )


def list_differences(
    session: Session, *, limit: int, after: UUID | None = None, settled: bool = False
) -> Page[tuple[Difference, str | None]]:
    """Differences with the reference of their case, newest first; one query."""
    query = (
        select(Difference, Case.reference)
        .outerjoin(Message, Message.id == Difference.message_id)
        .outerjoin(Case, Case.id == Message.case_id)
        .where(Difference.settled_at.is_not(None) if settled else Difference.settled_at.is_(None))
        .order_by(Difference.id.desc())
    )
    if after is not None:
        query = query.where(Difference.id < after)
    rows = session.execute(query.limit(limit + 1)).all()
    return Page([(difference, reference) for difference, reference in rows[:limit]], len(rows) > limit)
