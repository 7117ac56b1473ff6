"""Who is looking at cases just now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, Presence, User
from cases.queries.visible import visible_cases
from cases.vocabulary import Actor

# A browser speaks up every five seconds; one that has been silent for this long is gone.
PRESENT = timedelta(seconds=15)
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody at a case; `is_typing`: they wrote something there a moment ago."""

    user_id: UUID
    reference: str
    name: str
    is_typing: bool


def present(session: Session, *, by: Actor, now: datetime, case_id: UUID | None = None) -> Sequence[Present]:
    """Who has a case (or this one) in front of them, the asker too, in one statement."""
    query = (
        select(User.id, Case.reference, User.name, Presence.typing_at)
        .join(Case, Case.id == Presence.case_id)
        .join(User, User.id == Presence.user_id)
        .where(visible_cases(by), Presence.seen_at > now - PRESENT)
        .order_by(Case.reference, User.name)
        .limit(MOST_SHOWN)
    )
    if case_id is not None:
        query = query.where(Presence.case_id == case_id)
    return [
        Present(user_id, reference, name, typing_at is not None and typing_at > now - PRESENT)
        for user_id, reference, name, typing_at in session.execute(query)
    ]
