"""Fetching an attachment: by hand over every hop, at the address that was checked, within bytes and seconds."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message as Headers
from http import HTTPStatus
from urllib.parse import urljoin, urlunsplit

from requests.certs import where

from cases.vocabulary import MediaFailure
from hotline.config import Settings
from hotline.media.addresses import AddressBook, Hop, NotFetched, Resolver, resolve

MOST_REDIRECTS = 2
TOTAL_SECONDS = 30.0
_CONNECT_SECONDS = 5.0
_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes as they came, and the file name that came with them."""

    content: bytes
    file_name: str | None


class MediaFetcher:
    """Fetches what a message names, or raises NotFetched with the reason. Never follows a redirect blindly,
    never says our password to anybody but the provider's API, never trusts a name twice."""

    def __init__(
        self, settings: Settings, *, resolver: Resolver = resolve, seconds: float = TOTAL_SECONDS
    ) -> None:
        self._addresses = AddressBook(settings, resolver)
        # While a credential is being changed, either may be refused.
        self._passwords = [_basic(name, secret) for name, secret in settings.twilio_secrets]
        self._seconds = seconds

    def fetch(self, source_url: str, *, largest: int) -> Fetched:
        """At most `largest` bytes, within the total time over all hops."""
        ends = time.monotonic() + self._seconds
        *others, last = self._passwords
        for password in others:
            try:
                return self._follow(source_url, largest, ends, password)
            except NotFetched as refused:
                if refused.reason is not MediaFailure.NOT_LET_IN:
                    raise
        return self._follow(source_url, largest, ends, last)

    def _follow(self, source_url: str, largest: int, ends: float, password: str) -> Fetched:
        hop = self._addresses.first(source_url)
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._ask(hop, largest, ends, password)
            if isinstance(answer, Fetched):
                return answer
            hop = self._addresses.redirected(urljoin(urlunsplit(hop.url), answer))
        raise NotFetched(MediaFailure.TOO_MANY_HOPS)

    def _ask(self, hop: Hop, largest: int, ends: float, password: str) -> Fetched | str:
        """One request: the bytes, or where the answer sends us."""
        try:
            with connected(hop, ends) as connection:
                headers = {"Host": hop.url.netloc, "Accept": "*/*", "User-Agent": "hotline"}
                if hop.with_password:
                    headers["Authorization"] = password
                target = urlunsplit(("", "", hop.url.path or "/", hop.url.query, ""))
                connection.request("GET", target, headers=headers)
                answer = connection.getresponse()
                if answer.status in _REDIRECTS:
                    return answer.headers.get("Location") or _lost()
                _refuse_status(answer.status, hop)
                content = read_body(answer, largest)
                if time.monotonic() >= ends:
                    # A connection that the watch cut looks like one that came to its end: half a file is none.
                    raise NotFetched(MediaFailure.TOO_SLOW)
                return Fetched(content, _file_name(answer.headers))
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            # A connection that the watch cut dies in many ways; what counts is that time was up.
            late = time.monotonic() >= ends
            raise NotFetched(MediaFailure.TOO_SLOW if late else MediaFailure.CONNECTION) from error


@contextmanager
def connected(hop: Hop, ends: float) -> Iterator[http.client.HTTPConnection]:
    """A connection to the very address that was checked: the name is not looked up again. A watch cuts it when
    time is up, so that an answer of one byte a minute cannot hold it open."""
    remaining = ends - time.monotonic()
    if remaining <= 0:
        raise NotFetched(MediaFailure.TOO_SLOW)
    raw = socket.create_connection((hop.address, hop.port), timeout=min(_CONNECT_SECONDS, remaining))
    handle = raw.dup()
    watch = threading.Timer(max(ends - time.monotonic(), 0.01), _cut, [handle])
    watch.daemon = True
    watch.start()
    connection = http.client.HTTPConnection(hop.host, hop.port)
    try:
        raw.settimeout(max(ends - time.monotonic(), 0.01))
        connection.sock = raw
        if hop.url.scheme == "https":
            connection.sock = _tls().wrap_socket(raw, server_hostname=hop.host)
        yield connection
    finally:
        watch.cancel()
        connection.close()
        raw.close()
        handle.close()


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _cut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _refuse_status(status: int, hop: Hop) -> None:
    if status == HTTPStatus.OK:
        return
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise NotFetched(MediaFailure.NOT_THERE)
    # A signed address that has run out says 403: the next attempt gets a fresh one.
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and hop.with_password:
        raise NotFetched(MediaFailure.NOT_LET_IN)
    raise NotFetched(MediaFailure.PROVIDER_ERROR)


def _lost() -> str:
    """A redirect to nowhere."""
    raise NotFetched(MediaFailure.PROVIDER_ERROR)


def read_body(answer: http.client.HTTPResponse, largest: int) -> bytes:
    """All of an answer, at most so many bytes of it; less than was promised is none."""
    told = answer.length
    if told is not None and told > largest:
        raise NotFetched(MediaFailure.TOO_LARGE)
    content = bytearray()
    while chunk := answer.read(_CHUNK):
        content += chunk
        if len(content) > largest:
            raise NotFetched(MediaFailure.TOO_LARGE)
    if told is not None and len(content) != told:
        raise http.client.IncompleteRead(b"")
    return bytes(content)


def _file_name(headers: Headers) -> str | None:
    """The last part of the name that was given, without anything that could be a path or a control code."""
    name = headers.get_filename()
    if not name:
        return None
    bare = name.replace("\\", "/").rpartition("/")[2]
    return "".join(character for character in bare if character.isprintable())[:100] or None


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
