"""Words that may go to many phones at once, of which nobody knows who reads them."""

from __future__ import annotations

import re

from cases.rules.contact_safety import betraying_words

# One part of an SMS of plain letters.
LONGEST_UPDATE = 160
_LINK = re.compile(r"https?:|www\.|\b[\w-]+\.(?:com|id|org|net|go)\b|\S+@\S+", re.IGNORECASE)
_NUMBER = re.compile(r"\d(?:[\s().\-/]?\d){4,}")
_REFERENCE = re.compile(r"\b(?:TRC|PM)-", re.IGNORECASE)


def unsafe_parts(text: str) -> tuple[str, ...]:
    """What must not stand in words to many, in order, each once: words that betray, links and addresses, long numbers,
    references. Which phone is watched does not matter: among many there is one."""
    found = [*betraying_words(text)]
    for pattern in (_LINK, _NUMBER, _REFERENCE):
        found += [match.group() for match in pattern.finditer(text)]
    return tuple(dict.fromkeys(found))
