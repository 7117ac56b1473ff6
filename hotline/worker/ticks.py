"""What the scheduler does every second and every minute. Deadlines themselves are rows."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from cases.errors import Refused
from cases.jobs import defer_beat
from cases.models import Agency
from cases.services.attachments import lost_fetches
from cases.services.outbox import lost_jobs
from cases.vocabulary import AgencyKind
from escalation.models import Heartbeat
from escalation.services.book import load_book
from escalation.services.let_go import end_warning, let_go, neglected_cases, stale_warnings
from escalation.services.load_policy import load_ownership
from escalation.services.look_after import due_checks, expire_request, expired_requests, make_check
from escalation.services.notice_patterns import gathering_companies, notice_pattern
from escalation.services.nudge import closing_windows, nudge
from escalation.services.sweep import BATCH, sweep
from escalation.services.walk_on import failed_lately, walk_on
from hotline.media.prune import NotItsStore, prune_store
from hotline.media.store import MediaStore
from hotline.unit_of_work import transaction

logger = structlog.get_logger(__name__)
_SWEPT = Counter("hotline_clocks_swept_total", "Clocks handled by the sweep")
_PAGED = Counter("hotline_pages_total", "Pages written by the sweep")

# A pass gives way after this long, so that the heartbeat stays fresh in a storm of deadlines.
_LONGEST_PASS_SECONDS = 4.0
_STORM_THREADS = 2


class Ticks:
    """The periodic acts of one worker, each in transactions of its own."""

    def __init__(self, sessions: sessionmaker[Session], *, name: str) -> None:
        self._sessions = sessions
        self._name = name

    def sweep(self) -> int:
        """Handle every clock whose moment has come, in batches; returns how many.

        In a storm two threads take batches in turn: while the database writes one, the other is decided.
        """
        ends = time.monotonic() + _LONGEST_PASS_SECONDS
        handled = self._sweep_batch()
        if handled == BATCH:
            with ThreadPoolExecutor(_STORM_THREADS) as threads:
                handled += sum(threads.map(self._sweep_until, [ends] * _STORM_THREADS))
        self.beat()
        return handled

    def _sweep_until(self, ends: float) -> int:
        handled = 0
        while time.monotonic() < ends:
            done = self._sweep_batch()
            handled += done
            if done < BATCH:
                break
        return handled

    def _sweep_batch(self) -> int:
        now = datetime.now(UTC)
        with transaction(self._sessions) as session:
            duty_room = select(Agency.id).where(Agency.kind == AgencyKind.DUTY_ROOM, Agency.active)
            done = sweep(session, duty_room_id=session.scalar(duty_room.limit(1)), now=now)
        _SWEPT.inc(done.claimed)
        _PAGED.inc(done.pages)
        return done.claimed

    def beat(self) -> None:
        """Leave a sign of life."""
        now = datetime.now(UTC)
        with transaction(self._sessions) as session:
            statement = insert(Heartbeat).values(worker=self._name, at=now)
            session.execute(statement.on_conflict_do_update(index_elements=["worker"], set_={"at": now}))

    def ask_for_beat(self) -> None:
        """Send the job that shows that jobs are run; while one waits there is none to add."""
        with transaction(self._sessions) as session:
            defer_beat(session)

    def ran_a_job(self) -> None:
        """Leave a sign that this worker runs jobs."""
        with transaction(self._sessions) as session:
            mine = update(Heartbeat).where(Heartbeat.worker == self._name)
            session.execute(mine.values(ran_job_at=datetime.now(UTC)))

    def find_lost_jobs(self) -> None:
        """Give a job to every outgoing message and every attachment that has lost its own."""
        with transaction(self._sessions) as session:
            now = datetime.now(UTC)
            found = lost_jobs(session, now=now) + lost_fetches(session, now=now)
        if found:
            logger.warning("messages or attachments without a job", found=found)

    def prune_media(self, store: MediaStore) -> None:
        """Remove the files of attachments whose rows are gone."""
        try:
            with transaction(self._sessions) as session:
                pruned = prune_store(session, store, now=datetime.now(UTC))
        except NotItsStore as error:
            logger.error("stored attachments were not looked through", reason=str(error))
            return
        if pruned.removed or pruned.stays:
            logger.info("stored attachments without a row", removed=pruned.removed, stay=pruned.stays)

    def nudge(self) -> int:
        """Write to those on whom WhatsApp's window is about to close while an officer waits; returns how many."""
        with transaction(self._sessions) as session:
            closing = closing_windows(session, now=datetime.now(UTC))
        written = 0
        for one in closing:
            with transaction(self._sessions) as session:
                written += nudge(session, one, now=datetime.now(UTC))
        return written

    def look_after(self) -> int:
        """Make the checks of closed cases that are due, and end requests to close that nobody confirmed."""
        now = datetime.now(UTC)
        with transaction(self._sessions) as session:
            checks, requests = due_checks(session, now=now), expired_requests(session, now=now)
        for check_id in checks:
            try:
                with transaction(self._sessions) as session:
                    make_check(session, check_id, now=datetime.now(UTC))
            except Refused as refused:  # one that cannot be made must not stop the others
                logger.error("a check after closing was not made", check=str(check_id), code=refused.code)
        for request_id in requests:
            with transaction(self._sessions) as session:
                expire_request(session, request_id, now=datetime.now(UTC))
        return len(checks) + len(requests)

    def let_go(self) -> int:
        """Warn owners who do nothing, and give up cases of those who were warned; returns how many."""
        now, ownership = datetime.now(UTC), load_ownership()
        with transaction(self._sessions) as session:
            neglected, heeded = neglected_cases(session, ownership, now=now), stale_warnings(session)
            book = load_book(session) if neglected else None
        done = 0
        for case_id in neglected:
            with transaction(self._sessions) as session:
                done += book is not None and bool(
                    let_go(session, case_id, ownership, book=book, now=datetime.now(UTC))
                )
        for case_id in heeded:
            with transaction(self._sessions) as session:
                end_warning(session, case_id, now=datetime.now(UTC))
        return done

    def notice_patterns(self) -> int:
        """Tell supervisors of companies around which cases gather; returns how many alerts were raised."""
        with transaction(self._sessions) as session:
            companies = gathering_companies(session, now=datetime.now(UTC))
        raised = 0
        for company_id in companies:
            with transaction(self._sessions) as session:
                raised += len(notice_pattern(session, company_id, now=datetime.now(UTC)))
        return raised

    def find_stranded_messages(self) -> None:
        """Find another way for every message that failed while nobody was there to do so."""
        with transaction(self._sessions) as session:
            stranded = failed_lately(session, now=datetime.now(UTC))
        for message_id in stranded:
            with transaction(self._sessions) as session:
                walk_on(session, message_id, now=datetime.now(UTC))
        if stranded:
            logger.warning("failed messages that nobody followed up", found=len(stranded))
