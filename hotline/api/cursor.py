"""Cursors of lists: opaque to the reader, the sort key and id of the last row to us."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

from cases.errors import Invalid

LONGEST = 1000


def write_cursor(last_id: UUID, key: datetime | str | None = None) -> str:
    """The cursor behind a row with this id and, unless the list is sorted by id alone, this sort key."""
    moment_or_text = key.isoformat() if isinstance(key, datetime) else key
    text = json.dumps([moment_or_text, str(last_id)], ensure_ascii=False)
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def read_moment(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The last row of a list that is sorted by a moment. Raises Invalid for a cursor we did not write."""
    if cursor is None:
        return None
    key, last_id = _read(cursor)
    try:
        moment = datetime.fromisoformat(key or "")
        if moment.tzinfo is None:
            raise _bad_cursor()
        return moment.astimezone(UTC), last_id
    except (ValueError, OverflowError) as error:
        raise _bad_cursor() from error


def read_text(cursor: str | None) -> tuple[str, UUID] | None:
    """The last row of a list that is sorted by a name."""
    if cursor is None:
        return None
    key, last_id = _read(cursor)
    if key is None:
        raise _bad_cursor()
    return key, last_id


def read_id(cursor: str | None) -> UUID | None:
    """The last row of a list that is sorted by id."""
    return None if cursor is None else _read(cursor)[1]


def _read(cursor: str) -> tuple[str | None, UUID]:
    try:
        text = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
        key, last_id = json.loads(text)
        if not isinstance(last_id, str) or not (key is None or isinstance(key, str)):
            raise _bad_cursor()
        # What the database cannot store is nothing we wrote: a NUL, half a surrogate pair.
        if key is not None and b"\x00" in key.encode():
            raise _bad_cursor()
        return key, UUID(last_id)
    except (ValueError, TypeError, RecursionError) as error:
        raise _bad_cursor() from error


def _bad_cursor() -> Invalid:
    return Invalid("this is no cursor of this list", field="cursor")
