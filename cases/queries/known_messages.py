"""Which of a provider's messages and calls we hold."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.models import AnonymousCall, Message
from cases.vocabulary import Direction


def unknown_sids(session: Session, sids: Collection[str]) -> set[str]:
    """Those of the ids that no message and no anonymous call of ours has."""
    unknown = set(sids)
    for column in (Message.provider_sid, AnonymousCall.provider_sid):
        if unknown:
            unknown -= {sid for sid in session.scalars(select(column).where(column.in_(unknown))) if sid}
    return unknown


def newest_incoming(session: Session) -> datetime | None:
    """When the newest message that a person sent us came in."""
    query = select(func.max(Message.created_at)).where(
        Message.direction == Direction.IN, Message.provider_sid.is_not(None)
    )
    return session.scalar(query)
