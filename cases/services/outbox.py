"""Outgoing messages: each is a row first; an attempt is recorded before the provider is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.database import new_id
from cases.jobs import Delivery as DeliveryJob
from cases.jobs import defer_deliveries
from cases.models import DutyContact, Identifier, Message, PartnerEndpoint, Receipt
from cases.queries.find_case import locked_case
from cases.rules.delivery import advance, is_too_old
from cases.rules.reach import window_is_open
from cases.services.partner_endpoints import may_still_be_told, secrets_for
from cases.services.send_to_person import hold, judge
from cases.vocabulary import (
    MACHINE,
    Channel,
    Delivery,
    Direction,
    HoldReason,
    MessageKind,
    Purpose,
)

# Longer than the provider's time-out: before that, the first attempt may still be under way.
UNKNOWN_FOR = timedelta(seconds=15)
# One whose attempts all end so is tried ever more slowly: a recipient that never answers must not keep a place busy.
LONGEST_UNKNOWN = timedelta(hours=1)
# Between two looks for a message of which the provider could not tell.
LOOK_AGAIN = timedelta(seconds=5)
# A waiting message whose job has not come by after this long has lost its job.
JOB_LOST_AFTER = timedelta(minutes=5)
# Twilio's error for a recipient who sent STOP.
OPTED_OUT = 21610
# And for free words outside WhatsApp's window, which we know before asking.
OUTSIDE_WINDOW = 63016


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the sender needs to know of a message, outside any transaction."""

    message_id: UUID
    channel: Channel
    to: str
    body: str | None
    wording: str | None
    parameters: dict[str, Any]
    language: str
    is_page: bool
    attempts: int
    outcome_unknown_since: datetime | None
    # Of an agency's machine: what to sign with.
    secrets: tuple[str, ...] = field(default=(), repr=False)


def outgoing_row(
    *,
    case_id: UUID | None,
    kind: MessageKind,
    channel: Channel,
    now: datetime,
    contact_id: UUID | None = None,
    endpoint_id: UUID | None = None,
    wording: str,
    parameters: dict[str, Any],
    language: str,
) -> dict[str, Any]:
    """A row for `insert_together`, to a duty contact or an agency's machine. To a person leads `send_to_person`
    alone."""
    return {
        "id": new_id(),
        "case_id": case_id,
        "direction": Direction.OUT.value,
        "kind": kind.value,
        "channel": channel.value,
        "contact_id": contact_id,
        "endpoint_id": endpoint_id,
        "wording": wording,
        "parameters": parameters,
        "language": language,
        "created_at": now,
        "delivery": Delivery.WAITING.value,
        "attempts": 0,
        "next_attempt_at": now,
    }


def begin_attempt(session: Session, message_id: UUID, *, now: datetime) -> Attempt | None:
    """Claim a message for sending. None when there is nothing to do: it was sent, ended, held, or is not yet due.

    A message to a person passes the contact gate here once more. A message found in SENDING is one whose
    outcome nobody saw; the attempt then says since when, and the sender must look for it at the provider
    before sending again.
    """
    message = _locked_message(session, message_id)
    if message is None or message.delivery not in {Delivery.WAITING, Delivery.SENDING}:
        return None
    unknown_since = message.attempted_at if message.delivery is Delivery.SENDING else None
    if unknown_since is not None and now < unknown_since + UNKNOWN_FOR:
        try_later(session, message, at=unknown_since + UNKNOWN_FOR)
        return None
    # A machine that may have been told already is not told again what it may no longer know.
    if (unknown_since is None or message.endpoint_id is not None) and _ends_unsent(session, message, now=now):
        return None
    if unknown_since is None:
        if message.identifier_id is not None and not _passes_gate(session, message, now=now):
            return None
        message.attempts += 1
        message.attempted_at = now
        message.delivery = Delivery.SENDING
    message.next_attempt_at = now + JOB_LOST_AFTER
    return Attempt(
        message_id=message.id,
        channel=message.channel,
        to=_address_of(session, message),
        body=message.body,
        wording=message.wording,
        parameters=message.parameters or {},
        language=message.language or "id",
        is_page=message.kind is MessageKind.PAGE,
        attempts=message.attempts,
        outcome_unknown_since=unknown_since,
        secrets=secrets_for(session, message, now=now),
    )


