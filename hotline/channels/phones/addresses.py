"""Addresses on the wire: E.164 numbers, WhatsApp addresses, business-scoped user ids."""

import re
from dataclasses import dataclass
from typing import Literal

Channel = Literal["sms", "whatsapp"]

PREFIX = "whatsapp:"
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_SCOPED_ID = re.compile(r"[A-Z]{2}(\.ENT)?\.[A-Za-z0-9]{1,128}")
_NOISE = re.compile(r"[\s()\-]")

# Longest first, so that +1 does not claim what +1 xxx islands would need; enough for the geo parameters.
_COUNTRIES = {
    "+971": "AE", "+966": "SA", "+886": "TW", "+852": "HK", "+974": "QA", "+965": "KW", "+673": "BN",
    "+60": "MY", "+62": "ID", "+65": "SG", "+81": "JP", "+82": "KR", "+44": "GB", "+49": "DE", "+1": "US",
}  # fmt: skip


@dataclass(frozen=True)
class Address:
    """A channel and the bare name on it; ``bare`` also names the handset that holds it."""

    channel: Channel
    bare: str

    @property
    def wire(self) -> str:
        return PREFIX + self.bare if self.channel == "whatsapp" else self.bare

    @property
    def is_scoped_id(self) -> bool:
        return _SCOPED_ID.fullmatch(self.bare) is not None


def parse_address(text: str, default_channel: Channel = "sms") -> Address | None:
    """Read what stands in ``To`` or ``From``; None when it is no address at all."""
    channel: Channel = default_channel
    bare = text.strip()
    if bare.lower().startswith(PREFIX):
        channel, bare = "whatsapp", bare[len(PREFIX) :]
    if _SCOPED_ID.fullmatch(bare):
        return Address("whatsapp", bare)  # such an id exists nowhere else
    bare = _NOISE.sub("", bare)
    return Address(channel, bare) if _E164.fullmatch(bare) else None


def handset_name(text: str) -> str:
    """The name a phone goes by here, whatever prefix or spaces it was asked for with."""
    address = parse_address(text) or parse_address("+" + text.strip())
    return address.bare if address else text.strip()


def country_of(number: str) -> str:
    """Two letters for the geo parameters, or nothing: the provider leaves unknown ones empty too."""
    return next((code for prefix, code in _COUNTRIES.items() if number.startswith(prefix)), "")
