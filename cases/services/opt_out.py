"""STOP and START: a number that asks not to be written to is not written to, and somebody asks why it did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cases.models import Case, Identifier
from cases.services.event_log import record_event, touch
from cases.services.tasks import open_task
from cases.vocabulary import Actor, EventKind, TaskKind


def stop_contact(session: Session, case: Case, identifier: Identifier, *, by: Actor, now: datetime) -> bool:
    """Nothing more is sent to this number or id. The case stays, and a human is asked to find another way: who
    sends STOP may not be who holds the phone. False when it was stopped before."""
    if identifier.opted_out_at is not None:
        return False
    identifier.opted_out_at = now
    session.flush()
    record_event(session, case, EventKind.CONTACT_STOPPED, by=by, now=now)
    open_task(session, case, TaskKind.POSSIBLE_DURESS, by=by, now=now)
    open_task(session, case, TaskKind.WRITE_BY_OTHER_MEANS, by=by, now=now)
    touch(case, now=now)
    return True


def resume_contact(session: Session, case: Case, identifier: Identifier, *, by: Actor, now: datetime) -> bool:
    """START came from the number: what the contact plan allows may be sent again. False when nothing was stopped."""
    if identifier.opted_out_at is None:
        return False
    identifier.opted_out_at = None
    session.flush()
    record_event(session, case, EventKind.CONTACT_RESUMED, by=by, now=now)
    touch(case, now=now)
    return True
