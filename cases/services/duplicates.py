"""An officer looked at two cases that seemed one, and they are two."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from cases.errors import Invalid
from cases.models import Case, NotDuplicate
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, EventKind


def say_not_the_same(session: Session, case: Case, other: Case, *, by: Actor, now: datetime) -> None:
    """Remember it for both, so that neither page hints at the other again; the locked case's log says so. Saying it
    twice changes nothing. Raises Invalid for one case twice."""
    if by.user_id is None or case.id == other.id:
        raise Invalid("two cases are needed, and a member of staff", field="with_case")
    low, high = sorted((case.id, other.id))
    statement = insert(NotDuplicate).values(case_id=low, other_id=high, said_at=now, said_by_id=by.user_id)
    said = session.execute(statement.on_conflict_do_nothing().returning(NotDuplicate.case_id)).first()
    if said is None:
        return
    record_event(session, case, EventKind.NOT_DUPLICATE, by=by, now=now, data={"case": other.reference})
    touch(case, now=now)
