"""Several pages to one phone become one message: the one that goes first carries those that wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.models import Message
from cases.vocabulary import WRITABLE_CHANNELS, Delivery, MessageKind

# More than this in one message would take long to lock; the rest follows in the next one.
MOST_CARRIED = 200
# Its words are a warning of their own ("do NOT write or call"): it travels alone.
TRAVELS_ALONE = frozenset({"page_possible_duress"})


def take_along(session: Session, carrier: Message, *, now: datetime) -> Sequence[Message]:
    """Put every page that waits for the phone of this one into its message. The carrier is locked by the caller.

    Returns those it carries now, also from an earlier attempt. From here on they share its fate: their own jobs
    find nothing to do. A template carries none, having places for one page; a call carries none, for one key answers
    it; nor does an e-mail, whose wording is of one page.
    """
    alone = (
        carrier.wording in TRAVELS_ALONE or carrier.content_sid or carrier.channel not in WRITABLE_CHANNELS
    )
    if carrier.kind is not MessageKind.PAGE or alone:
        return ()
    waiting = (
        select(Message)
        .where(
            Message.contact_id == carrier.contact_id,
            Message.channel == carrier.channel,
            Message.kind == MessageKind.PAGE,
            Message.delivery == Delivery.WAITING,
            Message.carried_by_id.is_(None),
            Message.wording.not_in(TRAVELS_ALONE),
            Message.id != carrier.id,
            Message.next_attempt_at.is_not(None),
        )
        .order_by(Message.created_at)
        .limit(MOST_CARRIED)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    found = session.scalars(waiting).all()
    for page in found:
        page.carried_by_id = carrier.id
        page.attempts += 1
        page.attempted_at = now
        page.next_attempt_at = None
    if found:
        # One that waited with others in it hands them over: nobody is carried by what is carried itself.
        session.flush()
        session.execute(
            update(Message)
            .where(Message.carried_by_id.in_([page.id for page in found]))
            .values(carried_by_id=carrier.id)
            .execution_options(synchronize_session=False)
        )
        # The words are made anew, with all of them. Nothing was sent yet: an attempt of unknown end never comes here.
        carrier.body = None
    session.flush()
    carried = select(Message).where(Message.carried_by_id == carrier.id)
    return session.scalars(carried.execution_options(populate_existing=True)).all()


def share_fate(session: Session, carrier: Message) -> None:
    """What became of a message became of the pages it carries. Its words stay with it: they name other cases."""
    if carrier.kind is not MessageKind.PAGE:
        return
    session.flush()
    session.execute(
        update(Message)
        .where(Message.carried_by_id == carrier.id)
        .values(
            delivery=carrier.delivery,
            error_code=carrier.error_code,
            hold_reason=carrier.hold_reason,
        )
        .execution_options(synchronize_session=False)
    )


def carried_with(session: Session, message_id: UUID) -> list[UUID]:
    """The message and those that travel in its words."""
    query = select(Message.id).where(Message.carried_by_id == message_id).order_by(Message.created_at)
    return [message_id, *session.scalars(query)]
