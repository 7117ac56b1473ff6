"""What we say to the person who wrote."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import insert_together
from cases.errors import ContactForbidden, Invalid, Unreachable, WrongState
from cases.jobs import Delivery, defer_deliveries
from cases.models import Case, Identifier, Message
from cases.rules.contact_safety import may_reply
from cases.services.contact import plan_of
from cases.services.event_log import record_event, touch
from cases.services.outbox import outgoing_row
from cases.vocabulary import (
    WRITABLE_CHANNELS,
    Actor,
    CaseStatus,
    Channel,
    Direction,
    EventKind,
    IdentifierKind,
    MessageKind,
)

# Twilio refuses longer bodies (error 21617).
LONGEST_REPLY = 1600


def reply_to_reporter(session: Session, case: Case, body: str, *, by: Actor, now: datetime) -> Message:
    """Queue an officer's reply on the channel the person used last.

    Raises ContactForbidden when the contact plan forbids it, or when nothing is known yet and the words would
    betray whom she wrote to; Unreachable when there is no address; Invalid for no words or too many;
    WrongState for a closed case.
    """
    text = body.strip()
    if not text or len(text) > LONGEST_REPLY or "\x00" in text:
        raise Invalid("a reply needs words, at most 1,600 characters", field="body")
    if case.status is CaseStatus.CLOSED:
        raise WrongState("the case is closed: reopen it to write", status=case.status)
    verdict = may_reply(plan_of(session, case.reporter_id), text)
    if not verdict.allowed:
        raise ContactForbidden(
            "the contact plan does not allow this reply", reason=verdict.reason, words=verdict.words
        )
    return queue_message(session, case, kind=MessageKind.REPLY, body=text, by=by, now=now)


def queue_message(
    session: Session,
    case: Case,
    *,
    kind: MessageKind,
    by: Actor,
    now: datetime,
    body: str | None = None,
    wording: str | None = None,
) -> Message:
    """Write the outgoing row and its job. Whether it may be sent is the caller's decision."""
    channel, identifier_id = _last_address(session, case)
    row = outgoing_row(
        case_id=case.id,
        kind=kind,
        channel=channel,
        now=now,
        identifier_id=identifier_id,
        author_id=by.user_id,
        body=body,
        wording=wording,
        language=case.language,
    )
    insert_together(session, {Message: [row]})
    defer_deliveries(session, [Delivery(identifier_id, (row["id"],), urgent=True)])
    data = {"message": str(row["id"]), "kind": kind.value}
    record_event(session, case, EventKind.MESSAGE_QUEUED, by=by, now=now, data=data)
    touch(case, now=now)
    return session.get_one(Message, row["id"])


def _last_address(session: Session, case: Case) -> tuple[Channel, UUID]:
    query = (
        select(Message.channel, Message.identifier_id, Identifier.kind)
        .join(Identifier, Identifier.id == Message.identifier_id)
        .where(Message.case_id == case.id, Message.direction == Direction.IN, Identifier.ended_at.is_(None))
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
    )
    last = session.execute(query).first()
    if last is None:
        raise Unreachable("there is no address to which a reply could go")
    if last.kind is IdentifierKind.BSUID and last.channel is not Channel.WHATSAPP:
        raise Unreachable("a WhatsApp user id can only be written to on WhatsApp")
    # Who called, or whom an officer wrote down by their number, is answered by SMS.
    channel = last.channel if last.channel in WRITABLE_CHANNELS else Channel.SMS
    return channel, last.identifier_id
