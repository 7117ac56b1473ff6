"""Parts of a message that mean more together than alone."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cases.rules.lexicon import Combination, Grammar, Group
from cases.rules.matching import Span
from cases.rules.tokens import Token
from cases.vocabulary import Category

# Nobody is owed wages for a hundred years: longer figures are telephone numbers and sums of money.
_LONGEST_AMOUNT = 1200
_Place = tuple[int, int]  # number of a combination, number of a group in it


@dataclass(frozen=True, slots=True)
class Amount:
    """So many months or days, and where they are written."""

    span: Span
    unit: str
    number: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What one message offers to the combinations: places of phrases, of undenied categories, amounts."""

    phrases: Mapping[str, Sequence[Span]]
    categories: Mapping[Category, Sequence[Span]]
    amounts: Sequence[Amount]

    def of(self, group: Group) -> list[Span]:
        """The places of one group, in order."""
        spans = [span for phrase in group.phrases & self.phrases.keys() for span in self.phrases[phrase]]
        for category in group.categories & self.categories.keys():
            spans.extend(self.categories[category])
        if group.unit is not None:
            spans.extend(one.span for one in self.amounts if _enough(group, one))
        return sorted(spans)


@dataclass(frozen=True, slots=True)
class CombinationIndex:
    """All combinations, and which group of which of them a phrase or category belongs to."""

    combinations: tuple[Combination, ...]
    by_phrase: Mapping[str, tuple[_Place, ...]]
    by_category: Mapping[Category, tuple[_Place, ...]]
    timed: tuple[_Place, ...]

    @classmethod
    def of(cls, combinations: Iterable[Combination]) -> CombinationIndex:
        """Index the combinations, the most urgent first: words of two are shown under the graver one."""
        kept = tuple(sorted(combinations, key=lambda one: one.urgency.value))
        by_phrase: dict[str, list[_Place]] = {}
        by_category: dict[Category, list[_Place]] = {}
        timed: list[_Place] = []
        for number, combination in enumerate(kept):
            for place, group in enumerate(combination.groups):
                for phrase in group.phrases:
                    by_phrase.setdefault(phrase, []).append((number, place))
                for category in group.categories:
                    by_category.setdefault(category, []).append((number, place))
                if group.unit is not None:
                    timed.append((number, place))
        return cls(
            kept,
            {phrase: tuple(places) for phrase, places in by_phrase.items()},
            {category: tuple(places) for category, places in by_category.items()},
            tuple(timed),
        )

    def found_in(self, parts: Parts) -> Iterator[tuple[Combination, tuple[Span, ...]]]:
        """The combinations that hold, each with one place for each group, as close together as can be."""
        for number in self._complete(parts):
            combination = self.combinations[number]
            spans = _closest([parts.of(group) for group in combination.groups])
            if combination.within is None or _breadth(spans) <= combination.within:
                yield combination, spans

    def _complete(self, parts: Parts) -> list[int]:
        met: set[_Place] = set()
        for phrase in parts.phrases:
            met.update(self.by_phrase.get(phrase, ()))
        for category in parts.categories:
            met.update(self.by_category.get(category, ()))
        for number, place in self.timed if parts.amounts else ():
            group = self.combinations[number].groups[place]
            if any(_enough(group, amount) for amount in parts.amounts):
                met.add((number, place))
        counts: dict[int, int] = {}
        for number, _ in met:
            counts[number] = counts.get(number, 0) + 1
        return sorted(
            number for number, count in counts.items() if count == len(self.combinations[number].groups)
        )


def amounts(tokens: Sequence[Token], grammar: Grammar) -> list[Amount]:
    """Amounts of time in the text, such as "5 bln" or "rong taun" (a year counts as months)."""
    found: list[Amount] = []
    units = grammar.units
    for index in [place for place, token in enumerate(tokens) if token.word in units]:
        if index == 0:
            continue
        unit = units[tokens[index].word]
        before = tokens[index - 1].word
        number = int(before[:6]) if before.isdecimal() else grammar.numbers.get(before)
        if number is not None and 0 < number * unit[1] <= _LONGEST_AMOUNT:
            found.append(Amount((index - 1, index), unit[0], number * unit[1]))
    return found


def _enough(group: Group, amount: Amount) -> bool:
    return amount.unit == group.unit and amount.number >= group.at_least


def _breadth(spans: Sequence[Span]) -> int:
    return max(last for _, last in spans) - min(first for first, _ in spans)


def _closest(places: Sequence[Sequence[Span]]) -> tuple[Span, ...]:
    """One span of each sorted list, as close together as can be: the smallest range over sorted lists."""
    if all(len(spans) == 1 for spans in places):
        return tuple(spans[0] for spans in places)
    heap = [(spans[0], number, 0) for number, spans in enumerate(places)]
    heapq.heapify(heap)
    rightmost = max(spans[0] for spans in places)
    best, width = _current(heap, places), rightmost[0] - heap[0][0][0]
    while True:
        span, number, position = heap[0]
        if rightmost[0] - span[0] < width:
            best, width = _current(heap, places), rightmost[0] - span[0]
        if position + 1 == len(places[number]):
            return best
        following = places[number][position + 1]
        heapq.heapreplace(heap, (following, number, position + 1))
        rightmost = max(rightmost, following)


def _current(heap: Sequence[tuple[Span, int, int]], places: Sequence[Sequence[Span]]) -> tuple[Span, ...]:
    at = {number: position for _, number, position in heap}
    return tuple(spans[at[number]] for number, spans in enumerate(places))
