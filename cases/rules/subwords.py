"""The pieces of words a learned model knows: the word itself, its letters two to five at a time, word pairs.

Pieces of words carry over to spellings nobody has listed; pairs carry "not paid" against "paid".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cases.rules.tokens import Token

SHORTEST, LONGEST = 2, 5
_LONGEST_WORD = 24  # what is longer is a link or noise
_MOST_DIGITS = 4  # what is longer is a phone number: no model may learn one
_NUMBER = "#"
_BETWEEN = "_"


def learnable(tokens: Sequence[Token]) -> list[Token]:
    """The tokens as a model may see them: no links, no long numbers."""
    kept = []
    for token in tokens:
        word = token.word
        if word.isdigit() and len(word) > _MOST_DIGITS:
            kept.append(token._replace(word=_NUMBER))
        elif len(word) <= _LONGEST_WORD:
            kept.append(token)
    return kept


def pieces(word: str) -> list[str]:
    """A word and its pieces, beginning and end marked by a space."""
    edged = f" {word} "
    long = len(edged)
    return [f"={word}"] + [
        edged[first : first + size]
        for size in range(SHORTEST, min(LONGEST, long - 1) + 1)
        for first in range(long - size + 1)
    ]


def pair(word: str, following: str) -> str:
    """The name of two words in a row."""
    return f"{word}{_BETWEEN}{following}"


def paired(rows: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Of named features the word pairs, by first and second word. No word holds what stands between the two."""
    pairs: dict[str, dict[str, int]] = {}
    for name, row in rows.items():
        word, parted, following = name.partition(_BETWEEN)
        if parted:
            pairs.setdefault(word, {})[following] = row
    return pairs
