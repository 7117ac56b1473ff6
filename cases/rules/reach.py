"""Which way a message can take when the first one failed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases.vocabulary import WRITABLE_CHANNELS, Channel, IdentifierKind

# WhatsApp takes free words for 24 hours after a person last wrote (error 63016 afterwards); half an hour is
# kept for what waits in queues.
WHATSAPP_WINDOW = timedelta(hours=23, minutes=30)
# What one phone of somebody on duty can be tried by, in this order.
PHONE_WAYS = (Channel.SMS, Channel.WHATSAPP)


@dataclass(frozen=True, slots=True)
class CountryReach:
    """What SMS can do in a country."""

    sms: bool
    two_way: bool
    links: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """The table of one version; a country without a row has the default one."""

    version: str
    default: CountryReach
    countries: Mapping[str, CountryReach]

    def of(self, country: str | None) -> CountryReach:
        """What SMS can do in this country."""
        return self.countries.get(country or "", self.default)


def other_way(
    failed: Channel,
    kind: IdentifierKind,
    *,
    country: str | None,
    reach: Reach,
    last_whatsapp: datetime | None,
    now: datetime,
) -> Channel | None:
    """The other channel to the same number, where it can work: SMS where the country lets it through, WhatsApp
    where she wrote within its window. A WhatsApp id has no other way."""
    if kind is not IdentifierKind.PHONE:
        return None
    if failed is Channel.WHATSAPP:
        return Channel.SMS if reach.of(country).sms else None
    return Channel.WHATSAPP if window_is_open(last_whatsapp, now) else None


def window_is_open(last_whatsapp: datetime | None, now: datetime) -> bool:
    """True while WhatsApp takes free words to somebody who last wrote then."""
    return last_whatsapp is not None and now - last_whatsapp < WHATSAPP_WINDOW


def next_way_to_contact(
    usual: Channel,
    tried: Collection[Channel],
    *,
    has_email: bool,
    phone_ways: tuple[Channel, ...] = PHONE_WAYS,
) -> Channel | None:
    """The way after those that were tried to somebody on duty: their usual one, the other ways of their phone,
    and e-mail at last, for it wakes nobody. None when all were tried."""
    ways = [usual]
    if usual in WRITABLE_CHANNELS:
        ways += phone_ways
    if has_email:
        ways.append(Channel.EMAIL)
    return next((way for way in ways if way not in tried), None)
