"""From words found to a judgement: evidence raised, held down, and the categories ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from cases.rules.lexicon import Combination
from cases.rules.triage import Evidence
from cases.vocabulary import Category, Urgency

_MILDEST = "U9"  # sorts after every level
_GRAVE = (Urgency.U1, Urgency.U2)
_QUESTION_MARKS = frozenset("?？؟")


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


def has_question_mark(text: str) -> bool:
    """True where one stands anywhere."""
    return any(mark in text for mark in _QUESTION_MARKS)


def is_bare_question(text: str, evidence: Sequence[Evidence]) -> bool:
    """True for a question that shows one piece of evidence of U2 and nothing graver."""
    if not has_question_mark(text):
        return False
    grave = [one.urgency for one in evidence if one.urgency in _GRAVE and not one.negated]
    return grave == [Urgency.U2]


def worst(evidence: Sequence[Evidence]) -> Urgency:
    """The most urgent level that is not denied; U4 where there is none."""
    return Urgency.worst(*(one.urgency for one in evidence if one.urgency and not one.negated))


def ranked(evidence: Sequence[Evidence], together: Sequence[Combination]) -> tuple[Category, ...]:
    """Categories by worst urgency, then by how often they were seen, then by place; INFO for nothing.

    `together` are the combinations that hold: where two share their words, the evidence shows only one of
    them. They count no higher than the evidence as a whole, which may have been held down.
    """
    limit = worst(evidence)
    seen = [(one.category, one.urgency) for one in evidence if not one.negated]
    seen += [(one.category, limit if one.urgency.is_above(limit) else one.urgency) for one in together]
    levels: dict[Category, str] = {}
    counts: Counter[Category] = Counter()
    for category, urgency in seen:
        if category is not None:
            counts[category] += 1
            level = urgency.value if urgency else _MILDEST
            levels[category] = min(level, levels.get(category, level))
    return tuple(sorted(levels, key=lambda category: (levels[category], -counts[category]))) or (
        Category.INFO,
    )
