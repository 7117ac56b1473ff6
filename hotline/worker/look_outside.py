"""Asking the outside model, where settings name one: find what to ask, ask outside any transaction, record."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session, sessionmaker

from cases.vocabulary import LookState
from escalation.services import outside_look
from escalation.services.outside_look import MOST_AT_ONCE, STALE_AFTER, Question
from hotline.channels.webhook.outside_look import Meaningless, NoAnswer, OutsideModel
from hotline.config import Settings
from hotline.reference import current_book
from hotline.unit_of_work import transaction

logger = structlog.get_logger(__name__)
_LOOKS = Counter("hotline_outside_looks_total", "What became of asking the outside model", ["outcome"])

# A message is seen by its case's last change, which is written a little before it is committed.
_OVERLAP = timedelta(minutes=1)
# After so many silences in a row nobody is asked for so long: a dead hook must not hold the two that ask.
_SILENCES, _REST_SECONDS = 5, 60.0


class OutsideLooker:
    """Asks by message ids. Safe to call twice for one, also from two machines."""

    def __init__(
        self, settings: Settings, sessions: sessionmaker[Session], model: OutsideModel | None = None
    ) -> None:
        self._sessions = sessions
        self._masks = settings.triage_hook_sends != "full"
        url, secret = settings.triage_hook_url or "", settings.triage_hook_secret or ""
        self._hook = urlsplit(url).hostname or ""
        self._model = model or OutsideModel(url, secret, loopback=settings.webhook_loopback)
        self._since: datetime | None = None
        self._lock = threading.Lock()
        self._silences = 0
        self._rests_until = 0.0

    def find(self) -> int:
        """Enqueue what came in since the last look, after a start of the last hours."""
        now = datetime.now(UTC)
        since = self._since or now - STALE_AFTER
        with transaction(self._sessions) as session:
            found = outside_look.ask_about_new(session, since=since, now=now)
        if found < MOST_AT_ONCE:  # else there is more of the same time
            self._since = now - _OVERLAP
        return found

    def look(self, message_id: UUID) -> LookState | None:
        """Ask about one message; never raises for what the other side does. None: nobody was asked."""
        now = datetime.now(UTC)
        if (rest := self._rests_until - time.monotonic()) > 0:
            at = now + timedelta(seconds=rest + random.uniform(0, _REST_SECONDS))  # noqa: S311 - spreads load
            with transaction(self._sessions) as session:
                outside_look.put_off(session, message_id, at=at)
            return None
        with transaction(self._sessions) as session:
            question = outside_look.begin_look(session, message_id, masks=self._masks, now=now)
        if question is None:
            return None
        state = self._ask(question)
        _LOOKS.labels(state.value).inc()
        return state

    def _ask(self, question: Question) -> LookState:
        name = question.message_id
        try:
            opinion = self._model.ask(question)
        except NoAnswer as error:
            self._count_silence(answered=False)
            logger.warning("outside model gave no answer", message=str(name), reason=str(error))
            with transaction(self._sessions) as session:
                return outside_look.record_no_answer(session, name, now=datetime.now(UTC))
        except Meaningless:
            self._count_silence(answered=True)
            logger.warning("outside model answered nothing we understand", message=str(name))
            with transaction(self._sessions) as session:
                return outside_look.record_meaningless(session, name, now=datetime.now(UTC))
        self._count_silence(answered=True)
        with transaction(self._sessions) as session:
            return outside_look.record_opinion(
                session,
                name,
                opinion,
                hook=self._hook,
                book=current_book(session),
                now=datetime.now(UTC),
            )

    def _count_silence(self, *, answered: bool) -> None:
        with self._lock:
            self._silences = 0 if answered else self._silences + 1
            if self._silences >= _SILENCES:
                self._silences = 0
                self._rests_until = time.monotonic() + _REST_SECONDS
                logger.error("outside model rests", seconds=_REST_SECONDS)
