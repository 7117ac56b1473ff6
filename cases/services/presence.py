"""Somebody has a case in front of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases.models import Case, Presence
from cases.vocabulary import Actor

# The page says so every second; so often is written down.
WRITTEN_EVERY = timedelta(seconds=5)


def note_presence(session: Session, case: Case, *, typing: bool = False, by: Actor, now: datetime) -> None:
    """Note that the case is in front of a member of staff, and whether they are typing. One statement, which writes
    nothing while the last note is fresh. The case need not be locked: it is not changed."""
    if by.user_id is None:
        return
    row = {"case_id": case.id, "user_id": by.user_id, "seen_at": now, "typing_at": now if typing else None}
    fresh = insert(Presence).values(row)
    stale = [Presence.seen_at < now - WRITTEN_EVERY]
    # Who begins to type, or has stopped, is shown at once.
    stale.append(Presence.typing_at.is_(None) if typing else Presence.typing_at.is_not(None))
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=["case_id", "user_id"],
            set_={"seen_at": fresh.excluded.seen_at, "typing_at": fresh.excluded.typing_at},
            where=or_(*stale),
        )
    )
