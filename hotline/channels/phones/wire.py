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
Failure = Literal["connect", "timeout", "reset", "partial"]
_Key = tuple[str, str, int]


@dataclass(frozen=True)
class Limits:
    """Seconds: to connect, to wait between bytes, and for the whole exchange."""

    connect: float
    read: float
    total: float


@dataclass(frozen=True)
class Answer:
    """What came back: a status, or the way in which nothing did. The body is cut just past what was allowed.

    ``connect``: nobody took the call. ``timeout``: nothing came. ``reset``: hung up on before an answer.
    ``partial``: an answer began and did not end.
    """

    status: int | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    failure: Failure | None = None


@dataclass(frozen=True)
class _Request:
    method: str
    parts: SplitResult
    body: bytes
    headers: dict[str, str]
    limits: Limits
    deadline: float
    most: int


class Wire:
    """Exchanges one request for one answer; never follows, never retries, never raises for the network."""

    def __init__(self, keep: int = 16) -> None:
        self._idle: dict[_Key, list[http.client.HTTPConnection]] = defaultdict(list)
        self._keep = keep
        self._lock = threading.Lock()

    def exchange(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: dict[str, str],
        limits: Limits,
        *,
        most: int = MOST_BODY,
    ) -> Answer:
        parts = urlsplit(url)
        deadline = time.monotonic() + limits.total
        key = (parts.scheme, parts.hostname or "", _port(parts))
        try:
            connection = self._checkout(key, limits)
        except (OSError, ValueError):
            return Answer(None, failure="connect")
        request = _Request(method, parts, body, headers | _authorization(parts), limits, deadline, most)
        answer = _ask(connection, request)
        if answer.failure is None:
            self._checkin(key, connection)
        return answer

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

    def _checkin(self, key: _Key, connection: http.client.HTTPConnection) -> None:
        if connection.sock is None:
            return
        with self._lock:
            if len(self._idle[key]) < self._keep:
                self._idle[key].append(connection)
                return
        connection.close()


def _ask(connection: http.client.HTTPConnection, request: _Request) -> Answer:
    """One request on one connection, which is closed unless it can be used again."""
    failure: Failure = "reset"
    try:
        connection.sock.settimeout(_left(request.limits, request.deadline))
        connection.request(request.method, _target(request.parts), request.body or None, request.headers)
        response = connection.getresponse()
        failure = "partial"
        payload = _read(response, connection, request)
    except TimeoutError:
        connection.close()
        return Answer(None, failure="partial" if failure == "partial" else "timeout")
    except (OSError, http.client.HTTPException):
        connection.close()
        return Answer(None, failure=failure)
    if not response.isclosed() or response.will_close:
        connection.close()
    return Answer(response.status, payload, {name.lower(): value for name, value in response.getheaders()})


def _port(parts: SplitResult) -> int:
    """The port; 0, which nobody answers, where there is nonsense in its place."""
    try:
        return parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return 0


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _authorization(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _left(limits: Limits, deadline: float) -> float:
    """How long to wait for the next byte. Raises TimeoutError when the whole time is up."""
    left = min(limits.read, deadline - time.monotonic())
    if left <= 0:
        raise TimeoutError
    return left


def _read(
    response: http.client.HTTPResponse, connection: http.client.HTTPConnection, request: _Request
) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while size <= request.most:
        left = _left(request.limits, request.deadline)
        if connection.sock is not None:  # a response that ends the connection has taken the socket over
            connection.sock.settimeout(left)
        chunk = response.read1(request.most + 1 - size)
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
    if size <= request.most and response.length:
        raise http.client.IncompleteRead(b"")
    return b"".join(chunks)
