"""Messages that turn out to be somebody else's go to that person's case; their attachments go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.models import Attachment, Case, Message
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, Direction, EventKind


def said_since(session: Session, identifier_ids: Sequence[UUID], since: datetime) -> list[Message]:
    """What came from these numbers and ids since, oldest first, in whatever case it is; locked."""
    query = (
        select(Message)
        .where(
            Message.identifier_id.in_(identifier_ids),
            Message.direction == Direction.IN,
            Message.created_at >= since,
            Message.case_id.is_not(None),
        )
        .order_by(Message.created_at, Message.id)
        .with_for_update(key_share=True)
    )
    return list(session.scalars(query))


def move_messages(
    session: Session,
    messages: Sequence[Message],
    *,
    source: Case,
    target: Case,
    identifiers: Mapping[UUID, UUID],
    by: Actor,
    now: datetime,
) -> None:
    """Put messages of one locked case into another, under the identifiers that they belong to now. Both logs say so,
    and name each message: whoever reads the one finds the other."""
    ids = [message.id for message in messages]
    for message in messages:
        message.case_id = target.id
        if message.identifier_id is not None:
            message.identifier_id = identifiers.get(message.identifier_id, message.identifier_id)
    session.flush()
    session.execute(update(Attachment).where(Attachment.message_id.in_(ids)).values(case_id=target.id))
    named = [str(message_id) for message_id in ids]
    moved = {"messages": named, "case": target.reference}
    record_event(session, source, EventKind.MESSAGES_MOVED, by=by, now=now, data=moved)
    taken = {"messages": named, "case": source.reference}
    record_event(session, target, EventKind.MESSAGES_TAKEN_OVER, by=by, now=now, data=taken)
    touch(source, now=now)
    touch(target, now=now)