def _locked_message(session: Session, message_id: UUID) -> Message | None:
    """The message, locked; of a message to a person the case first, in the order in which officers lock."""
    found = session.execute(
        select(Message.case_id, Message.identifier_id).where(Message.id == message_id)
    ).first()
    if found is not None and found.identifier_id is not None and found.case_id is not None:
        locked_case(session, found.case_id)
    return session.get(Message, message_id, with_for_update=True, populate_existing=True)


def _ends_unsent(session: Session, message: Message, *, now: datetime) -> bool:
    """True for a message that is too old to help, or that WhatsApp would refuse: it ends here, and says so."""
    if is_too_old(message.kind, message.created_at, now):
        message.delivery, message.hold_reason = Delivery.CANCELLED, HoldReason.TOO_OLD
    elif message.endpoint_id is not None:
        if may_still_be_told(session, message):
            return False
        message.delivery, message.hold_reason = Delivery.CANCELLED, HoldReason.NO_LONGER_SHARED
    elif message.identifier_id is not None and message.channel is Channel.WHATSAPP:
        if window_is_open(last_on_whatsapp(session, message), now):
            return False
        message.delivery, message.error_code = Delivery.FAILED, OUTSIDE_WINDOW
    else:
        return False
    message.next_attempt_at = None
    return True


def last_on_whatsapp(session: Session, message: Message) -> datetime | None:
    """When the person of this message last wrote by WhatsApp in its case."""
    query = select(func.max(Message.created_at)).where(
        Message.case_id == message.case_id,
        Message.direction == Direction.IN,
        Message.channel == Channel.WHATSAPP,
        Message.identifier_id == message.identifier_id,
    )
    return session.scalar(query)


def _passes_gate(session: Session, message: Message, *, now: datetime) -> bool:
    """Judge a message to a person at the moment of sending; what may not be sent is held or put off here."""
    identifier = session.get_one(Identifier, message.identifier_id, populate_existing=True)
    verdict = judge(
        session,
        identifier,
        message.channel,
        purpose=message.purpose or Purpose.NOTICE,
        body=message.body if message.wording is None else None,
        now=now,
        message_id=message.id,
    )
    if verdict.until is not None:
        try_later(session, message, at=verdict.until)
        return False
    if verdict.is_held:
        if message.case_id is None:
            raise RuntimeError("a message to a person belongs to a case")
        hold(session, locked_case(session, message.case_id), message, verdict, by=MACHINE, now=now)
        return False
    return True


def begin_again(session: Session, message_id: UUID, *, now: datetime) -> None:
    """The provider does not have it after all: what follows is a new attempt."""
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    message.attempts += 1
    message.attempted_at = now


def keep_rendered(session: Session, message_id: UUID, body: str) -> None:
    """Keep the words that will be sent, before they are."""
    message = session.get_one(Message, message_id)
    message.body = body


def record_sent(session: Session, message_id: UUID, *, sid: str, status: str) -> None:
    """The provider has it. A receipt that overtook this answer is not undone."""
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    message.provider_sid = message.provider_sid or _unless_taken(session, sid)
    message.next_attempt_at = None
    message.error_code = None
    message.delivery = advance(message.delivery or Delivery.SENDING, status) or message.delivery
    if message.delivery is Delivery.SENDING:
        message.delivery = Delivery.ACCEPTED


def record_retry(session: Session, message_id: UUID, *, code: int, at: datetime) -> None:
    """It was certainly not sent; try again at the given time."""
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    message.delivery = Delivery.WAITING
    message.error_code = code or None
    try_later(session, message, at=at)


