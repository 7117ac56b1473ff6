"""Filling gaps: what Twilio holds and its webhooks could not bring us is read from its list and taken in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import urlencode

import structlog
from prometheus_client import Counter
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from cases.queries.known_messages import newest_incoming, unknown_sids
from hotline.channels.twilio.history import History, HistoryUnavailable, Listed
from hotline.channels.twilio.intake import Late, Way, take_form
from hotline.channels.twilio.voice import INCOMING, take_call
from hotline.channels.twilio.watermark import CALLS, MESSAGES, Watermark
from hotline.reference import current_book
from hotline.spool import Spool, Spooled
from hotline.unit_of_work import is_outage, transaction

logger = structlog.get_logger(__name__)
_FILLED = Counter("hotline_gap_filled_total", "Messages that only the provider's list told us of")

# Read again each time: the provider lists a message later than it dates it, and clocks differ.
OVERLAP = timedelta(minutes=15)
# Younger ones may still come by their webhook, its repeats or its fallback, which tell more than the list.
GRACE = timedelta(seconds=60)
_LOCK = 0x676170_66696C6C  # "gapfill": one worker at a time
_BATCH = 500


class GapFill:
    """Reads the list each minute from where it was read last. Idempotent: every message is unique by its id."""

    def __init__(
        self, history: History, spool: Spool, sessions: sessionmaker[Session], *, grace: timedelta = GRACE
    ) -> None:
        self._history = history
        self._spool = spool
        self._sessions = sessions
        self._grace = grace

    def fill(self) -> int:
        """Take in what is missing; returns how many messages. Does nothing while another worker is at it, and while
        the spool holds messages: these tell more than the list."""
        if self._spool_is_stuck(datetime.now(UTC)):
            return 0
        try:
            # Held in a transaction, so that it ends with a worker that dies.
            with transaction(self._sessions) as holding:
                if not holding.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
                    return 0
                now = datetime.now(UTC)
                return sum(
                    self._fill_from(name, listing, now)
                    for name, listing in ((MESSAGES, self._history.messages), (CALLS, self._history.calls))
                )
        except SQLAlchemyError as error:
            if not is_outage(error):
                raise
            logger.warning("gap-fill waits: the database cannot be reached", error=type(error).__name__)
        return 0

    def _spool_is_stuck(self, now: datetime) -> bool:
        """What is being replayed each second is younger than the list is read; what is not would be overtaken."""
        oldest = self._spool.oldest()
        return oldest is not None and now - oldest >= self._grace / 2

    def _fill_from(self, name: str, listing: Callable[[datetime], Iterator[Listed]], now: datetime) -> int:
        """One list. That one cannot be read keeps nothing from the other, and its mark stays."""
        try:
            return self._fill(name, listing, now)
        except HistoryUnavailable as unavailable:
            logger.warning("the provider's list cannot be read", list=name, reason=str(unavailable))
            return 0

    def _fill(self, name: str, listing: Callable[[datetime], Iterator[Listed]], now: datetime) -> int:
        with transaction(self._sessions) as session:
            since = _seen_until(session, name, now=now)
        until = now - self._grace
        missing: list[Listed] = []
        listed = listing(since - OVERLAP)
        while page := list(islice(listed, _BATCH)):
            missing += self._unknown([one for one in page if one.at <= until])
        # Oldest first, so that a conversation is in order and the first message opens the case. The list is to the
        # second: within one, its own order counts.
        missing.reverse()
        missing.sort(key=lambda one: one.at)
        taken = sum(self._take(one) for one in missing)
        with transaction(self._sessions) as session:
            mark = session.get_one(Watermark, name)
            mark.seen_until = max(mark.seen_until, until)
            mark.taken_in += taken
        if taken:
            _FILLED.inc(taken)
            logger.warning("taken in what no webhook had brought", list=name, taken=taken)
        return taken

    def _unknown(self, page: Iterable[Listed]) -> list[Listed]:
        listed = {one.sid: one for one in page}
        with transaction(self._sessions) as session:
            unknown = unknown_sids(session, listed)
        return [one for sid, one in listed.items() if sid in unknown]

    def _take(self, listed: Listed) -> int:
        form = self._history.with_media(listed)
        try:
            with transaction(self._sessions) as session:
                late, now = Late(Way.GAP_FILL, listed.at), datetime.now(UTC)
                take = take_call if listed.is_call else take_form
                take(session, form, book=current_book(session), now=now, late=late)
        except SQLAlchemyError as error:
            if is_outage(error):
                raise
            self._set_aside(listed, form, error)
            return 0
        except Exception as error:  # noqa: BLE001 - the per-item guard: one bad message must not hold up the others
            self._set_aside(listed, form, error)
            return 0
        return 1

    def _set_aside(self, listed: Listed, form: dict[str, str], error: Exception) -> None:
        """Keep it with the spool's dead, for a human; the mark may then pass it."""
        body = urlencode(form).encode()
        path = INCOMING if listed.is_call else "/twilio/messages"
        self._spool.bury(Spooled(path, body, listed.at), known_as=listed.sid)
        logger.error("listed message set aside", sid=listed.sid, error=type(error).__name__)


def _seen_until(session: Session, name: str, *, now: datetime) -> datetime:
    """Where the last reading ended. The first one begins at the newest message we hold: what an account received
    before it was ours is none of our business."""
    mark = session.get(Watermark, name)
    if mark is None:
        mark = Watermark(name=name, seen_until=newest_incoming(session) or now, taken_in=0)
        session.add(mark)
        session.flush()
    return mark.seen_until
