"""Internal notes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cases.errors import Invalid
from cases.models import Case, Note
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, EventKind

LONGEST_NOTE = 20_000


def add_note(session: Session, case: Case, body: str, *, by: Actor, now: datetime) -> Note:
    """Write a note on a locked case. Raises Invalid for an empty or over-long one."""
    text = body.strip()
    if not text or len(text) > LONGEST_NOTE or "\x00" in text:
        raise Invalid("a note needs words, at most 20,000 characters", field="body")
    if by.user_id is None:
        raise Invalid("only a member of staff writes notes", field="author")
    note = Note(case_id=case.id, author_id=by.user_id, body=text, created_at=now)
    session.add(note)
    session.flush()
    record_event(session, case, EventKind.NOTE_ADDED, by=by, now=now, data={"note": str(note.id)})
    touch(case, now=now)
    return note
