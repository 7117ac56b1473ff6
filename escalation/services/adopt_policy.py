"""Keeping the policy that clocks are started under."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases.vocabulary import Urgency
from escalation.models import PolicySnapshot
from escalation.rules.policy import LadderTimes, Policy, ladder_from_json, ladder_to_json


def adopt_policy(session: Session, policy: Policy, *, now: datetime) -> None:
    """Keep a snapshot of this policy, unless its version is kept already. Snapshots are never changed."""
    content = {
        "ladders": {urgency.value: ladder_to_json(times) for urgency, times in policy.ladders.items()},
        "promises": {
            f"{step.value}.{urgency.value}": {
                "limit_seconds": promise.limit.total_seconds(),
                "calendar": promise.calendar.value,
                "basis": promise.basis,
                "source": promise.source,
            }
            for (step, urgency), promise in policy.promises.items()
        },
    }
    session.execute(
        insert(PolicySnapshot)
        .values(version=policy.version, content=content, first_used_at=now)
        .on_conflict_do_nothing()
    )


def ladders_of(session: Session, version: str) -> dict[Urgency, LadderTimes]:
    """The ladders of a kept policy."""
    content = session.scalar(select(PolicySnapshot.content).where(PolicySnapshot.version == version))
    if content is None:
        raise LookupError(f"policy {version} was never kept")
    return {Urgency(level): ladder_from_json(times) for level, times in content["ladders"].items()}
