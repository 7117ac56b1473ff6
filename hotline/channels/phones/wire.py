"""A plain HTTP/1.1 client with kept-alive connections that sends a URL exactly as it was given.

The usual libraries rewrite percent-escapes on the way out; a signature covers the URL letter by letter.
"""

import base64
import http.client
import select
import socket
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

MOST_BODY = 64 * 1024
Failure = Literal["connect", "timeout"]
_Key = tuple[str, str, int]


@dataclass(frozen=True)
class Limits:
    """Seconds: to connect, to wait between bytes, and for the whole exchange."""

    connect: float
    read: float
    total: float


@dataclass(frozen=True)
class Answer:
    """What came back: a status, or the way in which nothing did. The body is cut just past 64 kB."""

    status: int | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    failure: Failure | None = None


class Wire:
    """Exchanges one request for one answer; never follows, never retries, never raises for the network."""

    def __init__(self, keep: int = 16) -> None:
        self._idle: dict[_Key, list[http.client.HTTPConnection]] = defaultdict(list)
        self._keep = keep
        self._lock = threading.Lock()

    def exchange(self, method: str, url: str, body: bytes, headers: dict[str, str], limits: Limits) -> Answer:
        parts = urlsplit(url)
        deadline = time.monotonic() + limits.total
        try:
            key = (parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
            connection = self._checkout(key, limits)
        except (OSError, ValueError):
            return Answer(None, failure="connect")
        try:
            connection.sock.settimeout(min(limits.read, limits.total))
            connection.request(method, _target(parts), body or None, headers | _authorization(parts))
            response = connection.getresponse()
            payload = _read(response, deadline)
        except TimeoutError:
            connection.close()
            return Answer(None, failure="timeout")
        except (OSError, http.client.HTTPException):
            connection.close()
            return Answer(None, failure="connect")
        self._checkin(key, connection, response)
        return Answer(
            response.status, payload, {name.lower(): value for name, value in response.getheaders()}
        )

    def close(self) -> None:
        with self._lock:
            connections = [each for idle in self._idle.values() for each in idle]
            self._idle.clear()
        for connection in connections:
            connection.close()

    def _checkout(self, key: _Key, limits: Limits) -> http.client.HTTPConnection:
        with self._lock:
            idle = self._idle[key]
            while idle:
                connection = idle.pop()
                if connection.sock is not None and not select.select([connection.sock], [], [], 0)[0]:
                    return connection
                connection.close()  # readable while idle: the other side has hung up
        scheme, host, port = key
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        fresh = kind(host, port, timeout=min(limits.connect, limits.total))
        fresh.connect()
        fresh.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return fresh

    def _checkin(
        self, key: _Key, connection: http.client.HTTPConnection, response: http.client.HTTPResponse
    ) -> None:
        with self._lock:
            if response.isclosed() and not response.will_close and len(self._idle[key]) < self._keep:
                self._idle[key].append(connection)
                return
        connection.close()


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _authorization(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _read(response: http.client.HTTPResponse, deadline: float) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while size <= MOST_BODY:
        if time.monotonic() > deadline:
            raise TimeoutError
        chunk = response.read1(MOST_BODY + 1 - size) if size <= MOST_BODY else b""
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)
