"""Taking in what webhooks could only put on disk: in order, by exactly the normal path."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.formparser import FormDataParser

from hotline.channels.meta import webhooks as meta
from hotline.channels.twilio import voice
from hotline.channels.twilio.intake import Late, Way, take_form
from hotline.reference import current_book
from hotline.spool import Spool, Spooled
from hotline.unit_of_work import is_outage, is_passing, transaction

logger = structlog.get_logger(__name__)
_REPLAYED = Counter("hotline_spool_replayed_total", "Spooled webhooks by what became of them", ["outcome"])

_FORM = "application/x-www-form-urlencoded"


class SpoolReplay:
    """Empties the spool of this machine. Any number of workers may do so at once: every message and call is unique
    by its id, and a file that another has removed is passed over."""

    def __init__(self, spool: Spool, sessions: sessionmaker[Session]) -> None:
        self._spool = spool
        self._sessions = sessions

    def replay(self) -> int:
        """Take in everything that waits, oldest first; returns how much. Ends at once while the database is away.

        What cannot be taken in is set aside for a human, so that it does not hold up what came after it.
        """
        taken = 0
        for name in self._spool.waiting():
            try:
                done = self._take(name)
            except SQLAlchemyError as error:
                if is_outage(error):
                    logger.warning("spool waits: the database cannot be reached", error=type(error).__name__)
                    break
                if not is_passing(error):
                    self._set_aside(name, error)
                continue
            except Exception as error:  # noqa: BLE001 - the per-item guard: one bad file must not hold up the others
                self._set_aside(name, error)
                continue
            if done:
                self._spool.remove(name)
                taken += 1
        if taken:
            logger.info("spool replayed", taken=taken)
        return taken

    def _take(self, name: str) -> bool:
        spooled = self._spool.read(name)
        if spooled is None:
            return False
        with transaction(self._sessions) as session:
            outcome = take_spooled(session, spooled, now=datetime.now(UTC))
        _REPLAYED.labels(outcome).inc()
        return True

    def _set_aside(self, name: str, error: Exception) -> None:
        self._spool.set_aside(name)
        _REPLAYED.labels("set_aside").inc()
        # The name of the kind of error only: its text may hold what somebody wrote.
        logger.error("spooled webhook set aside", file=name, error=type(error).__name__)


def take_spooled(session: Session, spooled: Spooled, *, now: datetime) -> str:
    """Take in one spooled webhook, in the caller's transaction. Its signature was checked when it came."""
    if spooled.path.startswith(meta.PATH):
        return meta.take_spooled(session, spooled.path, spooled.body, spooled_at=spooled.received_at, now=now)
    form = form_of(spooled.body)
    late = Late(Way.SPOOL, spooled.received_at)
    if spooled.path == voice.INCOMING:
        return voice.take_call(session, form, book=current_book(session), now=now, late=late)
    if spooled.path.startswith(voice.INCOMING + "/"):
        voice.take_call_fact(session, spooled.path, form, now=now)
        return "call_fact"
    return take_form(session, form, book=current_book(session), now=now, late=late).outcome.value


def form_of(body: bytes) -> dict[str, str]:
    """The form in a body, read as the web process reads it."""
    _, form, _ = FormDataParser().parse(BytesIO(body), _FORM, len(body))
    return form.to_dict()
