"""Outgoing messages that ended without arriving, for which nothing follows and nobody has decided."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from cases.models import Case, DeadLetterAct, Message, Task
from cases.queries.lists import Page
from cases.queries.visible import visible_cases
from cases.vocabulary import Actor, DeadLetterKind, Delivery

# Counting stops here: more than this says no more to anybody, and must not slow a page down.
MOST_COUNTED = 10_000


def dead_messages(
    session: Session, *, by: Actor | None, limit: int, after: tuple[datetime, UUID] | None = None
) -> Page[tuple[Message, str | None]]:
    """Dead messages with the reference of their case, newest first; one query. `by` None: for the operator at the
    command line, who sees ids and no words."""
    query = (
        select(Message, Case.reference)
        .outerjoin(Case, Case.id == Message.case_id)
        .where(*_dead(), _may_see(by))
        .order_by(Message.created_at.desc(), Message.id.desc())
    )
    if after is not None:
        query = query.where(tuple_(Message.created_at, Message.id) < after)
    rows = session.execute(query.limit(limit + 1)).all()
    return Page([(message, reference) for message, reference in rows[:limit]], len(rows) > limit)


def count_dead_messages(session: Session) -> int:
    """How many there are, counted up to a limit."""
    some = select(Message.id).where(*_dead()).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def is_dead(session: Session, message: Message) -> bool:
    """Whether this message is one of them now."""
    return session.scalar(select(Message.id).where(Message.id == message.id, *_dead())) is not None


def _dead() -> tuple[ColumnElement[bool], ...]:
    replacement, task = aliased(Message), aliased(Task)
    settled = exists().where(
        and_(
            DeadLetterAct.kind == DeadLetterKind.MESSAGE,
            DeadLetterAct.subject == cast(Message.id, String),
        )
    )
    return (
        Message.delivery.in_([Delivery.FAILED, Delivery.UNDELIVERED]),
        Message.next_attempt_at.is_(None),
        ~exists().where(replacement.replaces_id == Message.id),
        ~exists().where(and_(task.message_id == Message.id, task.done_at.is_not(None))),
        ~settled,
    )


def _may_see(by: Actor | None) -> ColumnElement[bool]:
    if by is None:
        return Message.id.is_not(None)
    return or_(Message.case_id.is_(None), visible_cases(by))
