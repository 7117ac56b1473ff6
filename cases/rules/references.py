"""Case references: `TRC-YYMM-NNNNN` and a check character, short enough to be read out on a bad line."""

from __future__ import annotations

import re
from datetime import datetime

from stdnum.iso7064 import mod_37_36

_SHAPE = re.compile(r"^TRC-(\d{4})-(\d{5,})([0-9A-Z])$")


def make_reference(number: int, opened_at: datetime) -> str:
    """The reference of the case with this running number; ISO 7064 MOD 37,36 guards against a slip of one key."""
    digits = f"{opened_at:%y%m}{number:05d}"
    return f"TRC-{digits[:4]}-{digits[4:]}{mod_37_36.calc_check_digit(digits)}"


def is_reference(text: str) -> bool:
    """True for a well-formed reference whose check character fits."""
    match = _SHAPE.match(text)
    return match is not None and bool(mod_37_36.is_valid("".join(match.groups())))
