"""From words found to a judgement: evidence raised, held down, and the categories ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from cases.rules.lexicon import Combination
from cases.rules.triage import Evidence
from cases.vocabulary import Category, Urgency

_MILDEST = "U9"  # sorts after every level


def add_part(shown: list[Evidence], combination: Combination, start: int, end: int) -> None:
    """Show one part of a combination; evidence that already covers these words is raised instead."""
    for index, one in enumerate(shown):
        if one.start < end and start < one.end:
            if not one.negated and (one.urgency is None or combination.urgency.is_above(one.urgency)):
                category = combination.category or one.category
                shown[index] = Evidence(
                    one.term, one.start, one.end, category, combination.urgency, negated=False
                )
            return
    shown.append(
        Evidence(combination.name, start, end, combination.category, combination.urgency, negated=False)
    )


def held(evidence: Sequence[Evidence], cap: Urgency | None) -> tuple[Evidence, ...]:
    """The evidence with no level above the cap."""
    if cap is None:
        return tuple(evidence)
    return tuple(
        replace(one, urgency=cap) if one.urgency and one.urgency.is_above(cap) else one for one in evidence
    )


def worst(evidence: Sequence[Evidence]) -> Urgency:
    """The most urgent level that is not denied; U4 where there is none."""
    return Urgency.worst(*(one.urgency for one in evidence if one.urgency and not one.negated))


def ranked(evidence: Sequence[Evidence]) -> tuple[Category, ...]:
    """Categories by worst urgency, then by how often they were seen, then by place; INFO for nothing."""
    levels: dict[Category, str] = {}
    counts: Counter[Category] = Counter()
    for one in evidence:
        if one.category is not None and not one.negated:
            counts[one.category] += 1
            level = one.urgency.value if one.urgency else _MILDEST
            levels[one.category] = min(level, levels.get(one.category, level))
    return tuple(sorted(levels, key=lambda category: (levels[category], -counts[category]))) or (
        Category.INFO,
    )
