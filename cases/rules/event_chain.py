"""How lines of a case's log are sealed: each hash covers the line and the hash before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

GENESIS = bytes(32)


def seal(
    previous: bytes, *, position: int, kind: str, at: datetime, actor: str, data: Mapping[str, Any]
) -> bytes:
    """The SHA-256 that seals one line. The same line after the same predecessor always gives the same hash."""
    line = json.dumps(
        [position, kind, at.astimezone(UTC).isoformat(), actor, data],
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256((previous or GENESIS) + line.encode()).digest()
