"""Sending one message: claim it, render it, call the provider outside any transaction, record what came back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.orm import Session, sessionmaker

from cases.rules.segments import count_segments
from cases.rules.sending import Sending
from cases.services import outbox
from cases.services.bundling import carried_with
from cases.services.outbox import Attempt
from cases.services.ways import note_failure, note_success
from cases.vocabulary import Channel
from escalation.services.load_sending import load_sending, with_rates
from escalation.services.walk_on import walk_on
from hotline.channels.doors import Doors
from hotline.channels.port import (
    BAD_CREDENTIALS,
    TOO_MANY_REQUESTS,
    FailureClass,
    NotSent,
    Outcome,
    Outgoing,
    OutgoingChannel,
    Sent,
    Unknown,
)
from hotline.channels.retrying import next_attempt
from hotline.config import Settings
from hotline.unit_of_work import transaction
from hotline.worker.other_words import other_words, subject_of
from hotline.worker.rendering import values_of, variables_of, words_of

logger = structlog.get_logger(__name__)
_ATTEMPTS = Counter("hotline_send_attempts_total", "Attempts to send a message", ["outcome"])

# Whoever never answers, and cannot be asked what became of it, is given up after so many: about five hours.
_MOST_UNSEEN = 12
# A provider that has not answered may still be at it; it has ended what it answered with an error.
_SILENT_FOR = timedelta(seconds=45)


class Deliverer:
    """Sends messages by their ids. Safe to call twice for one message, also from two machines."""

    def __init__(self, settings: Settings, sessions: sessionmaker[Session], channel: OutgoingChannel) -> None:
        self._settings = settings
        self._sessions = sessions
        self._doors = channel if isinstance(channel, Doors) else Doors(channel)
        self._sending = sending_of(settings)

    def deliver(self, message_id: UUID) -> None:
        """Send one message unless it was sent; never raises for what a provider does."""
        began_at = datetime.now(UTC)
        with transaction(self._sessions) as session:
            attempt = outbox.begin_attempt(
                session,
                message_id,
                now=began_at,
                sending=self._sending,
                provider_of=self._doors.provider_of,
            )
            if attempt is None:
                # It may have ended unsent just now; a message in any other state has no next way.
                walk_on(session, message_id, now=datetime.now(UTC))
                body = None
            elif (body := self._prepare(session, attempt, now=began_at)) is None:
                return
        if attempt is None or body is None:
            self._walk_on_for_carried(message_id)
            return
        content = variables_of(attempt, self._settings) if attempt.content_sid else {}
        outgoing = Outgoing(
            message_id,
            attempt.channel,
            attempt.to,
            body,
            language=attempt.language,
            content_sid=attempt.content_sid,
            content_variables=content,
            subject=subject_of(attempt, values_of(attempt, self._settings)),
            secrets=attempt.secrets,
        )
        found = self._look_first(outgoing, attempt)
        outcome = found or self._doors.send(outgoing)
        self._record(attempt, outcome, found=found is not None, began_at=began_at)

    def _prepare(self, session: Session, attempt: Attempt, *, now: datetime) -> str | None:
        """The words, with their parts counted and a turn taken on our sender; None when the message must wait for
        its turn."""
        body = attempt.body or self._words(session, attempt)
        segments = count_segments(body) if attempt.channel is Channel.SMS else None
        if attempt.outcome_unknown_since is None and outbox.wait_for_turn(
            session,
            attempt.message_id,
            units=segments or 1,
            sending=self._sending,
            provider=self._doors.provider_of(attempt.channel),
            now=now,
        ):
            return None
        outbox.keep_rendered(session, attempt.message_id, body, segments=segments)
        return body

    def _words(self, session: Session, attempt: Attempt) -> str:
        values = values_of(attempt, self._settings)
        other = other_words(session, attempt, values, self._settings)
        return other or words_of(attempt, self._settings, most_named=self._sending.most_named)

    def _walk_on_for_carried(self, message_id: UUID) -> None:
        """Pages that travelled in a message that failed take their own next ways, each in its own transaction."""
        with transaction(self._sessions) as session:
            _, *carried = carried_with(session, message_id)
        for page_id in carried:
            with transaction(self._sessions) as session:
                walk_on(session, page_id, now=datetime.now(UTC))

    def _look_first(self, outgoing: Outgoing, attempt: Attempt) -> Outcome | None:
        """For an attempt whose end nobody saw: None when the provider certainly does not have it."""
        if attempt.outcome_unknown_since is None:
            return None
        with transaction(self._sessions) as session:
            known = outbox.known_sids(session, attempt.message_id)
        found = self._doors.find(outgoing, since=attempt.outcome_unknown_since, known_sids=known)
        if not isinstance(found, NotSent):
            return found
        if attempt.attempts >= _MOST_UNSEEN and not self._doors.can_be_asked(attempt.channel):
            return NotSent(found.code, FailureClass.CONFIGURATION)
        with transaction(self._sessions) as session:
            outbox.begin_again(session, attempt.message_id, now=datetime.now(UTC))
        return None

    def _record(self, attempt: Attempt, outcome: Outcome, *, found: bool, began_at: datetime) -> None:
        now = datetime.now(UTC)
        _ATTEMPTS.labels(type(outcome).__name__.lower()).inc()
        with transaction(self._sessions) as session:
            if isinstance(outcome, Sent):
                outbox.record_sent(
                    session,
                    attempt.message_id,
                    sid=outcome.sid,
                    status=outcome.status,
                    now=now,
                    found=found,
                    ask_after=timedelta(seconds=self._settings.receipt_after),
                )
            elif isinstance(outcome, NotSent):
                again = next_attempt(outcome.failure, attempt.attempts, now)
                if again is None:
                    outbox.record_failed(session, attempt.message_id, code=outcome.code, now=now)
                    logger.error("message failed", message=str(attempt.message_id), code=outcome.code)
                else:
                    outbox.record_retry(session, attempt.message_id, code=outcome.code, at=again, now=now)
            else:
                wait = _SILENT_FOR if "Timeout" in outcome.reason else outbox.UNKNOWN_FOR
                outbox.record_unknown(session, attempt.message_id, reason=outcome.reason, wait=wait, now=now)
                logger.warning("outcome unknown", message=str(attempt.message_id), reason=outcome.reason)

        self._watch(attempt, outcome, began_at=began_at, now=now)
        if isinstance(outcome, NotSent):
            with transaction(self._sessions) as session:
                walk_on(session, attempt.message_id, now=now)
            if attempt.carried:
                self._walk_on_for_carried(attempt.message_id)

    def _watch(self, attempt: Attempt, outcome: Outcome, *, began_at: datetime, now: datetime) -> None:
        """Keep count of how the provider does: after enough failures its way is shut, an answer opens it."""
        circuit = self._sending.circuit
        # Each agency's machine fails for itself: one that is silent must not shut the others' way.
        if circuit is None or attempt.channel is Channel.WEBHOOK:
            return
        way, error = (self._doors.provider_of(attempt.channel), attempt.channel), failure_of_provider(outcome)
        with transaction(self._sessions) as session:
            if error is not None:
                if note_failure(session, *way, error=error, began_at=began_at, circuit=circuit, now=now):
                    logger.error("way shut", provider=way[0], channel=way[1].value, error=error)
            elif not is_throttled(outcome) and note_success(session, *way):
                going = outbox.let_go(session, attempt.channel, until=now + circuit.longest_wait)
                logger.warning("way open again", provider=way[0], channel=way[1].value, waiting=going)


def failure_of_provider(outcome: Outcome) -> str | None:
    """What the provider did wrong, when it is the provider that failed and not this one message."""
    if isinstance(outcome, Unknown):
        return outcome.reason
    if isinstance(outcome, NotSent) and outcome.failure is FailureClass.RETRY:
        if outcome.code == 0:
            return "connection refused"
        if outcome.code == BAD_CREDENTIALS:
            return "credentials refused"
    return None


def is_throttled(outcome: Outcome) -> bool:
    """Too many requests: the provider neither works for us just now, nor is it broken."""
    return isinstance(outcome, NotSent) and outcome.code == TOO_MANY_REQUESTS


def sending_of(settings: Settings) -> Sending:
    """The shipped table with the rates of this account."""
    own = {Channel.SMS: settings.sms_per_second, Channel.WHATSAPP: settings.whatsapp_per_second}
    return with_rates(load_sending(), {channel: rate for channel, rate in own.items() if rate})
