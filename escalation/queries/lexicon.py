"""Which word list is in use, which is being written, which were."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from cases.vocabulary import LexiconState
from escalation.models import LexiconVersion


def live_lexicon(session: Session) -> LexiconVersion | None:
    """The list that went live last; None while the shipped one is in use."""
    query = (
        select(LexiconVersion)
        .where(LexiconVersion.live_at.is_not(None))
        .order_by(LexiconVersion.live_at.desc())
        .limit(1)
    )
    return session.scalar(query)


def draft_lexicon(session: Session, *, lock: bool = False) -> LexiconVersion | None:
    """The list that is being written."""
    query = select(LexiconVersion).where(LexiconVersion.state == LexiconState.DRAFT)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.scalar(query)


def lexicon_history(session: Session, *, limit: int = 50) -> Sequence[LexiconVersion]:
    """The lists that went live, the latest first, without their contents."""
    query = (
        select(LexiconVersion)
        .where(LexiconVersion.live_at.is_not(None))
        .options(defer(LexiconVersion.content))
        .order_by(LexiconVersion.live_at.desc())
        .limit(limit)
    )
    return session.scalars(query).all()
