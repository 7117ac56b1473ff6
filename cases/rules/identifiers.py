"""What an officer types of how somebody is reached: which kind of name it is, in the one form we keep."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from cases.rules.phone_numbers import parse_address
from cases.vocabulary import IdentifierKind

LONGEST = 200
# Where a number without a country code is at home.
HOME = "ID"
_EMAIL = re.compile(r"^[^\s@<>,;]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}$")
_USERNAME = re.compile(r"^@[\w.]{2,64}$")
_NUMBER = re.compile(r"^\+?[\d\s().-]+$", re.ASCII)
_ABROAD = re.compile(r"^00(?=[1-9])")


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier as it is kept: E.164, `SA.xyz`, a lower-case e-mail address or `@username`."""

    kind: IdentifierKind
    value: str


def read_identifier(text: str) -> Name | None:
    """A phone number in any common spelling (0812… is Indonesian, 00966… is +966…), a WhatsApp user id, an e-mail
    address or an @username; None for anything else."""
    typed = text.strip().removeprefix("whatsapp:")
    if not typed or len(typed) > LONGEST:
        return None
    lowered = typed.lower()
    if _EMAIL.match(lowered):
        return Name(IdentifierKind.EMAIL, lowered)
    if _USERNAME.match(lowered):
        return Name(IdentifierKind.USERNAME, lowered)
    address = parse_address(f"whatsapp:{typed}")
    if address is not None and address.kind is IdentifierKind.BSUID:
        return Name(IdentifierKind.BSUID, address.value)
    return _phone(typed)


def _phone(typed: str) -> Name | None:
    if not _NUMBER.match(typed):
        return None
    try:
        number = phonenumbers.parse(_ABROAD.sub("+", typed), HOME)
    except phonenumbers.NumberParseException:
        return None
    # Only the length is asked: numbering plans change faster than tables, and fiction ranges are in none.
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    address = parse_address(value)
    return Name(IdentifierKind.PHONE, value) if address is not None and len(value) >= 8 else None
