"""How many SMS a text becomes: GSM-7 while every character is in its alphabet, UCS-2 otherwise."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("€^{}[]~\\|\f")  # an escape goes before each: two places


def count_segments(text: str) -> int:
    """At least 1: an empty message is still carried once."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        length = sum(2 if character in _EXTENDED else 1 for character in text)
        single, part = 160, 153
    else:
        length = len(text.encode("utf-16-be", "surrogatepass")) // 2
        single, part = 70, 67
    return 1 if length <= single else -(-length // part)
