"""Who handles a case."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cases.errors import Invalid, WrongState
from cases.models import Case, User
from cases.rules.access import Permission, may
from cases.services.event_log import record_event, touch
from cases.services.lifecycle import give_owner
from cases.vocabulary import Actor, CaseStatus, EventKind


def assign_case(session: Session, case: Case, *, to: UUID, by: Actor, now: datetime) -> None:
    """Make a member of staff the owner of a locked, open case. One that nobody had becomes OPEN by it.

    Raises WrongState for a closed case, Invalid for somebody who cannot work cases. Assigning to the present
    owner changes nothing.
    """
    if case.status is CaseStatus.CLOSED:
        raise WrongState("a closed case has no owner", status=case.status)
    owner = session.get(User, to)
    if owner is None or not owner.active or not may(owner.role, Permission.WORK_CASES):
        raise Invalid("this person cannot work cases", field="owner")
    if case.owner_id == to:
        return
    give_owner(case, to, by=by, now=now)
    record_event(session, case, EventKind.ASSIGNED, by=by, now=now, data={"to": str(to)})
    touch(case, now=now)


def claim_case(session: Session, case: Case, *, by: Actor, now: datetime) -> None:
    """Take a locked case that nobody has. Raises WrongState, naming the owner, when somebody was first."""
    if by.user_id is None:
        raise Invalid("only a member of staff can take a case", field="owner")
    if case.owner_id is not None and case.owner_id != by.user_id:
        owner = session.get_one(User, case.owner_id)
        raise WrongState("somebody was first", owner=owner.name)
    assign_case(session, case, to=by.user_id, by=by, now=now)
