"""Companies around which cases may gather, and the alerts that were raised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from cases.models import Case, CompanyMerge, Party
from cases.vocabulary import CloseReason, Urgency
from escalation.models import Pattern
from escalation.rules.patterns import LinkedCase

# No matter of its own: what was merged, and what was none.
_DO_NOT_COUNT = (CloseReason.DUPLICATE, CloseReason.NOT_A_REPORT)
_MOST_SHOWN = 100


def linked_cases(
    session: Session, *, since: datetime, at_least: int, company_id: UUID | None = None
) -> dict[UUID, list[LinkedCase]]:
    """The cases opened since, by company, where there are so many or more; in one statement."""
    counts = (
        select(Party.company_id, Case.id, Case.opened_at, Case.urgency)
        .join(Case, Case.id == Party.case_id)
        .where(
            Party.company_id.is_not(None),
            Party.ended_at.is_(None),
            Case.opened_at >= since,
            or_(Case.close_reason.is_(None), Case.close_reason.not_in(_DO_NOT_COUNT)),
        )
        .distinct()
    )
    if company_id is not None:
        counts = counts.where(Party.company_id == company_id)
    each = counts.subquery()
    beside = select(each, func.count().over(partition_by=each.c.company_id).label("cases")).subquery()
    found: defaultdict[UUID, list[LinkedCase]] = defaultdict(list)
    for row in session.execute(select(beside).where(beside.c.cases >= at_least)):
        found[row.company_id].append(LinkedCase(row.id, row.opened_at, Urgency(row.urgency)))
    return found


def alerts_of(session: Session, company_ids: Collection[UUID]) -> dict[UUID, list[Pattern]]:
    """Every alert of these companies, also those told while two records were one company; the latest first."""
    parts = {one: {one} for one in company_ids}
    frontier = dict(parts)
    while frontier:  # as deep as merges were made upon merges: nearly always one look
        merges = session.execute(
            select(CompanyMerge.survivor_id, CompanyMerge.merged_id).where(
                CompanyMerge.survivor_id.in_(set().union(*frontier.values())),
                CompanyMerge.undone_at.is_(None),
            )
        ).all()
        fresh = {
            one: {merged for survivor, merged in merges if survivor in ids} - parts[one]
            for one, ids in frontier.items()
        }
        frontier = {one: ids for one, ids in fresh.items() if ids}
        for one, ids in frontier.items():
            parts[one] |= ids
    every = set().union(*parts.values()) if parts else set()
    query = select(Pattern).where(Pattern.company_id.in_(every)).order_by(Pattern.id.desc())
    alerts = session.scalars(query.options(joinedload(Pattern.acknowledged_by))).all()
    return {one: [alert for alert in alerts if alert.company_id in ids] for one, ids in parts.items()}


def open_alerts(session: Session) -> Sequence[Pattern]:
    """What no supervisor has answered, the gravest and latest first, with their companies; in one statement."""
    query = (
        select(Pattern)
        .where(Pattern.acknowledged_at.is_(None), Pattern.replaced_at.is_(None))
        .options(joinedload(Pattern.company))
        .order_by(Pattern.urgency, Pattern.id.desc())
        .limit(_MOST_SHOWN)
    )
    return session.scalars(query).all()
