"""How urgent a case is: the machine may raise it, only a human lowers it, with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cases.errors import Forbidden, Invalid, WrongState
from cases.models import Case
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, ActorKind, CaseStatus, EventKind, Urgency


def change_urgency(
    session: Session, case: Case, urgency: Urgency, *, reason: str, by: Actor, now: datetime
) -> bool:
    """Set the urgency of a locked, open case; False when it has it already.

    Raises Forbidden when a machine would lower it, Invalid when a human gives no reason.
    """
    if case.status is CaseStatus.CLOSED:
        raise WrongState("the case is closed", status=case.status)
    if urgency is case.urgency:
        return False
    if by.kind is not ActorKind.USER and case.urgency.is_above(urgency):
        raise Forbidden("only a human lowers the urgency of a case")
    words = reason.strip()
    if by.kind is ActorKind.USER and not words:
        raise Invalid("a reason is needed", field="reason")
    data = {"from": case.urgency.value, "to": urgency.value, "reason": words[:2000]}
    case.urgency = urgency
    record_event(session, case, EventKind.URGENCY_CHANGED, by=by, now=now, data=data)
    touch(case, now=now)
    return True
