"""Reading a case leaves a line in its log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cases.models import Case
from cases.services.event_log import record_event
from cases.vocabulary import Actor, EventKind


def record_reading(session: Session, case: Case, *, by: Actor, now: datetime) -> None:
    """Note who opened the (locked) case and when. Changes nothing that others see, so `version` stays."""
    record_event(session, case, EventKind.READ, by=by, now=now)
