"""Parts of a message that mean more together than alone."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

from cases.rules.lexicon import Combination, Grammar, Group
from cases.rules.tokens import Token
from cases.vocabulary import Category

Span = tuple[int, int]  # first and last token, both in it
# Nobody is owed wages for a hundred years: longer figures are telephone numbers and sums of money.
_LONGEST_AMOUNT = 1200


def amounts(tokens: Sequence[Token], grammar: Grammar) -> list[tuple[Span, str, int]]:
    """Amounts of time in the text: "5 bln", "rong taun" as (place, kind of unit, how many)."""
    found: list[tuple[Span, str, int]] = []
    for index, token in enumerate(tokens[1:], start=1):
        unit = grammar.units.get(token.word)
        if unit is None:
            continue
        before = tokens[index - 1].word
        number = int(before[:6]) if before.isdecimal() else grammar.numbers.get(before)
        if number is not None and 0 < number * unit[1] <= _LONGEST_AMOUNT:
            found.append(((index - 1, index), unit[0], number * unit[1]))
    return found


class Parts:
    """What one message offers to the combinations."""

    def __init__(
        self,
        phrases: Mapping[str, Sequence[Span]],
        categories: Mapping[Category, Sequence[Span]],
        times: Iterable[tuple[Span, str, int]],
    ) -> None:
        self._phrases = phrases
        self._categories = categories
        self._times = tuple(times)

    def complete(self, combination: Combination) -> tuple[Span, ...] | None:
        """The closest places, one of each group, where the combination holds; None where it does not."""
        places: list[list[Span]] = []
        for group in combination.groups:
            spans = self._of(group)
            if not spans:
                return None
            places.append(spans)
        chosen = _closest(places)
        if combination.within is not None and _breadth(chosen) > combination.within:
            return None
        return chosen

    def _of(self, group: Group) -> list[Span]:
        spans = [span for phrase in group.phrases & self._phrases.keys() for span in self._phrases[phrase]]
        for category in group.categories & self._categories.keys():
            spans.extend(self._categories[category])
        if group.unit is not None:
            spans.extend(
                span for span, unit, amount in self._times if unit == group.unit and amount >= group.at_least
            )
        return sorted(spans)


def _breadth(spans: Sequence[Span]) -> int:
    return max(last for _, last in spans) - min(first for first, _ in spans)


def _closest(places: Sequence[Sequence[Span]]) -> tuple[Span, ...]:
    """One span of each sorted list, so that they lie as close as can be (smallest range over sorted lists)."""
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


def _current(
    heap: Sequence[tuple[Span, int, int]], places: Sequence[Sequence[Span]]
) -> tuple[Span, ...]:
    at = {number: position for _, number, position in heap}
    return tuple(spans[at[number]] for number, spans in enumerate(places))
