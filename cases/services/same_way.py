"""A message that was taken, then reported not delivered, waits to be sent once more on the same way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Message
from cases.services.outbox import try_later
from cases.vocabulary import Channel, Delivery, MessageKind

# Who is paged must hear now, by whatever way is open; a nudge that comes later nudges nobody.
_NOT_AGAIN = frozenset({MessageKind.PAGE, MessageKind.NUDGE})
_FAILED = frozenset({Delivery.FAILED, Delivery.UNDELIVERED})


def may_go_again(session: Session, message: Message) -> bool:
    """True for a message that failed, of which nothing else has been decided, and for which another attempt helps."""
    return (
        message.delivery in _FAILED
        and message.kind not in _NOT_AGAIN
        and message.channel is not Channel.CALL
        and message.endpoint_id is None
        and message.next_attempt_at is None
        and session.scalar(select(Message.id).where(Message.replaces_id == message.id)) is None
    )


def sent_on_this_way(session: Session, message: Message) -> int:
    """How many times in a row it went this way, this one and those whose place it took."""
    times, one = 1, message
    while one.replaces_id is not None:
        one = session.get_one(Message, one.replaces_id)
        if one.channel is not message.channel:
            break
        times += 1
    return times


def plan_again(session: Session, message: Message, *, at: datetime) -> None:
    """Keep the other ways waiting until then. The job comes to `walk_on`, which sends it once more this way; a report
    that it arrived after all, or a human, ends the waiting."""
    try_later(session, message, at=at)
