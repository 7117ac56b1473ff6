"""Taking out of a text what tells who somebody is: numbers, addresses of mail and web, names."""

from __future__ import annotations

import re
from collections.abc import Iterable

NUMBER, ADDRESS, NAME = "[nomor]", "[alamat]", "[nama]"

_ADDRESS = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+|(?<!\w)@\w+", re.IGNORECASE)
# Five digits and more, however they are parted: telephone, passport, identity and account numbers. Shorter ones
# are months, hours and sums of money, by which a message is judged.
_NUMBER = re.compile(r"\+?\w{0,2}\d(?:[\s().\-/]{0,2}\d){4,}")
# "nama saya Siti Aminah", "sy Wati dari Blitar", "my name is …", "atas nama …": the words after them.
_INTRODUCED = re.compile(
    r"\b(?P<before>(?i:nama(?:\s+(?:saya|sy|aku|lengkap|dia|adik|suami|istri|ibu|bapak|majikan|bos|agen(?:nya)?))?"
    r"|atas\s+nama|a\.?n\.?|my\s+name\s+is|jenengku|jeneng\s+kula|nami\s+abdi|wasta)\s*[:=]?\s+)"
    r"(?P<name>[^\W\d_]{2,}(?:\s+[A-Z][^\W\d_]+){0,3})"
)
# Titles and a capital letter: "Pak Hendra", "Mbak Sri", "Mr Lee".
_TITLED = re.compile(
    r"\b(?P<before>(?:[Pp]ak|[Bb]apak|[Bb]u|[Ii]bu|[Mm]ba[kh]?|[Mm]as|[Kk]ak|[Bb]ang|[Tt]eh|[Ss]dri?|[Nn]y|[Tt]n|Mrs?|Ms"
    r"|Ny|Tn)\.?\s+)(?P<name>[A-Z][^\W\d_]+(?:\s+[A-Z][^\W\d_]+){0,2})"
)
_SHORTEST_NAME = 3


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text with every number of five digits and more, address and name replaced.

    `names` are those known of the case; of a name of several words each word goes. A name nobody introduced and
    nobody listed stays: a human reads an export before it leaves the house.
    """
    text = _ADDRESS.sub(ADDRESS, text)
    text = _NUMBER.sub(NUMBER, text)
    for part in sorted(_parts(names), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", NAME, text, flags=re.IGNORECASE)
    text = _INTRODUCED.sub(lambda found: f"{found['before']}{NAME}", text)
    return _TITLED.sub(lambda found: f"{found['before']}{NAME}", text)


def masked_end(value: str) -> str:
    """A number or address of which only the first and the last signs are left: enough to see that two are the same."""
    shown = 2 if len(value) < 8 else 3
    return f"{value[:shown]}{'•' * 5}{value[-2:]}" if len(value) > shown + 2 else "•" * 5


def _parts(names: Iterable[str]) -> set[str]:
    return {part for name in names for part in name.split() if len(part) >= _SHORTEST_NAME}
