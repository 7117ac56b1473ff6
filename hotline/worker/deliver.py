"""Sending one message: claim it, render it, call the provider outside any transaction, record what came back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session, sessionmaker

from cases.services import outbox
from cases.services.outbox import Attempt
from escalation.services.walk_on import walk_on
from hotline.channels.port import (
    FailureClass,
    NotSent,
    Outcome,
    Outgoing,
    OutgoingChannel,
    Sent,
)
from hotline.config import Settings
from hotline.security.links import PAGE, REFERRAL, sign
from hotline.unit_of_work import transaction
from hotline.wording import render, word
from hotline.worker.other_words import other_words, subject_of

logger = structlog.get_logger(__name__)
_ATTEMPTS = Counter("hotline_send_attempts_total", "Attempts to send a message", ["outcome"])

# Waits before attempt 2, 3, …; the last one repeats until there are no attempts left.
_QUICK = (timedelta(seconds=2), timedelta(seconds=5), timedelta(seconds=15), timedelta(minutes=1))
_SLOW = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
_MOST_ATTEMPTS = 12


class Deliverer:
    """Sends messages by their ids. Safe to call twice for one message, also from two machines."""

    def __init__(self, settings: Settings, sessions: sessionmaker[Session], channel: OutgoingChannel) -> None:
        self._settings = settings
        self._sessions = sessions
        self._channel = channel

    def deliver(self, message_id: UUID) -> None:
        """Send one message unless it was sent; never raises for what a provider does."""
        with transaction(self._sessions) as session:
            attempt = outbox.begin_attempt(session, message_id, now=datetime.now(UTC))
            if attempt is None:
                # It may have ended unsent just now; a message in any other state has no next way.
                walk_on(session, message_id, now=datetime.now(UTC))
                return
            body = attempt.body or self._render(session, attempt)
            if attempt.body is None:
                outbox.keep_rendered(session, message_id, body)
        outgoing = Outgoing(
            message_id,
            attempt.channel,
            attempt.to,
            body,
            subject=subject_of(attempt, self._values(attempt)),
            language=attempt.language,
            secrets=attempt.secrets,
        )
        outcome = self._look_first(outgoing, attempt) or self._channel.send(outgoing)
        self._record(attempt, outcome)

    def _look_first(self, outgoing: Outgoing, attempt: Attempt) -> Outcome | None:
        """For an attempt whose end nobody saw: None when the provider certainly does not have it."""
        if attempt.outcome_unknown_since is None:
            return None
        with transaction(self._sessions) as session:
            known = outbox.known_sids(session, attempt.message_id)
        found = self._channel.find(outgoing, since=attempt.outcome_unknown_since, known_sids=known)
        if isinstance(found, NotSent) and attempt.attempts < _MOST_ATTEMPTS:
            with transaction(self._sessions) as session:
                outbox.begin_again(session, attempt.message_id, now=datetime.now(UTC))
            return None
        return found

    def _record(self, attempt: Attempt, outcome: Outcome) -> None:
        now = datetime.now(UTC)
        _ATTEMPTS.labels(type(outcome).__name__.lower()).inc()
        with transaction(self._sessions) as session:
            if isinstance(outcome, Sent):
                outbox.record_sent(session, attempt.message_id, sid=outcome.sid, status=outcome.status)
            elif isinstance(outcome, NotSent):
                again = next_attempt(outcome.failure, attempt.attempts, now)
                if again is None:
                    outbox.record_failed(session, attempt.message_id, code=outcome.code, now=now)
                    logger.error("message failed", message=str(attempt.message_id), code=outcome.code)
                else:
                    outbox.record_retry(session, attempt.message_id, code=outcome.code, at=again)
            else:
                outbox.record_unknown(session, attempt.message_id, now=now)
                logger.warning("outcome unknown", message=str(attempt.message_id), reason=outcome.reason)

        if isinstance(outcome, NotSent):
            with transaction(self._sessions) as session:
                walk_on(session, attempt.message_id, now=now)

    def _render(self, session: Session, attempt: Attempt) -> str:
        values = self._values(attempt)
        other = other_words(session, attempt, values, self._settings)
        return other or render(attempt.wording or "neutral_reply", attempt.language, **values)

    def _values(self, attempt: Attempt) -> dict[str, str]:
        values = {name: str(value) for name, value in attempt.parameters.items() if value is not None}
        if values.get("step"):
            values["step"] = word("step", values["step"], attempt.language)
        base, secret = self._settings.public_url, self._settings.secret_key
        if "page" in values:
            values["link"] = f"{base}/p/{sign(PAGE, UUID(values['page']), secret_key=secret)}"
        elif "referral" in values:
            values["link"] = f"{base}/r/{sign(REFERRAL, UUID(values['referral']), secret_key=secret)}"
        return values


def next_attempt(failure: FailureClass, attempts: int, now: datetime) -> datetime | None:
    """When to try again after a failure of this class; None when trying again is pointless."""
    if attempts >= _MOST_ATTEMPTS or failure not in {FailureClass.RETRY, FailureClass.RETRY_SLOWLY}:
        return None
    waits = _QUICK if failure is FailureClass.RETRY else _SLOW
    return now + waits[min(attempts - 1, len(waits) - 1)]
