"""Which addresses may be fetched from: a message names an address, and whoever wrote it may be our enemy."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from cases.vocabulary import MediaFailure
from hotline.config import Settings, is_loopback

IPAddress = IPv4Address | IPv6Address
Resolver = Callable[[str, int], list[str]]

_API_HOST = re.compile(r"^api(\.[a-z0-9-]+){0,2}\.twilio\.com$")
_CDN_HOST = re.compile(r"^([a-z0-9-]+\.)+twiliocdn\.com$")
_MEDIA_PATH = re.compile(
    r"/2010-04-01/Accounts/(?P<account>AC[0-9a-fA-F]{32})"
    r"/Messages/(?P<message>(?:SM|MM)[0-9A-Za-z]{32})/Media/(?P<media>ME[0-9A-Za-z]{32})"
)
_NAT64 = ip_network("64:ff9b::/96")


class NotFetched(Exception):
    """The bytes were not had, and why."""

    def __init__(self, reason: MediaFailure) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Hop:
    """One request: where to, at which address exactly, and whether our password may be said there."""

    url: SplitResult
    host: str
    port: int
    address: str
    with_password: bool


@dataclass(frozen=True, slots=True)
class MediaPath:
    """An attachment's name at the provider."""

    message_sid: str
    media_sid: str


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotFetched(MediaFailure.CONNECTION) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(text: str) -> bool:
    """True for an address of the open internet, also when it hides another one inside."""
    address: IPAddress = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if address.sixtofour is not None or address.teredo is not None:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


class AddressBook:
    """The rules for one installation. The loopback is open only where Twilio itself is played on it, and then
    only at the doors that the settings name."""

    def __init__(self, settings: Settings, resolver: Resolver = resolve) -> None:
        self._api = urlsplit(settings.twilio_api_url)
        self._account = settings.twilio_account_sid
        self._resolver = resolver
        self._played = is_loopback(settings.twilio_api_url)
        doors = [settings.twilio_api_url, settings.media_cdn_url or ""] if self._played else []
        self._doors = {_door(urlsplit(url)) for url in doors if url}

    def path_of(self, source_url: str) -> MediaPath:
        """The attachment that the address of a message names. Raises NotFetched for anything else."""
        url = _split(source_url)
        found = _MEDIA_PATH.fullmatch(url.path)
        if found is None or found["account"] != self._account or url.query or not self._is_api(url):
            raise NotFetched(MediaFailure.WRONG_ADDRESS)
        return MediaPath(found["message"], found["media"])

    def first(self, source_url: str) -> Hop:
        """The request at the provider's API, which alone hears our password."""
        self.path_of(source_url)
        url = _split(source_url)
        if not _API_HOST.match(self._api.hostname or "") or not _API_HOST.match(url.hostname or ""):
            url = url._replace(scheme=self._api.scheme, netloc=self._api.netloc)
        return self._hop(url, with_password=True)

    def redirected(self, location: str) -> Hop:
        """The request that an answer sent us on to: the provider's store of media, never with our password."""
        url = _split(location)
        host = (url.hostname or "").lower()
        if _door(url) not in self._doors:
            _refuse_private_literal(host)
            usual = url.scheme == "https" and url.port in {None, 443}
            if not usual or not (_CDN_HOST.match(host) or _API_HOST.match(host)):
                raise NotFetched(MediaFailure.WRONG_ADDRESS)
        return self._hop(url, with_password=False)

    def _is_api(self, url: SplitResult) -> bool:
        if _door(url) == _door(self._api):
            return True
        host = (url.hostname or "").lower()
        return url.scheme == "https" and url.port in {None, 443} and bool(_API_HOST.match(host))

    def _hop(self, url: SplitResult, *, with_password: bool) -> Hop:
        host, port = (url.hostname or "").lower(), _port(url)
        addresses = self._resolver(host, port)
        if not addresses:
            raise NotFetched(MediaFailure.CONNECTION)
        if _door(url) in self._doors:
            fine = all(ip_address(address).is_loopback for address in addresses)
        else:
            # One bad address among good ones is how a name is made to point inwards: all must be public.
            fine = all(is_public(address) for address in addresses)
        if not fine:
            raise NotFetched(MediaFailure.PRIVATE_ADDRESS)
        return Hop(url, host, port, addresses[0], with_password)


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise NotFetched(MediaFailure.WRONG_ADDRESS) from error
    strange = any(ord(character) <= 32 or ord(character) >= 127 for character in text)
    if (
        strange
        or "\\" in text
        or url.scheme not in {"http", "https"}
        or not url.hostname
        or "@" in url.netloc
    ):
        raise NotFetched(MediaFailure.WRONG_ADDRESS)
    return url


def _refuse_private_literal(host: str) -> None:
    try:
        public = is_public(host)
    except ValueError:
        return
    raise NotFetched(MediaFailure.WRONG_ADDRESS if public else MediaFailure.PRIVATE_ADDRESS)


def _door(url: SplitResult) -> tuple[str, str, int]:
    return url.scheme, (url.hostname or "").lower(), _port(url)


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
