"""A small linear model of messages: loaded as a value, judged by numpy alone.

What a message says to a head (one question, such as "is it U1?") is the sum of what its words say, over its
length in the model's measure, plus the same of its signals. So the share of every word is known, a word is
worked out once and kept, and any stretch of a long message can be judged by itself at no cost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from cases.rules.subwords import learnable, paired, pieces
from cases.rules.tokens import Token

Floats = NDArray[np.float32]

# A message of more words is also judged in stretches, so that one line of danger among many lines of
# courtesy counts in full.
STRETCH, STEP = 40, 20
_BY_STRETCH = ("level:", "sign:")
_MOST_KEPT, _AT_ONCE = 16_384, 8_192  # words
_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model makes of one message.

    `said`: every head, levels and contact signs by the stretch that says most, the rest by the whole;
    `by_token`: what each of `tokens` adds to each head of the whole.
    """

    said: Floats
    tokens: Sequence[Token]
    by_token: Floats


@dataclass(frozen=True, slots=True)
class Table:
    """Weights of features: row by name; `weights` features x heads; `sizes` what each adds to the length."""

    rows: Mapping[str, int]
    weights: NDArray[np.int8]
    sizes: Floats

    def sum(self, names: Sequence[str]) -> tuple[Floats, float]:
        """The sum over the names it knows, in the units of its weights, and their size."""
        look = self.rows.get
        rows = [row for row in map(look, names) if row is not None]
        if not rows:
            return np.zeros(self.weights.shape[1], dtype=np.float32), 0.0
        return self.weights[rows].sum(axis=0, dtype=np.float32), float(self.sizes[rows].sum())


@dataclass(slots=True)
class KeptWords:
    """Words already worked out: the place of each in the arrays. All are forgotten when there are too many."""

    heads: int
    places: dict[str, int] = field(default_factory=dict)
    sums: Floats = field(init=False)
    sizes: Floats = field(init=False)
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.sums = np.zeros((_MOST_KEPT, self.heads), dtype=np.float32)
        self.sizes = np.zeros(_MOST_KEPT, dtype=np.float32)

    def of(self, words: Sequence[str], table: Table) -> tuple[Floats, Floats]:
        """The sums and sizes of the words of one message, in their order."""
        with self.lock:
            parts = [
                self._of(words[first : first + _AT_ONCE], table) for first in range(0, len(words), _AT_ONCE)
            ]
        if len(parts) == 1:
            return parts[0]
        nothing = np.zeros((0, self.heads), dtype=np.float32), np.zeros(0, dtype=np.float32)
        sums, sizes = zip(*(parts or [nothing]), strict=True)
        return np.concatenate(sums), np.concatenate(sizes)

    def _of(self, words: Sequence[str], table: Table) -> tuple[Floats, Floats]:
        if len(self.places) + len(words) > _MOST_KEPT:
            self.places.clear()
        places = self.places
        for word in set(words).difference(places):
            place = places[word] = len(places)
            self.sums[place], self.sizes[place] = table.sum(pieces(word))
        found = [places[word] for word in words]
        return self.sums[found], self.sizes[found]


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """Weights of every head over words and signals.

    `scales` bring each head's small whole numbers back to size. `mixes` turn scores into chances, by head:
    one weight for each score and an offset; `thresholds` are the stated choices, as chances.
    """

    version: str
    heads: tuple[str, ...]
    words: Table
    signals: Table
    scales: Floats
    intercepts: Floats
    mixes: Mapping[str, Floats]
    thresholds: Mapping[str, float]
    columns: Mapping[str, int] = field(init=False, compare=False, repr=False)
    by_stretch: NDArray[np.bool_] = field(init=False, compare=False, repr=False)
    kept: KeptWords = field(init=False, compare=False, repr=False)
    # The mixes of all heads as one table: a message asks them all.
    weights: Floats = field(init=False, compare=False, repr=False)
    offsets: Floats = field(init=False, compare=False, repr=False)
    # Word pairs by their first word: no name need be put together to see that two words are none.
    pairs: Mapping[str, Mapping[str, int]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        stretched = [head.startswith(_BY_STRETCH) for head in self.heads]
        object.__setattr__(self, "columns", {head: place for place, head in enumerate(self.heads)})
        object.__setattr__(self, "by_stretch", np.array(stretched, dtype=bool))
        object.__setattr__(self, "kept", KeptWords(len(self.heads)))
        mixes = np.array(list(self.mixes.values()), dtype=np.float32).reshape(-1, len(self.heads) + 1)
        object.__setattr__(self, "weights", np.ascontiguousarray(mixes[:, :-1]))
        object.__setattr__(self, "offsets", np.ascontiguousarray(mixes[:, -1]))
        object.__setattr__(self, "pairs", paired(self.words.rows))

    def read(self, tokens: Sequence[Token], signals: Sequence[str]) -> Scores:
        """Judge the words of a message and what the rules found in it."""
        seen = learnable(tokens)
        by_token, sizes = self._by_token([token.word for token in seen])
        sum_, size = self.signals.sum(signals)
        base = self.intercepts + sum_ * self.scales / np.float32(max(size, _NOTHING) ** 0.5)
        length = np.float32(max(float(sizes.sum()), _NOTHING) ** 0.5)
        by_token *= self.scales
        said = by_token.sum(axis=0) / length + base
        if len(seen) > STRETCH + STEP:
            few = self.by_stretch
            said[few] = np.maximum(said[few], _stretches(by_token[:, few], sizes) + base[few])
        by_token /= length
        return Scores(said, seen, by_token)

    def chances(self, said: Floats) -> dict[str, float]:
        """By head: the chance that its answer is yes, as learned from messages the model had not seen."""
        sums = np.clip(self.weights @ said + self.offsets, -30.0, 30.0).tolist()
        return {head: 1.0 / (1.0 + math.exp(-sum_)) for head, sum_ in zip(self.mixes, sums, strict=True)}

    def _by_token(self, words: Sequence[str]) -> tuple[Floats, Floats]:
        total, sizes = self.kept.of(words, self.words)
        following = self.pairs.get
        found = [
            (place, row)
            for place, (before, word) in enumerate(pairwise(words), start=1)
            if (known := following(before)) is not None and (row := known.get(word)) is not None
        ]
        if found:
            places, rows = [place for place, _ in found], [row for _, row in found]
            total[places] += self.words.weights[rows]
            sizes[places] += self.words.sizes[rows]
        return total, sizes


def _stretches(by_token: Floats, sizes: Floats) -> Floats:
    """The most each head says of any stretch."""
    totals = np.vstack([np.zeros((1, by_token.shape[1]), dtype=np.float32), by_token.cumsum(axis=0)])
    lengths = np.concatenate([np.zeros(1, dtype=np.float32), sizes.cumsum()])
    latest = len(sizes) - STRETCH
    first = np.minimum(np.arange(0, latest + STEP, STEP), latest)
    length = np.sqrt(np.maximum(lengths[first + STRETCH] - lengths[first], _NOTHING))
    most: Floats = ((totals[first + STRETCH] - totals[first]) / length[:, None]).max(axis=0)
    return most
