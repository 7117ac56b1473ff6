"""Whether cases gather around one employer, recruiter or P3MI."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cases.vocabulary import Urgency


@dataclass(frozen=True, slots=True)
class PatternRule:
    """So many cases of this urgency or a higher one, opened within this time of one another."""

    key: str
    cases: int
    within: timedelta
    urgency: Urgency
    source: str


@dataclass(frozen=True, slots=True)
class LinkedCase:
    """What of a case counts."""

    id: UUID
    opened_at: datetime
    urgency: Urgency


def gathered(cases: Collection[LinkedCase], rule: PatternRule) -> frozenset[UUID]:
    """The cases that lie in some stretch of `within` with enough of them; empty where they are too few or too far
    apart."""
    counting = sorted(
        (case for case in cases if not rule.urgency.is_above(case.urgency)),
        key=lambda case: (case.opened_at, case.id),
    )
    found: set[UUID] = set()
    first = 0
    for last, case in enumerate(counting):
        while case.opened_at - counting[first].opened_at > rule.within:
            first += 1
        if last - first + 1 >= rule.cases:
            found |= {one.id for one in counting[first : last + 1]}
    return frozenset(found)


def is_news(found: Collection[UUID], earlier: Iterable[Collection[UUID]]) -> bool:
    """Whether a case is among them of which no alert has told. The same set, or a part of it, is not told again."""
    told: set[UUID] = set()
    for one in earlier:
        told.update(one)
    return bool(set(found) - told)
