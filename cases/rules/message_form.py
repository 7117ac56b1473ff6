"""What the form of a message tells: a part of a longer one, words in disguise. Guesses, marked as such."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PART = re.compile(r"^\s*[(\[]?\s*(\d{1,2})\s*/\s*(\d{1,2})\s*[)\]]?[\s:.)-]")
_MOST_PARTS = 20
_BASE64 = re.compile(r"^[A-Za-z0-9+/]+={0,2}$")
_SHORTEST_BASE64 = 60
_READABLE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """One numbered part of a longer message, as the sender's phone wrote it."""

    number: int
    of: int


def part_of(body: str) -> Part | None:
    """`(2/3) …` as part 2 of 3; None where the body does not begin so. Parts may come in any order."""
    found = _PART.match(body)
    if found is None:
        return None
    number, of = int(found.group(1)), int(found.group(2))
    return Part(number, of) if 1 <= number <= of and 1 < of <= _MOST_PARTS else None


def decoded_guess(body: str) -> str | None:
    """The text of a body that looks like base64; None for everything else.

    Some networks deliver long SMS so. At least 60 characters, a multiple of four, and text in which at least
    half of the characters are plain ASCII or all are printable; a guess all the same, so the raw body is kept.
    """
    text = "".join(body.split())
    if len(text) < _SHORTEST_BASE64 or len(text) % 4 or not _BASE64.match(text):
        return None
    try:
        decoded = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    readable = sum(char.isprintable() or char in "\n\r\t" for char in decoded)
    ascii_only = sum(char.isascii() and char.isprintable() for char in decoded)
    if readable < len(decoded) * 0.95 or (
        ascii_only < len(decoded) * _READABLE_SHARE and not any(char.isalpha() for char in decoded)
    ):
        return None
    return decoded


# A sign for what a message without words carries, for lists; it needs no translation.
_SIGNS = {
    "recording": "🎙",
    "call": "📞",
    "location": "📍",
    "button": "🔘",
    "list_reply": "☰",
    "flow": "📝",
    "media": "📎",
    "contact_card": "👤",
    "unsupported": "❓",
}


def signs_of(content: Mapping[str, Any] | None) -> str:
    """One sign for each thing a message carries; empty for none."""
    return "".join(sign for name, sign in _SIGNS.items() if content and content.get(name))
