"""What the scheduler does every second and every minute. Deadlines themselves are rows."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import structlog
from prometheus_client import Counter
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, sessionmaker

from cases.models import Agency
from cases.services.attachments import lost_fetches
from cases.services.outbox import lost_jobs
from cases.vocabulary import AgencyKind
from escalation.models import Heartbeat
from escalation.services.sweep import BATCH, sweep
from hotline.unit_of_work import transaction

logger = structlog.get_logger(__name__)
_SWEPT = Counter("hotline_clocks_swept_total", "Clocks handled by the sweep")
_PAGED = Counter("hotline_pages_total", "Pages written by the sweep")

# A pass gives way after this long, so that the heartbeat stays fresh in a storm of deadlines.
_LONGEST_PASS_SECONDS = 4.0


class Ticks:
    """The periodic acts of one worker, each in transactions of its own."""

    def __init__(self, sessions: sessionmaker[Session], *, name: str) -> None:
        self._sessions = sessions
        self._name = name

    def sweep(self) -> int:
        """Handle every clock whose moment has come, in batches; returns how many."""
        handled = 0
        ends = time.monotonic() + _LONGEST_PASS_SECONDS
        while True:
            now = datetime.now(UTC)
            with transaction(self._sessions) as session:
                duty_room = select(Agency.id).where(Agency.kind == AgencyKind.DUTY_ROOM, Agency.active)
                done = sweep(session, duty_room_id=session.scalar(duty_room.limit(1)), now=now)
            handled += done.claimed
            _SWEPT.inc(done.claimed)
            _PAGED.inc(done.pages)
            if done.claimed < BATCH or time.monotonic() > ends:
                break
        self.beat()
        return handled

    def beat(self) -> None:
        """Leave a sign of life."""
        now = datetime.now(UTC)
        with transaction(self._sessions) as session:
            statement = insert(Heartbeat).values(worker=self._name, at=now)
            session.execute(statement.on_conflict_do_update(index_elements=["worker"], set_={"at": now}))

    def find_lost_jobs(self) -> None:
        """Give a job to every outgoing message and every attachment that has lost its own."""
        with transaction(self._sessions) as session:
            now = datetime.now(UTC)
            found = lost_jobs(session, now=now) + lost_fetches(session, now=now)
        if found:
            logger.warning("messages or attachments without a job", found=found)
