"""Calls from hidden numbers, for whoever may see cases."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.models import AnonymousCall
from cases.rules.access import Permission, may
from cases.vocabulary import Actor

SHOWN = 200


def newest_anonymous_calls(session: Session, *, by: Actor) -> Sequence[AnonymousCall]:
    """The newest ones, those that nobody has seen first; none for who may not see cases."""
    if not may(by.role, Permission.SEE_CASES):
        return []
    unseen_first = AnonymousCall.seen_at.is_not(None)
    query = select(AnonymousCall).order_by(unseen_first, AnonymousCall.received_at.desc()).limit(SHOWN)
    return session.scalars(query).all()


def unseen_anonymous_calls(session: Session, *, by: Actor) -> int:
    """How many nobody has looked at."""
    if not may(by.role, Permission.SEE_CASES):
        return 0
    query = select(func.count()).select_from(AnonymousCall).where(AnonymousCall.seen_at.is_(None))
    return session.scalar(query) or 0
