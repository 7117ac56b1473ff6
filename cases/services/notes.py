"""Internal notes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid
from cases.models import Case, Note, User
from cases.rules.access import Permission, may
from cases.rules.mentions import mentioned
from cases.services.event_log import record_event, touch
from cases.services.tasks import call_upon
from cases.vocabulary import Actor, EventKind, Role

LONGEST_NOTE = 20_000


def add_note(session: Session, case: Case, body: str, *, by: Actor, now: datetime) -> Note:
    """Write a note on a locked case; whoever is mentioned in it, with an @ before their name, gets a task. Raises
    Invalid for an empty or over-long one."""
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
    if "@" in text:
        call_upon(session, case, note, mentioned(text, _workers(session)), by=by, now=now)
    return note


def _workers(session: Session) -> dict[UUID, str]:
    able = [role for role in Role if may(role, Permission.WORK_CASES)]
    query = select(User.id, User.name).where(User.active, User.role.in_(able))
    return {row.id: row.name for row in session.execute(query)}
