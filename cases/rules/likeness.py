"""Whether a name or number is nearly the one that was meant: for names heard on the telephone and half-read numbers."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

# As in "Aminah" for "Amina", "Soekarno" for "Sukarno", "Djuwita" for "Juwita", "Syarifah" for "Sarifa".
_SPELLINGS = (
    ("oe", "u"), ("dj", "j"), ("tj", "c"), ("sj", "s"), ("sy", "s"), ("sh", "s"), ("ch", "c"), ("kh", "k"),
    ("ph", "f"), ("th", "t"), ("dh", "d"), ("v", "f"), ("y", "i"), ("z", "s"), ("q", "k"), ("x", "ks"),
)  # fmt: skip
_TWICE = re.compile(r"(.)\1+")
_LETTERS = re.compile(r"[^\W\d_]+")
_NEAR = 0.8
FEWEST_LETTERS, FEWEST_DIGITS = 3, 4


def folded(name: str) -> tuple[str, ...]:
    """The words of a name as they sound, in order."""
    return tuple(_fold(word) for word in _LETTERS.findall(name.lower()) if len(word) > 1)


def is_like(wanted: tuple[str, ...], name: str) -> bool:
    """True when every word that was asked for is nearly one of the name's words. Nothing is like no words."""
    words = folded(name)
    return bool(wanted) and all(any(_near(one, word) for word in words) for one in wanted)


def digits_in(text: str) -> str | None:
    """The digits of part of a number; None for anything else, and for too few to mean one."""
    if not re.fullmatch(r"[\d\s().+*…-]+", text.strip()):
        return None
    found = re.sub(r"\D", "", text)
    return found if len(found) >= FEWEST_DIGITS else None


def _fold(word: str) -> str:
    for spelling, sound in _SPELLINGS:
        word = word.replace(spelling, sound)
    word = _TWICE.sub(r"\1", word)
    return word[:-1] if len(word) > FEWEST_LETTERS and word.endswith("h") else word


def _near(one: str, other: str) -> bool:
    if one == other or (len(one) >= FEWEST_LETTERS and other.startswith(one)):
        return True
    if abs(len(one) - len(other)) > 2 or min(len(one), len(other)) < FEWEST_LETTERS + 1:
        return False
    # What is misheard keeps its beginning or its end; this spares most comparisons.
    if one[0] != other[0] and one[-2:] != other[-2:]:
        return False
    return SequenceMatcher(None, one, other).ratio() >= _NEAR
