"""Which phrases of the word list stand in a message, when several would fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from cases.rules.lexicon import LexiconTerm
from cases.rules.phrases import Match
from cases.rules.tokens import Token

Span = tuple[int, int]  # first and last token, both in it
_MILDEST = "U9"  # sorts after every level


class Entry(NamedTuple):
    """A phrase of the list, as listed, and the term it stands for."""

    phrase: str
    term: LexiconTerm


class Chosen(NamedTuple):
    """A phrase that was taken, and its tokens."""

    first: int
    last: int
    entry: Entry


def longest_first(
    tokens: Sequence[Token], matches: Iterable[Match[Entry]], countries: AbstractSet[str]
) -> list[Chosen]:
    """Of overlapping terms the one with more words, else the earlier; by place, none overlapping.

    Terms bound to countries count only where one of `countries` is theirs. Where one phrase is listed twice,
    the false friend gives way, then the milder level.
    """
    usable = []
    for first, last, entries in matches:
        if len(entries) == 1 and not entries[0].term.countries:  # most: spared the list
            usable.append((first - last, first, last, entries[0]))
            continue
        here = [one for one in entries if not one.term.countries or one.term.countries & countries]
        if here:
            usable.append((first - last, first, last, here[0] if len(here) == 1 else min(here, key=_weight)))
    usable.sort(key=lambda one: one[:3])
    spent: set[int] = set()
    chosen: list[Chosen] = []
    for _, first, last, entry in usable:
        # Tokens made of one written word share its place: where one is taken, so is the other.
        places = [tokens[index].start for index in range(first, last + 1)]
        if spent.isdisjoint(places):
            spent.update(places)
            chosen.append(Chosen(first, last, entry))
    chosen.sort()
    return chosen


def spans_of(matches: Iterable[Match[str]]) -> Mapping[str, Sequence[Span]]:
    """Every place of every phrase, overlapping or not."""
    spans: dict[str, list[Span]] = {}
    for first, last, phrases in matches:
        for phrase in phrases:
            spans.setdefault(phrase, []).append((first, last))
    return spans


def outside(marks: Mapping[str, Sequence[Span]], hidden: Sequence[Span]) -> Mapping[str, Sequence[Span]]:
    """The places that do not lie within one of the hidden ones."""
    if not hidden:
        return marks
    covered = {index for first, last in hidden for index in range(first, last + 1)}
    kept = {
        phrase: [span for span in spans if not covered.issuperset(range(span[0], span[1] + 1))]
        for phrase, spans in marks.items()
    }
    return {phrase: spans for phrase, spans in kept.items() if spans}


def _weight(entry: Entry) -> tuple[bool, str]:
    return entry.term.neutral, entry.term.urgency.value if entry.term.urgency else _MILDEST
