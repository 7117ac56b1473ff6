"""What was done along the path of a case."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid, StaleVersion
from cases.models import Case, PathStep
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, EventKind, PathStepState

LONGEST_NOTE = 2000


def set_path_step(
    session: Session,
    case: Case,
    step: str,
    state: PathStepState,
    *,
    note: str | None = None,
    version: int,
    by: Actor,
    now: datetime,
) -> PathStep:
    """Say how one line of a locked case stands; `note` None: as it was. `step` is one that there is: whoever calls has
    looked. Raises StaleVersion when it was changed since `version` was read (0: nobody has said anything), Invalid for
    a note that is too long."""
    if by.user_id is None:
        raise Invalid("only a member of staff says so", field="author")
    if note is not None and (len(note) > LONGEST_NOTE or "\x00" in note):
        raise Invalid("is too long", field="note")
    line = path_step_of(session, case, step)
    if (line.version if line else 0) != version:
        raise StaleVersion("this line was changed in the meantime", version=line.version if line else 0)
    before = line.state if line else None
    if line is None:
        line = PathStep(
            case_id=case.id, step=step, state=state, changed_at=now, changed_by_id=by.user_id, version=0
        )
        session.add(line)
    line.state, line.changed_at, line.changed_by_id = state, now, by.user_id
    line.note = line.note if note is None else note.strip() or None
    line.version += 1
    session.flush()
    data = {"step": step, "from": before.value if before else None, "to": state.value}
    record_event(session, case, EventKind.PATH_STEP_CHANGED, by=by, now=now, data=data)
    touch(case, now=now)
    return line


def path_step_of(session: Session, case: Case, step: str) -> PathStep | None:
    """What was said of one line of a locked case."""
    query = select(PathStep).where(
        PathStep.case_id == case.id, PathStep.step == step, PathStep.ended_at.is_(None)
    )
    return session.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))


def path_steps(session: Session, case: Case) -> dict[str, PathStep]:
    """What was said of each line, by key."""
    query = select(PathStep).where(PathStep.case_id == case.id, PathStep.ended_at.is_(None))
    return {line.step: line for line in session.scalars(query)}
