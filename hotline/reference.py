"""The reference data of this process: read once, read again when it may have changed."""

from __future__ import annotations

import gc
import threading
import time

import holidays
from sqlalchemy.orm import Session

from escalation.services.book import Book, load_book
from escalation.services.calendars import HOME_COUNTRY
from escalation.services.load_areas import load_areas
from escalation.services.load_closing import load_closing
from escalation.services.load_codes import load_codes
from escalation.services.load_countries import load_countries
from escalation.services.load_paths import load_paths
from escalation.services.load_policy import load_policy
from escalation.services.load_routing import load_routing
from escalation.services.load_triage import load_triage

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


def read_ahead() -> None:
    """Read the shipped files, which takes two seconds, before the first message asks for them; a process that is
    forked afterwards has them already. Touches no database."""
    for load in (
        load_triage,
        load_policy,
        load_routing,
        load_areas,
        load_countries,
        load_codes,
        load_closing,
        load_paths,
    ):
        load()
    # The package reads all its countries when it is asked for the first.
    holidays.country_holidays(HOME_COUNTRY)
    gc.freeze()


def forget_book() -> None:
    """Read the book again at the next use: the directory was changed."""
    global _kept  # noqa: PLW0603 - see above
    _kept = None
