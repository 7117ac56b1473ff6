"""Asking ClamAV (INSTREAM). Off until CLAMD_URL is set; then nothing is stored that was not scanned."""

from __future__ import annotations

import socket
import struct
from urllib.parse import urlsplit

from cases.vocabulary import MediaFailure
from hotline.media.addresses import NotFetched

_SECONDS = 30.0
_CHUNK = 64 * 1024
_USUAL_PORT = 3310


def scan(content: bytes, clamd_url: str | None) -> str | None:
    """ "clean", or None when no scanner is configured. Raises NotFetched for a finding and for a silent scanner."""
    if clamd_url is None:
        return None
    try:
        answer = _ask(content, clamd_url)
    except OSError as error:
        raise NotFetched(MediaFailure.SCAN_UNAVAILABLE) from error
    if answer.endswith("FOUND"):
        raise NotFetched(MediaFailure.INFECTED)
    if not answer.endswith("OK"):
        raise NotFetched(MediaFailure.SCAN_UNAVAILABLE)
    return "clean"


def _ask(content: bytes, clamd_url: str) -> str:
    with _connect(clamd_url) as connection:
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), _CHUNK):
            chunk = content[start : start + _CHUNK]
            connection.sendall(struct.pack("!L", len(chunk)) + chunk)
        connection.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and (part := connection.recv(4096)):
            answer += part
    return answer.rstrip(b"\0").decode(errors="replace").strip()


def _connect(clamd_url: str) -> socket.socket:
    url = urlsplit(clamd_url)
    if url.scheme == "unix":
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_SECONDS)
        connection.connect(url.path)
        return connection
    return socket.create_connection((url.hostname or "", url.port or _USUAL_PORT), timeout=_SECONDS)
