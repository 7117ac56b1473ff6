"""What the provider says it sent, compared with our rows each day; and receipts that did not come, asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from cases.queries.reconciliation import last_reconciliation
from cases.services import outbox, reconcile
from cases.services.reconcile import Handed
from escalation.services.walk_on import walk_on
from hotline.channels.twilio.history import History, HistoryUnavailable
from hotline.channels.twilio.reported import heed_report
from hotline.unit_of_work import is_outage, transaction

logger = structlog.get_logger(__name__)
_ASKED = Counter("hotline_receipts_asked_total", "Messages whose end the provider was asked for", ["outcome"])
_DIFFERENCES = Counter("hotline_differences_total", "Differences found against the provider's list", ["kind"])

# Younger messages may still be on their way, and their receipts too.
SETTLED_AFTER = timedelta(minutes=15)
OVERLAP = timedelta(hours=2)
_FIRST_SPAN, _LONGEST_SPAN = timedelta(days=1), timedelta(days=30)
_LOCK = 0x7265636F_6E63696C  # "reconcil": one worker at a time
_BATCH = 500
# More than so many that the provider does not know is no list of lost messages, but a wrong account.
_MOST_ASKED = 200
_LONGEST_PASS_SECONDS = 20.0
_UNAVAILABLE_FOR = timedelta(minutes=1)


@dataclass
class Tally:
    """What one comparison has found so far."""

    listed: int = 0
    ours: int = 0
    taken_in: int = 0
    left_open: int = 0
    problem: str | None = None


class Reconciler:
    """Compares by span of time. Idempotent: what was found is noted once, what was taken in changes nothing twice."""

    def __init__(self, history: History, sessions: sessionmaker[Session], *, every: timedelta) -> None:
        self._history = history
        self._sessions = sessions
        self._every = every

    def run_if_due(self) -> Tally | None:
        """Compare since where the last whole comparison ended, when that is long enough ago. Another worker that is
        at it is left alone."""
        now = datetime.now(UTC)
        try:
            with transaction(self._sessions) as session:
                last = last_reconciliation(session)
                if last is not None and last.began_at > now - self._every:
                    return None
                since = last.until - OVERLAP if last else now - _FIRST_SPAN
            return self.run(max(since, now - _LONGEST_SPAN), now - SETTLED_AFTER)
        except SQLAlchemyError as error:
            if not is_outage(error):
                raise
            logger.warning("comparison waits: the database cannot be reached", error=type(error).__name__)
        return None

    def run(self, since: datetime, until: datetime) -> Tally | None:
        """Compare one span; None while another worker is at it."""
        # Held in a transaction, so that it ends with a worker that dies.
        with transaction(self._sessions) as holding:
            if not holding.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
                return None
            with transaction(self._sessions) as session:
                run_id = reconcile.begin_reconciliation(
                    session, since=since, until=until, now=datetime.now(UTC)
                )
            tally = Tally()
            try:
                self._compare(run_id, since, until, tally)
            except HistoryUnavailable as unavailable:
                tally.problem = str(unavailable)
            with transaction(self._sessions) as session:
                reconcile.end_reconciliation(
                    session,
                    run_id,
                    listed=tally.listed,
                    ours=tally.ours,
                    taken_in=tally.taken_in,
                    left_open=tally.left_open,
                    problem=tally.problem,
                    now=datetime.now(UTC),
                )
        log = logger.warning if tally.left_open or tally.problem else logger.info
        log(
            "compared with the provider's list",
            listed=tally.listed,
            ours=tally.ours,
            taken_in=tally.taken_in,
            left_open=tally.left_open,
            problem=tally.problem,
        )
        return tally

    def _compare(self, run_id: UUID, since: datetime, until: datetime, tally: Tally) -> None:
        seen: set[str] = set()
        # Wider than our span: the two sides date a message by different moments.
        listing: Iterator[Handed] = self._history.sent(since - reconcile.APART, until + SETTLED_AFTER)
        while page := list(islice(listing, _BATCH)):
            seen.update(one.sid for one in page)
            within = [one for one in page if since <= one.at <= until]
            tally.listed += len(within)
            with transaction(self._sessions) as session:
                compared = reconcile.compare(session, within)
            for message_id, handed in compared.behind:
                self._catch_up(run_id, message_id, handed, tally)
            for handed in compared.unknown:
                self._match(run_id, handed, tally)
        self._find_unlisted(run_id, seen, since, until, tally)

    def _catch_up(self, run_id: UUID, message_id: UUID, handed: Handed, tally: Tally) -> None:
        now = datetime.now(UTC)
        with transaction(self._sessions) as session:
            reconcile.catch_up(session, run_id, message_id, handed, now=now)
        self._follow(message_id)
        tally.taken_in += 1
        _DIFFERENCES.labels("status_behind").inc()

    def _match(self, run_id: UUID, handed: Handed, tally: Tally) -> None:
        with transaction(self._sessions) as session:
            message_id = reconcile.match_unknown(session, run_id, handed, now=datetime.now(UTC))
        if message_id is None:
            tally.left_open += 1
            _DIFFERENCES.labels("not_ours").inc()
            logger.error("the provider sent what is in none of our rows", sid=handed.sid)
            return
        self._follow(message_id)
        tally.taken_in += 1
        _DIFFERENCES.labels("sent_unnoted").inc()

    def _find_unlisted(
        self, run_id: UUID, seen: set[str], since: datetime, until: datetime, tally: Tally
    ) -> None:
        after: UUID | None = None
        asked = 0
        while True:
            with transaction(self._sessions) as session:
                missing, looked_at, after = reconcile.unlisted(
                    session, seen, since=since, until=until, after=after, limit=_BATCH
                )
            tally.ours += looked_at
            for message_id, sid in missing:
                if not self._history.knows(sid):
                    continue
                asked += 1
                if asked > _MOST_ASKED:
                    tally.problem = f"more than {_MOST_ASKED} of our messages are not on the list"
                    return
                self._ask_for_unlisted(run_id, message_id, sid, tally)
            if after is None:
                return

    def _ask_for_unlisted(self, run_id: UUID, message_id: UUID, sid: str, tally: Tally) -> None:
        """A list may lag or have gaps; what is asked for by its id is certain."""
        handed = self._history.one(sid)
        if handed is not None:
            with transaction(self._sessions) as session:
                behind = reconcile.compare(session, [handed]).behind
            if behind:
                self._catch_up(run_id, message_id, handed, tally)
            return
        with transaction(self._sessions) as session:
            reconcile.not_known_there(session, run_id, message_id, sid, now=datetime.now(UTC))
        tally.left_open += 1
        _DIFFERENCES.labels("not_known_there").inc()
        logger.error("the provider does not know a message we believe sent", message=str(message_id))

    def _follow(self, message_id: UUID) -> None:
        """A failure that was not told to us takes its next way now."""
        with transaction(self._sessions) as session:
            walk_on(session, message_id, now=datetime.now(UTC))


class ReceiptAsker:
    """Asks the provider, by id, for the end of messages whose receipts did not come. A pass is bounded in time."""

    def __init__(
        self,
        history: History,
        sessions: sessionmaker[Session],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._history = history
        self._sessions = sessions
        self._clock = clock

    def ask(self) -> int:
        """Ask for everything that is due; returns how many. Ends at once while provider or database are away."""
        ends = self._clock() + _LONGEST_PASS_SECONDS
        asked = 0
        claimed: list[tuple[UUID, str]] = []
        try:
            while self._clock() < ends:
                with transaction(self._sessions) as session:
                    claimed = outbox.begin_asking(session, now=datetime.now(UTC))
                if not claimed:
                    break
                while claimed:
                    self._ask(*claimed[-1])
                    claimed.pop()
                    asked += 1
        except HistoryUnavailable as unavailable:
            with transaction(self._sessions) as session:
                again = datetime.now(UTC) + _UNAVAILABLE_FOR
                outbox.put_off_asking(session, [message_id for message_id, _ in claimed], at=again)
            logger.warning("receipts cannot be asked for", reason=str(unavailable))
        except SQLAlchemyError as error:
            if not is_outage(error):
                raise
            logger.warning("receipts wait: the database cannot be reached", error=type(error).__name__)
        return asked

    def _ask(self, message_id: UUID, sid: str) -> None:
        if not self._history.knows(sid):
            return
        handed = self._history.one(sid)
        if handed is None:
            # Whether it is really unknown there is for the comparison to say, when no list can lag any more.
            _ASKED.labels("not_there").inc()
            return
        now = datetime.now(UTC)
        with transaction(self._sessions) as session:
            outbox.record_receipt(
                session, message_id, sid=sid, status=handed.status, error_code=handed.error_code, now=now
            )
            heed_report(session, message_id, code=handed.error_code, now=now)
        with transaction(self._sessions) as session:
            walk_on(session, message_id, now=now)
        _ASKED.labels("told").inc()
