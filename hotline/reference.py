"""The reference data of this process: read once, read again when it may have changed."""

from __future__ import annotations

import threading
import time

from sqlalchemy.orm import Session

from escalation.services.book import Book, load_book

# Agencies are edited rarely; a minute is soon enough for every process to see it.
REFRESH_SECONDS = 60

_lock = threading.Lock()
_kept: tuple[float, Book] | None = None


def current_book(session: Session) -> Book:
    """The book, at most a minute old."""
    global _kept  # noqa: PLW0603 - one per process, behind a lock
    kept = _kept
    if kept is not None and time.monotonic() - kept[0] < REFRESH_SECONDS:
        return kept[1]
    with _lock:
        if _kept is None or time.monotonic() - _kept[0] >= REFRESH_SECONDS:
            _kept = (time.monotonic(), load_book(session))
        return _kept[1]


def forget_book() -> None:
    """Read the book again at the next use: the directory was changed."""
    global _kept  # noqa: PLW0603 - see above
    _kept = None