def record_unknown(session: Session, message_id: UUID, *, now: datetime) -> None:
    """Nobody knows whether it was sent; look for it at the provider in a while."""
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    if message.delivery is Delivery.SENDING:
        wait = min(UNKNOWN_FOR * 2 ** max(message.attempts - 1, 0), LONGEST_UNKNOWN)
        try_later(session, message, at=max(now + LOOK_AGAIN, (message.attempted_at or now) + wait))


def record_failed(session: Session, message_id: UUID, *, code: int, now: datetime) -> Message:
    """It will not be sent: the provider refused it for good. What follows, also from an opt-out, is `walk_on`'s."""
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    message.delivery = Delivery.FAILED
    message.error_code = code or None
    message.next_attempt_at = None
    return message


def try_later(session: Session, message: Message, *, at: datetime) -> None:
    """Put a job for this message on the queue, to run at the given time."""
    message.next_attempt_at = at
    recipient = message.contact_id or message.identifier_id or message.endpoint_id or message.id
    defer_deliveries(session, [DeliveryJob(recipient, (message.id,), not_before=at)])


def known_sids(session: Session, message_id: UUID) -> frozenset[str]:
    """The provider's ids of other messages to the same recipient: they are not the one that is looked for."""
    message = session.get_one(Message, message_id)
    if message.endpoint_id is not None:
        return frozenset()  # nobody gives ids there but we
    query = select(Message.provider_sid).where(
        Message.provider_sid.is_not(None),
        # Only those of about the time that is looked at: the cost must not grow with history.
        Message.created_at > message.created_at - timedelta(days=1),
        Message.contact_id == message.contact_id
        if message.contact_id
        else Message.identifier_id == message.identifier_id,
    )
    return frozenset(sid for sid in session.scalars(query) if sid)


def record_receipt(
    session: Session, message_id: UUID, *, sid: str, status: str, error_code: int, now: datetime
) -> bool:
    """Take in a status report. Repeats and late reports change nothing; an unknown status is kept.

    A report that arrives before the answer to our own request brings the provider's id with it. Returns
    False when the message is not ours.
    """
    message = session.get(Message, message_id, with_for_update=True, populate_existing=True)
    if message is None or message.delivery is None:
        return False
    seen = session.scalar(
        select(Receipt.id).where(
            Receipt.message_id == message_id, Receipt.status == status, Receipt.error_code == error_code
        )
    )
    if seen is None:
        session.add(Receipt(message_id=message_id, status=status, error_code=error_code, received_at=now))
    if message.provider_sid is None:
        message.provider_sid = _unless_taken(session, sid)
    if message.provider_sid in {sid, None} and (state := advance(message.delivery, status)):
        message.delivery = state
        message.error_code = error_code or None
        message.next_attempt_at = None
    return True


def lost_jobs(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Give a new job to every outgoing message that has waited too long without one; returns how many."""
    query = (
        select(Message)
        .where(Message.next_attempt_at < now - JOB_LOST_AFTER)
        .order_by(Message.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    messages = list(session.scalars(query))
    for message in messages:
        try_later(session, message, at=now)
    return len(messages)


def _unless_taken(session: Session, sid: str) -> str | None:
    """The provider's id, unless it gave the same one to another message: a provider that lies must not keep
    us from recording that this message was sent."""
    taken = session.scalar(select(Message.id).where(Message.provider_sid == sid))
    return None if taken else sid


def _address_of(session: Session, message: Message) -> str:
    if message.endpoint_id:
        return session.get_one(PartnerEndpoint, message.endpoint_id).url
    if message.contact_id:
        contact = session.get_one(DutyContact, message.contact_id)
        by_mail = message.channel is Channel.EMAIL and contact.email
        return by_mail or contact.address
    return session.get_one(Identifier, message.identifier_id).value
