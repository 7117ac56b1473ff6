"""References short enough to be read out on a bad line, with a check character: `TRC-YYMM-NNNNN` names a case,
`PM-YYMM-NNN` (peristiwa massal) an incident."""

from __future__ import annotations

import re
from datetime import datetime

from stdnum.iso7064 import mod_37_36

_CASE = re.compile(r"TRC-([0-9]{4})-([0-9]{5,})([0-9A-Z])")
_INCIDENT = re.compile(r"PM-([0-9]{4})-([0-9]{3,})([0-9A-Z])")


def make_reference(number: int, opened_at: datetime) -> str:
    """The reference of the case with this running number; ISO 7064 MOD 37,36 guards against a slip of one key."""
    return _make("TRC", f"{opened_at:%y%m}", f"{number:05d}")


def is_reference(text: str) -> bool:
    """True for a well-formed reference of a case whose check character fits."""
    return _fits(_CASE, text)


def make_incident_reference(number: int, opened_at: datetime) -> str:
    """The reference of the incident with this running number, by the same rule as a case's."""
    return _make("PM", f"{opened_at:%y%m}", f"{number:03d}")


def is_incident_reference(text: str) -> bool:
    """True for a well-formed reference of an incident whose check character fits."""
    return _fits(_INCIDENT, text)


def _make(prefix: str, month: str, digits: str) -> str:
    return f"{prefix}-{month}-{digits}{mod_37_36.calc_check_digit(month + digits)}"


def _fits(shape: re.Pattern[str], text: str) -> bool:
    match = shape.fullmatch(text)
    return match is not None and bool(mod_37_36.is_valid("".join(match.groups())))
