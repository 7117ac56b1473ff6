"""A small linear model of messages: loaded as a value, judged by numpy alone.

What a message says to a head (one question, such as "is it U1?") is the sum of what its words say, over its
length in the model's measure, plus the same of its signals. So the share of every word is known, a word is
worked out once and kept, and any stretch of a long message can be judged by itself at no cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cases.rules.subwords import learnable, pair, pieces
from cases.rules.tokens import Token

Floats = NDArray[np.float32]

# A message of more words is also judged in stretches, so that one line of danger among many lines of
# courtesy counts in full.
STRETCH, STEP = 40, 20
_MOST_KEPT = 20_000  # words; what is kept is thrown away when there are more


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model makes of one message.

    `whole`: every head on the whole; `most`: the most it says of any stretch; `by_token`: what each of
    `tokens` adds to each head of the whole.
    """

    whole: Floats
    most: Floats
    tokens: Sequence[Token]
    by_token: Floats


@dataclass(frozen=True, slots=True)
class Table:
    """Weights of features: row by name; `weights` features x heads; `sizes` what each adds to the length."""

    rows: Mapping[str, int]
    weights: NDArray[np.int8]
    sizes: Floats

    def sum(self, names: Sequence[str], heads: int) -> tuple[Floats, float]:
        """The sum over the names it knows, in the units of its weights, and their size."""
        look = self.rows.get
        rows = [row for row in map(look, names) if row is not None]
        if not rows:
            return np.zeros(heads, dtype=np.float32), 0.0
        return self.weights[rows].sum(axis=0, dtype=np.float32), float(self.sizes[rows].sum())


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """Weights of every head over words and signals.

    `scales` bring each head's small whole numbers back to size. `slopes` and `offsets` make a chance of a
    score, by head; `thresholds` are the stated choices, as chances.
    """

    version: str
    heads: tuple[str, ...]
    words: Table
    signals: Table
    scales: Floats
    intercepts: Floats
    slopes: Mapping[str, tuple[float, float]]
    thresholds: Mapping[str, float]
    kept: dict[str, tuple[Floats, float]] = field(default_factory=dict, compare=False, repr=False)

    def column(self, head: str) -> int:
        """The place of a head in every row of scores."""
        return self.heads.index(head)

    def read(self, tokens: Sequence[Token], signals: Sequence[str]) -> Scores:
        """Judge the words of a message and what the rules found in it."""
        seen = learnable(tokens)
        by_token, sizes = self._by_token(seen)
        said, size = self.signals.sum(signals, len(self.heads))
        base = self.intercepts + said * self.scales / np.float32(max(size, 1e-9) ** 0.5)
        length = max(float(sizes.sum()), 1e-9) ** 0.5
        by_token *= self.scales
        whole = by_token.sum(axis=0) / np.float32(length) + base
        most = whole if len(seen) <= STRETCH + STEP else np.maximum(whole, _stretches(by_token, sizes) + base)
        return Scores(whole, most, seen, by_token / np.float32(length))

    def chance(self, head: str, score: float) -> float:
        """The chance that the answer is yes, as learned from messages the model had not seen."""
        slope, offset = self.slopes.get(head, (1.0, 0.0))
        return float(1.0 / (1.0 + np.exp(-np.clip(slope * score + offset, -30.0, 30.0))))

    def _by_token(self, seen: Sequence[Token]) -> tuple[Floats, Floats]:
        count = len(seen)
        if not count:
            return np.zeros((0, len(self.heads)), dtype=np.float32), np.zeros(0, dtype=np.float32)
        known = [self._word(token.word) for token in seen]
        total = np.stack([one for one, _ in known])
        sizes = np.fromiter((size for _, size in known), dtype=np.float32, count=count)
        look = self.words.rows.get
        places: list[int] = []
        rows: list[int] = []
        for index in range(1, count):
            row = look(pair(seen[index - 1].word, seen[index].word))
            if row is not None:
                places.append(index)
                rows.append(row)
        if rows:
            total[places] += self.words.weights[rows]
            sizes[places] += self.words.sizes[rows]
        return total, sizes

    def _word(self, word: str) -> tuple[Floats, float]:
        known = self.kept.get(word)
        if known is None:
            if len(self.kept) >= _MOST_KEPT:
                self.kept.clear()
            known = self.kept[word] = self.words.sum(pieces(word), len(self.heads))
        return known


def _stretches(by_token: Floats, sizes: Floats) -> Floats:
    """The most each head says of any stretch."""
    totals = np.vstack([np.zeros((1, by_token.shape[1]), dtype=np.float32), by_token.cumsum(axis=0)])
    lengths = np.concatenate([np.zeros(1, dtype=np.float32), sizes.cumsum()])
    count = len(sizes)
    first = np.arange(0, max(count - STRETCH, 0) + STEP, STEP)
    first = np.minimum(first, max(count - STRETCH, 0))
    last = np.minimum(first + STRETCH, count)
    length = np.sqrt(np.maximum(lengths[last] - lengths[first], 1e-9))
    most: Floats = ((totals[last] - totals[first]) / length[:, None]).max(axis=0)
    return most
