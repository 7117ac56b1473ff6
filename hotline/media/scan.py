"""Asking ClamAV (INSTREAM). Off until CLAMD_URL is set; then nothing is stored that was not scanned."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from urllib.parse import urlsplit

import structlog

from cases.vocabulary import MediaFailure
from hotline.media.addresses import NotFetched

logger = structlog.get_logger(__name__)
# For all of it: connecting, handing over, waiting for the answer.
_SECONDS = 30.0
_CHUNK = 64 * 1024
_USUAL_PORT = 3310
# The test file of the trade, in halves, lest a scanner take this file for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_CLEAN, _FOUND, _SCANNED = "stream: OK", " FOUND", "stream: "


def scan(content: bytes, clamd_url: str | None) -> str | None:
    """ "clean", or None when no scanner is configured. Raises NotFetched for a finding, and for a scanner that is away,
    silent, or says anything but that it is clean: that is tried again."""
    if clamd_url is None:
        return None
    try:
        answer = ask_clamd(content, clamd_url)
    except OSError as error:
        logger.warning("the virus scanner does not answer", error=type(error).__name__)
        raise NotFetched(MediaFailure.SCAN_UNAVAILABLE) from error
    if answer == _CLEAN:
        return "clean"
    if answer.startswith(_SCANNED) and answer.endswith(_FOUND):
        raise NotFetched(MediaFailure.INFECTED)
    # Its own words, such as "INSTREAM size limit exceeded. ERROR": nothing of the content is in them.
    logger.error("the virus scanner could not scan", answer=answer[:200], size=len(content))
    raise NotFetched(MediaFailure.SCAN_UNAVAILABLE)


def ask_clamd(content: bytes, clamd_url: str) -> str:
    """What clamd says to these bytes, "" for an answer that was cut off. Raises OSError."""
    until = time.monotonic() + _SECONDS
    with _connect(clamd_url, until) as connection:
        # It answers and hangs up in the middle when it will not have more: then its answer is there to be read.
        with contextlib.suppress(ConnectionError):
            _send(connection, b"zINSTREAM\0", until)
            for start in range(0, len(content), _CHUNK):
                chunk = content[start : start + _CHUNK]
                _send(connection, struct.pack("!L", len(chunk)) + chunk, until)
            _send(connection, struct.pack("!L", 0), until)
        answer = _receive(connection, until)
    whole, end, _ = answer.partition(b"\0")
    return whole.decode(errors="replace").strip() if end else ""


def _send(connection: socket.socket, data: bytes, until: float) -> None:
    connection.settimeout(_left(until))
    connection.sendall(data)


def _receive(connection: socket.socket, until: float) -> bytes:
    answer = b""
    with contextlib.suppress(ConnectionError):
        while b"\0" not in answer:
            connection.settimeout(_left(until))
            part = connection.recv(4096)
            if not part:
                break
            answer += part
    return answer


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the scanner took too long")
    return left


def _connect(clamd_url: str, until: float) -> socket.socket:
    url = urlsplit(clamd_url)
    if url.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(_left(until))
            connection.connect(url.path)
        except BaseException:
            connection.close()
            raise
        return connection
    return socket.create_connection((url.hostname or "", url.port or _USUAL_PORT), timeout=_left(until))
