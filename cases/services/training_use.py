"""The person's consent that the masked words of a case may teach the triage (domain brief 5.2: default closed)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cases.errors import Invalid
from cases.models import Case
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, EventKind


def record_training_use(session: Session, case: Case, *, allowed: bool, by: Actor, now: datetime) -> None:
    """Write down that the person gave or withdrew this consent; the newest line counts, the log keeps all.

    Raises Invalid unless a member of staff says so: a machine hears no consent.
    """
    if by.user_id is None:
        raise Invalid("only a member of staff records consent", field="author")
    record_event(session, case, EventKind.TRAINING_USE, by=by, now=now, data={"allowed": allowed})
    touch(case, now=now)
