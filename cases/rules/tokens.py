"""Words of a message with their places in it, written one way however they were typed.

A token's `word` is folded (NFKC, no accents, no case, no apostrophes) and its letters are squeezed: chat
writing stretches them ("toloooong") and doubles them at will ("boss"), so every run becomes one letter, in
messages and in word lists alike. Offsets always point into the text as received.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_LETTER = rf"[^\W\d_²{_HAN}]"
# Inside a word: combining marks, apostrophes of Madurese and English, and what hides in pasted text
# (soft hyphen, zero-width characters).
_JOINER = "['’ʼ`\u00ad\u0300-\u036f\u064b-\u0652\u200b-\u200d\u2060]"
_TOKEN = re.compile(
    rf"{_LETTER}+(?:{_JOINER}+{_LETTER}+)*|\d+|²|[{_HAN}]|[\u2600-\u27bf\U0001f170-\U0001faff]"
)
# The same for a text of ASCII alone, in half the time.
_PLAIN_TOKEN = re.compile(r"[A-Za-z]+(?:['`]+[A-Za-z]+)*|[0-9]+")
_RUN = re.compile(r"([^\W\d_])\1+")
_STOPS = frozenset('.,;:!?\n\r()[]"“”…·•')
_DOUBLERS = ("2", "²")
_made = tuple.__new__


class Token(NamedTuple):
    """One word: its folded form, its place in the text, and whether a stop stands before it."""

    word: str
    start: int
    end: int
    after_stop: bool


@lru_cache(maxsize=8192)  # of a message's words nearly all are known from other messages
def fold(word: str) -> str:
    """The one spelling of a single word; digits keep their runs ("100" is not "10")."""
    if not word.isascii():
        decomposed = unicodedata.normalize("NFKD", word)
        word = "".join(char for char in decomposed if char.isalnum() or ord(char) > 0x25FF)
    else:
        word = word.replace("'", "").replace("`", "")
    return _RUN.sub(r"\1", word.casefold())


def tokenise(text: str) -> list[Token]:
    """The tokens of a text in order; never raises.

    A "2" glued to a word is the chat sign of doubling: "pukul2" gives the word twice, both tokens with the
    place of the whole, so that it equals "pukul-pukul". Other digits part from letters ("5bln" is two).
    Han characters and pictographs stand alone.
    """
    tokens: list[Token] = []
    keep = tokens.append
    last_end = 0
    for match in (_PLAIN_TOKEN if text.isascii() else _TOKEN).finditer(text):
        start, end = match.span()
        raw = text[start:end]
        if raw in _DOUBLERS and tokens and last_end == start and tokens[-1].word.isalpha():
            doubled = tokens.pop()
            keep(Token(doubled.word, doubled.start, end, doubled.after_stop))
            keep(Token(doubled.word, doubled.start, end, False))
        elif word := fold(raw):
            gap = text[last_end:start]
            # Written out, not `Token(…)`: this line runs for every word of every message.
            keep(_made(Token, (word, start, end, gap != " " and not _STOPS.isdisjoint(gap))))
        last_end = end
    return tokens


def folded(phrase: str) -> tuple[str, ...]:
    """The words of a phrase of a word list."""
    return tuple(token.word for token in tokenise(phrase))
