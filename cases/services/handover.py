"""What one shift tells the next: a note, given by one member of staff to another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cases.database import NO_KEY_UPDATE
from cases.errors import Invalid, NotFound
from cases.models import Handover, User
from cases.rules.access import Permission, may
from cases.vocabulary import Actor

LONGEST_WORDS = 20_000
MOST_SHOWN = 20


def give_note(
    session: Session, *, to: UUID, since: datetime, words: str, by: Actor, now: datetime
) -> Handover:
    """Give a colleague a note. Raises Invalid for no words or too many, for oneself, and for somebody who cannot work
    cases."""
    text = words.replace("\r\n", "\n").strip()
    if not text or len(text) > LONGEST_WORDS or "\x00" in text:
        raise Invalid("a note needs words, at most 20,000 characters", field="body")
    if by.user_id is None or to == by.user_id:
        raise Invalid("a note goes to somebody else", field="owner")
    receiver = session.get(User, to)
    if receiver is None or not receiver.active or not may(receiver.role, Permission.WORK_CASES):
        raise Invalid("this person cannot work cases", field="owner")
    note = Handover(from_id=by.user_id, to_id=to, since=since, given_at=now, words=text, cases=[])
    session.add(note)
    session.flush()
    return note


def note_given_over(session: Session, note_id: UUID, references: Sequence[str]) -> None:
    """Which cases really went over with the note."""
    session.get_one(Handover, note_id, with_for_update=NO_KEY_UPDATE).cases = list(references)


def mark_seen(session: Session, note_id: UUID, *, by: Actor, now: datetime) -> None:
    """Whoever got the note has read it. Raises NotFound for somebody else's; reading twice changes nothing."""
    note = session.get(Handover, note_id, with_for_update=NO_KEY_UPDATE)
    if note is None or note.to_id != by.user_id:
        raise NotFound("there is no such note")
    note.seen_at = note.seen_at or now


def notes_for(session: Session, user_id: UUID | None, *, unseen: bool = False) -> Sequence[Handover]:
    """The latest notes given to somebody."""
    query = select(Handover).where(Handover.to_id == user_id).options(joinedload(Handover.giver))
    if unseen:
        query = query.where(Handover.seen_at.is_(None))
    return session.scalars(query.order_by(Handover.given_at.desc(), Handover.id).limit(MOST_SHOWN)).all()


def notes_by(session: Session, user_id: UUID | None) -> Sequence[Handover]:
    """The latest notes that somebody gave."""
    query = select(Handover).where(Handover.from_id == user_id).options(joinedload(Handover.receiver))
    return session.scalars(query.order_by(Handover.given_at.desc(), Handover.id).limit(MOST_SHOWN)).all()
