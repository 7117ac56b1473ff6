"""Addresses of the channels: what kind of name they are, and which country they speak of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from cases.vocabulary import Channel, IdentifierKind

_WHATSAPP = "whatsapp:"
_NUMBER = re.compile(r"^\+\d{5,15}$")
# Twilio, WhatsApp business-scoped user ids: ISO country, optional ENT, up to 128 letters or digits.
_BSUID = re.compile(r"^([A-Z]{2})\.(?:ENT\.)?[A-Za-z0-9]{1,128}$")
_SHORT_CODE = re.compile(r"^\d{3,8}$")


@dataclass(frozen=True, slots=True)
class Address:
    """One address on one channel. `country` is ISO 3166 alpha-2, None where the address does not tell."""

    channel: Channel
    kind: IdentifierKind
    value: str
    country: str | None


def parse_address(text: str) -> Address | None:
    """Read `+966…`, `whatsapp:+966…` or `whatsapp:SA.xyz`; None for anything else (hidden or alphanumeric)."""
    channel, value = Channel.SMS, text.strip()
    if value.startswith(_WHATSAPP):
        channel, value = Channel.WHATSAPP, value.removeprefix(_WHATSAPP)
    if _NUMBER.match(value) or (channel is Channel.SMS and _SHORT_CODE.match(value)):
        return Address(channel, IdentifierKind.PHONE, value, country_of_number(value))
    bsuid = _BSUID.match(value)
    if bsuid and channel is Channel.WHATSAPP:
        return Address(channel, IdentifierKind.BSUID, value, bsuid.group(1))
    return None


@lru_cache(maxsize=4096)
def country_of_number(number: str) -> str | None:
    """The country of an E.164 number by its calling code, also of numbers that are not in use."""
    if not number.startswith("+"):
        return None
    for length in (1, 2, 3):
        code = number[1 : 1 + length]
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code)) if code.isdigit() else None
        if regions:
            return regions[0] if len(regions) == 1 else _country_of_shared_code(number, regions)
    return None


def _country_of_shared_code(number: str, regions: tuple[str, ...]) -> str | None:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return regions[0]
    return phonenumbers.region_code_for_number(parsed) or regions[0]


def address_text(channel: Channel, value: str) -> str:
    """The address as the provider wants it in `To`."""
    return f"{_WHATSAPP}{value}" if channel is Channel.WHATSAPP else value
