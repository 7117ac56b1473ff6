"""Who is called upon in a note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")


def mentioned(text: str, names: Mapping[Key, str]) -> list[Key]:
    """Whose name stands behind an @, in the order of the text; of two names that begin alike the longer one. Case does
    not count."""
    folded = text.casefold()
    longest_first = sorted(names, key=lambda key: -len(names[key]))
    found: list[Key] = []
    place = folded.find("@")
    while place >= 0:
        rest = folded[place + 1 :]
        who = next(
            (key for key in longest_first if names[key] and rest.startswith(names[key].casefold())), None
        )
        if who is not None and who not in found:
            found.append(who)
        place = folded.find("@", place + 1)
    return found
