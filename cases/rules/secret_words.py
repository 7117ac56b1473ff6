"""Safe word and duress word: chosen by the person, found in her messages however she writes them."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[^\W_]+")


def gives_word(text: str, word: str | None) -> bool:
    """True when the word (or the words of it, in order and side by side) stands in the text, in any letter case."""
    wanted = _tokens(word or "")
    if not wanted:
        return False
    given = _tokens(text)
    return any(given[start : start + len(wanted)] == wanted for start in range(len(given) - len(wanted) + 1))


def _tokens(text: str) -> list[str]:
    return [match.group().casefold() for match in _TOKEN.finditer(text)]
