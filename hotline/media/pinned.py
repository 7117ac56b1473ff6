"""Requests to addresses that others name: at the very address that was checked, never into our own network."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from cases.vocabulary import MediaFailure
from hotline.config import is_loopback
from hotline.media.addresses import Hop, NotFetched, Resolver, is_public, resolve

_LONGEST = 2000


class WrongAddress(ValueError):
    """An address that nothing is sent to, and why."""


def read_address(text: str, *, loopback: bool) -> SplitResult:
    """A plain https address; on this machine also http, where the settings allow that. Raises WrongAddress."""
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError as error:
        raise WrongAddress("this is no address") from error
    if len(text) > _LONGEST or "\\" in text or any(ord(one) <= 32 or ord(one) >= 127 for one in text):
        raise WrongAddress("the address holds characters that no address has, or is too long")
    if not url.hostname or "@" in url.netloc or url.fragment:
        raise WrongAddress("the address must be https://host/path, without user, password and #")
    on_this_machine = loopback and is_loopback(text)
    if url.scheme != "https" and not (on_this_machine and url.scheme == "http"):
        raise WrongAddress("the address must begin with https://")
    return url


def hop_to(text: str, *, loopback: bool, resolver: Resolver = resolve) -> Hop:
    """The request, at the very address that was checked. Raises WrongAddress for one that leads inwards, and
    NotFetched when the name leads nowhere just now."""
    url = read_address(text, loopback=loopback)
    host = (url.hostname or "").lower()
    port = url.port or (443 if url.scheme == "https" else 80)
    found = resolver(host, port)
    if not found:
        raise NotFetched(MediaFailure.CONNECTION)
    inwards = [one for one in found if not is_public(one)]
    if inwards and not (loopback and all(ip_address(one).is_loopback for one in found)):
        # One bad address among good ones is how a name is made to point inwards: all must be public.
        raise WrongAddress("the name leads into a private network")
    return Hop(url, host, port, found[0], with_password=False)
