"""How many SMS a text becomes: GSM-7 while every character is in its alphabet, UCS-2 otherwise."""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# An escape goes before each of these: two places.
_EXTENDED = frozenset("€^{}[]~\\|\f")
_GSM_SINGLE, _GSM_PART = 160, 153
_UCS_SINGLE, _UCS_PART = 70, 67


def count_segments(text: str) -> int:
    """The number of parts a text is sent in by SMS; at least 1."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        length = sum(2 if character in _EXTENDED else 1 for character in text)
        single, part = _GSM_SINGLE, _GSM_PART
    else:
        length = len(text.encode("utf-16-be", "surrogatepass")) // 2
        single, part = _UCS_SINGLE, _UCS_PART
    return 1 if length <= single else -(-length // part)
