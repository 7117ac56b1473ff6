"""Callers who hide their number: no person may be made of them, or all of them would be one."""

from __future__ import annotations

import re

# What networks put in the place of a hidden number; the digits are such a word on a telephone keypad
# (ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE, PRIVATE).
_WORDS = frozenset(
    ["", "anonymous", "restricted", "blocked", "unknown", "unavailable", "private", "withheld", "null"]
)
_KEYPAD = frozenset(["266696687", "7378742833", "2562533", "8656696", "86282452253", "7748283"])
_DIALLABLE = re.compile(r"^\+\d{6,15}$")


def is_hidden(caller: str) -> bool:
    """True for a caller without a number by which they could be known again."""
    name = caller.strip().lower()
    if name.removeprefix("+") in _KEYPAD or name in _WORDS:
        return True
    return not _DIALLABLE.match(name) and "@" not in name
