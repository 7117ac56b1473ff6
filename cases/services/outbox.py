"""Outgoing messages: each is a row first; an attempt is recorded before the provider is called."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE, new_id
from cases.jobs import Delivery as DeliveryJob
from cases.jobs import defer_deliveries
from cases.models import Case, DutyContact, Identifier, Message, PartnerEndpoint, Receipt, SendAttempt
from cases.queries.find_case import locked_case
from cases.rules.delivery import FINAL, advance, next_ask
from cases.rules.reach import window_is_open
from cases.rules.sending import UNLIMITED, Priority, Sending, is_too_old, next_to_one, priority_of
from cases.services.bundling import share_fate, take_along
from cases.services.partner_endpoints import may_still_be_told, secrets_for
from cases.services.send_to_person import hold, judge
from cases.services.templates import approved_template
from cases.services.ways import is_shut, shut_until, take_turn
from cases.vocabulary import (
    MACHINE,
    AttemptOutcome,
    Channel,
    Delivery,
    Direction,
    HoldReason,
    MessageKind,
    Purpose,
)

# Longer than the provider's time-out: before that, the first attempt may still be under way.
UNKNOWN_FOR = timedelta(seconds=15)
# A receipt comes within seconds, or was lost on its way to us.
ASK_AFTER = timedelta(minutes=10)
# One whose attempts all end so is tried ever more slowly: a recipient that never answers must not keep a place busy.
LONGEST_UNKNOWN = timedelta(hours=1)
# Between two looks for a message of which the provider could not tell.
LOOK_AGAIN = timedelta(seconds=5)
# A waiting message whose job has not come by after this long has lost its job.
JOB_LOST_AFTER = timedelta(minutes=5)
# Those that are still left go when their own waiting ends.
MOST_LET_GO = 5000
# Twilio's error for a recipient who sent STOP.
OPTED_OUT = 21610
# And for free words outside WhatsApp's window, which we know before asking.
OUTSIDE_WINDOW = 63016


def _twilio(_channel: Channel) -> str:
    return "twilio"


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
    created_at: datetime
    content_sid: str | None = None
    is_urgent: bool = False
    carried: tuple[Carried, ...] = ()
    # Of an agency's machine: what to sign with.
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Carried:
    """A page that travels in the words of another one."""

    wording: str
    parameters: dict[str, Any]
    created_at: datetime


# The ways on which a page to a phone can go; both lead to the same person.
_WRITTEN = frozenset({Channel.SMS, Channel.WHATSAPP})


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


def begin_attempt(
    session: Session,
    message_id: UUID,
    *,
    now: datetime,
    sending: Sending = UNLIMITED,
    provider_of: Callable[[Channel], str] = _twilio,
) -> Attempt | None:
    """Claim a message for sending. None when there is nothing to do: it was sent, ended, held, or is not yet due;
    it travels in another message; its recipient got one just now, or the way out is shut.

    A message to a person passes the contact gate here once more. A message found in SENDING is one whose
    outcome nobody saw; the attempt then says since when, and the sender must look for it at the provider
    before sending again.
    """
    message = _locked_message(session, message_id)
    if message is None or message.delivery not in {Delivery.WAITING, Delivery.SENDING}:
        return None
    if message.carried_by_id is not None:
        return None
    unknown_since = message.attempted_at if message.delivery is Delivery.SENDING else None
    if unknown_since is not None and now < unknown_since + UNKNOWN_FOR:
        try_later(session, message, at=unknown_since + UNKNOWN_FOR)
        return None
    # A machine that may have been told already is not told again what it may no longer know.
    if (unknown_since is None or message.endpoint_id is not None) and _ends_unsent(
        session, message, sending=sending, now=now
    ):
        return None
    if unknown_since is None:
        if message.identifier_id is not None and not _passes_gate(session, message, now=now):
            return None
        if _waits_for_recipient(session, message, sending=sending, now=now):
            return None
    if _waits_for_way(session, message, sending=sending, provider_of=provider_of, now=now):
        return None
    carried: tuple[Carried, ...] = ()
    if unknown_since is None:
        carried = tuple(
            Carried(page.wording or "", page.parameters or {}, page.created_at)
            for page in take_along(session, message, now=now)
        )
        _open_attempt(session, message, now=now)
        message.delivery = Delivery.SENDING
        share_fate(session, message)
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
        created_at=message.created_at,
        content_sid=message.content_sid,
        is_urgent=_is_urgent(message),
        carried=carried,
        secrets=secrets_for(session, message, now=now),
    )


def _locked_message(session: Session, message_id: UUID) -> Message | None:
    """The message, locked, and its case first: in the order in which officers, and `walk_on`, lock."""
    case_id = session.scalar(select(Message.case_id).where(Message.id == message_id))
    if case_id is not None:
        locked_case(session, case_id)
    return session.get(Message, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)


def _ends_unsent(session: Session, message: Message, *, sending: Sending, now: datetime) -> bool:
    """True for a message that is too old to help, or that WhatsApp would refuse: it ends here, and says so."""
    if is_too_old(sending, message.kind, message.created_at, now):
        message.delivery, message.hold_reason = Delivery.CANCELLED, HoldReason.TOO_OLD
    elif message.endpoint_id is not None:
        if may_still_be_told(session, message):
            return False
        message.delivery, message.hold_reason = Delivery.CANCELLED, HoldReason.NO_LONGER_SHARED
    elif message.channel is Channel.WHATSAPP:
        if _fits_window(session, message, now=now):
            return False
        message.delivery, message.error_code = Delivery.FAILED, OUTSIDE_WINDOW
    else:
        return False
    message.next_attempt_at = None
    share_fate(session, message)
    return True


def _is_urgent(message: Message) -> bool:
    priority = priority_of(message.kind, purpose=message.purpose, parameters=message.parameters)
    return priority >= Priority.NOW


def _waits_for_recipient(session: Session, message: Message, *, sending: Sending, now: datetime) -> bool:
    """True for a message whose recipient got another one just now: it is put off, and pages gather meanwhile."""
    to_one = sending.to_one
    # A machine takes facts as they come.
    if to_one is None or message.endpoint_id is not None or _is_urgent(message):
        return False
    query = select(Message.attempted_at).where(
        Message.contact_id == message.contact_id
        if message.contact_id
        else (Message.case_id == message.case_id) & (Message.identifier_id == message.identifier_id),
        Message.channel == message.channel,
        Message.direction == Direction.OUT,
        Message.carried_by_id.is_(None),
        Message.created_at > now - timedelta(days=1),
        Message.attempted_at > now - max(to_one.within, to_one.pages_apart),
        Message.id != message.id,
    )
    is_page = message.kind is MessageKind.PAGE
    if is_page:
        # An answer to their own command does not hold a page back.
        query = query.where(Message.kind == MessageKind.PAGE)
    sent_at = [at for at in session.scalars(query) if at is not None]
    if message.purpose is Purpose.ANSWER or message.kind is MessageKind.COMMAND_ANSWER:
        # They wrote in between: this is no part of what went before. The limit of a minute stands.
        to_one = replace(to_one, apart=timedelta())
    at = next_to_one(to_one, sent_at=sent_at, is_page=is_page, is_urgent=False, now=now)
    if at is None:
        return False
    try_later(session, message, at=at)
    return True


def _waits_for_way(
    session: Session,
    message: Message,
    *,
    sending: Sending,
    provider_of: Callable[[Channel], str],
    now: datetime,
) -> bool:
    """True when the way out is shut: the message waits for it, or ends here so that it takes another one.

    Only what is certainly not sent may take another way; and only what is urgent does, where the other works.
    """
    circuit = sending.circuit
    if circuit is None:
        return False
    until = shut_until(session, provider_of(message.channel), message.channel, circuit=circuit, now=now)
    if until is None:
        return False
    waited_long = now - message.created_at >= circuit.urgent_waits
    if message.delivery is Delivery.WAITING and message.kind is MessageKind.PAGE:
        others = _WRITTEN - {message.channel}
        if waited_long and any(not is_shut(session, provider_of(other), other) for other in others):
            message.delivery, message.hold_reason = Delivery.FAILED, HoldReason.WAY_BROKEN
            message.next_attempt_at = None
            share_fate(session, message)
            return True
        if not waited_long:
            until = min(until, message.created_at + circuit.urgent_waits)
    try_later(session, message, at=max(until, now + timedelta(seconds=1)))
    return True


def wait_for_turn(
    session: Session,
    message_id: UUID,
    *,
    units: float,
    sending: Sending,
    provider: str = "twilio",
    now: datetime,
) -> bool:
    """Take a turn on the sender for a message that was just claimed; True when it must wait for it.

    What is urgent takes its turn from the others and never waits. A turn is reserved: who waits, waits once.
    """
    message = session.get_one(Message, message_id)
    rate = sending.rates.get(message.channel)
    if rate is None:
        return False
    if message.turn_at is not None and message.turn_at <= now:
        message.turn_at = None
        return False
    at = take_turn(session, provider, message.channel, rate=rate, units=units, now=now)
    if at <= now or _is_urgent(message):
        message.turn_at = None
        return False
    message.turn_at = at
    # Nothing was tried: the attempt that had just been opened is taken back, so that its number is free again.
    session.flush()
    session.execute(
        delete(SendAttempt).where(
            SendAttempt.message_id == message.id, SendAttempt.number == message.attempts
        )
    )
    message.attempts -= 1
    if message.attempts == 0:
        message.attempted_at = None
    message.delivery = Delivery.WAITING
    share_fate(session, message)
    try_later(session, message, at=at)
    return True


def _fits_window(session: Session, message: Message, *, now: datetime) -> bool:
    """True when WhatsApp will take it: inside the window as it is, outside as an approved template of its words."""
    before = message.content_sid
    message.content_sid = None
    if not window_is_open(last_on_whatsapp(session, message), now):
        if message.wording is None:
            return False
        template = approved_template(session, message.wording, message.language or "id")
        if template is None:
            return False
        message.content_sid, message.language = template.content_sid, template.language
    if before != message.content_sid and message.wording is not None:
        # A template may say a little more than the free words.
        message.body = None
    return True


def last_on_whatsapp(session: Session, message: Message) -> datetime | None:
    """When the recipient of this message last wrote by WhatsApp: a person in its case, or a phone on duty."""
    if message.contact_id is not None:
        return _contact_last_on_whatsapp(session, message.contact_id)
    query = select(func.max(Message.created_at)).where(
        Message.case_id == message.case_id,
        Message.direction == Direction.IN,
        Message.channel == Channel.WHATSAPP,
        Message.identifier_id == message.identifier_id,
    )
    return session.scalar(query)


def _contact_last_on_whatsapp(session: Session, contact_id: UUID) -> datetime | None:
    """Also what whoever holds the phone wrote as a caller opens the window to it."""
    contact = session.get_one(DutyContact, contact_id)
    same_number = select(Identifier.id).where(
        Identifier.value_hash == contact.address_hash, Identifier.ended_at.is_(None)
    )
    moments = [
        session.scalar(
            select(func.max(Message.created_at)).where(
                whose, Message.direction == Direction.IN, Message.channel == Channel.WHATSAPP
            )
        )
        for whose in (
            Message.contact_id == contact_id,
            # Of the last days only: the window is one day, and no index leads from a number to its messages.
            Message.case_id.in_(
                select(Case.id).where(
                    Case.reporter_id.in_(
                        select(Identifier.person_id).where(Identifier.value_hash == contact.address_hash)
                    )
                )
            )
            & Message.identifier_id.in_(same_number),
        )
    ]
    return max((moment for moment in moments if moment is not None), default=None)


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
    message = session.get_one(Message, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    end_attempt(session, message, AttemptOutcome.NOT_THERE, now=now)
    _open_attempt(session, message, now=now)


def _open_attempt(session: Session, message: Message, *, now: datetime) -> None:
    message.attempts += 1
    message.attempted_at = now
    session.add(SendAttempt(message_id=message.id, number=message.attempts, began_at=now))


def end_attempt(
    session: Session,
    message: Message,
    outcome: AttemptOutcome,
    *,
    now: datetime,
    code: int = 0,
    detail: str | None = None,
) -> None:
    """Note what came of the latest attempt; what is learnt later replaces `unknown`, and nothing else."""
    session.execute(
        update(SendAttempt)
        .where(
            SendAttempt.message_id == message.id,
            SendAttempt.number == message.attempts,
            SendAttempt.outcome.is_(None) | (SendAttempt.outcome == AttemptOutcome.UNKNOWN),
        )
        .values(outcome=outcome, ended_at=now, code=code or None, detail=detail)
        .execution_options(synchronize_session=False)
    )


def keep_rendered(session: Session, message_id: UUID, body: str, *, segments: int | None = None) -> None:
    """Keep the words that will be sent, before they are, and how many parts they are."""
    message = session.get_one(Message, message_id)
    message.body = body
    message.segments = segments


def record_sent(
    session: Session,
    message_id: UUID,
    *,
    sid: str,
    status: str,
    now: datetime,
    found: bool = False,
    ask_after: timedelta = ASK_AFTER,
) -> None:
    """The provider has it; `found`: it was seen on its list. A receipt that overtook this answer is not undone.
    Should no receipt tell how it ended, the provider is asked in a while."""
    message = session.get_one(Message, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    outcome = AttemptOutcome.FOUND if found else AttemptOutcome.ACCEPTED
    end_attempt(session, message, outcome, now=now)
    message.provider_sid = message.provider_sid or _unless_taken(session, sid)
    message.next_attempt_at = None
    message.error_code = None
    message.delivery = advance(message.delivery or Delivery.SENDING, status) or message.delivery
    if message.delivery is Delivery.SENDING:
        message.delivery = Delivery.ACCEPTED
    share_fate(session, message)
    if message.delivery not in FINAL:
        message.ask_at = now + ask_after


def record_retry(session: Session, message_id: UUID, *, code: int, at: datetime, now: datetime) -> None:
    """It was certainly not sent; try again at the given time."""
    message = session.get_one(Message, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    end_attempt(session, message, AttemptOutcome.REFUSED, now=now, code=code)
    message.delivery = Delivery.WAITING
    message.error_code = code or None
    share_fate(session, message)
    try_later(session, message, at=at)


def record_unknown(
    session: Session, message_id: UUID, *, reason: str, now: datetime, wait: timedelta = UNKNOWN_FOR
) -> None:
    """Nobody knows whether it was sent; look for it at the provider in a while."""
    message = session.get_one(Message, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    end_attempt(session, message, AttemptOutcome.UNKNOWN, now=now, detail=reason)
    if message.delivery is Delivery.SENDING:
        longer = min(wait * 2 ** max(message.attempts - 1, 0), LONGEST_UNKNOWN)
        try_later(session, message, at=max(now + LOOK_AGAIN, (message.attempted_at or now) + longer))


def record_failed(session: Session, message_id: UUID, *, code: int, now: datetime) -> Message:
    """It will not be sent: the provider refused it for good. What follows, also from an opt-out, is `walk_on`'s."""
    message = session.get_one(Message, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    end_attempt(session, message, AttemptOutcome.REFUSED, now=now, code=code)
    message.delivery = Delivery.FAILED
    message.error_code = code or None
    message.next_attempt_at = None
    share_fate(session, message)
    return message


def try_later(session: Session, message: Message, *, at: datetime) -> None:
    """Put a job for this message on the queue, to run at the given time."""
    message.next_attempt_at = at
    recipient = message.contact_id or message.identifier_id or message.endpoint_id or message.id
    priority = priority_of(message.kind, purpose=message.purpose, parameters=message.parameters)
    defer_deliveries(session, [DeliveryJob(recipient, (message.id,), priority=priority, not_before=at)])


def let_go(session: Session, channel: Channel, *, until: datetime) -> int:
    """A way is open again: every message that waits for it until that moment gets a job for now; returns how many."""
    query = (
        select(Message)
        .where(
            Message.channel == channel,
            Message.delivery.in_([Delivery.WAITING, Delivery.SENDING]),
            Message.next_attempt_at <= until,
        )
        .order_by(Message.next_attempt_at)
        .limit(MOST_LET_GO)
    )
    messages = session.scalars(query).all()
    jobs = [
        DeliveryJob(
            message.contact_id or message.identifier_id or message.id,
            (message.id,),
            priority=priority_of(message.kind, purpose=message.purpose, parameters=message.parameters),
        )
        for message in messages
    ]
    defer_deliveries(session, jobs)
    return len(jobs)


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
    message = session.get(Message, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
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
        # It came before the answer to our own request, which may never come.
        end_attempt(session, message, AttemptOutcome.ACCEPTED, now=now, detail="receipt")
    if message.provider_sid in {sid, None} and (state := advance(message.delivery, status)):
        message.delivery = state
        message.error_code = error_code or None
        message.next_attempt_at = None
        share_fate(session, message)
        if state in FINAL:
            message.ask_at = None
    return True


def begin_asking(session: Session, *, now: datetime, limit: int = 50) -> list[tuple[UUID, str]]:
    """Claim messages of which no receipt has told how they ended: ids of ours and of the provider, those due first.
    Another worker takes others; a claim that leads to nothing comes up again later."""
    query = (
        select(Message)
        .where(Message.ask_at <= now)
        .order_by(Message.ask_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    claimed = []
    for message in session.scalars(query):
        message.asks += 1
        message.ask_at = next_ask(message.asks, now)
        if message.provider_sid is not None and message.delivery not in FINAL:
            claimed.append((message.id, message.provider_sid))
        else:
            message.ask_at = None
    return claimed


def put_off_asking(session: Session, message_ids: Collection[UUID], *, at: datetime) -> None:
    """The provider could not be asked: this did not count."""
    session.execute(
        update(Message)
        .where(Message.id.in_(message_ids), Message.asks > 0)
        .values(ask_at=at, asks=Message.asks - 1)
        .execution_options(synchronize_session=False)
    )


def lost_jobs(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Give a new job to every outgoing message that has waited too long without one; returns how many."""
    query = (
        select(Message)
        .where(Message.next_attempt_at < now - JOB_LOST_AFTER)
        .order_by(Message.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
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
