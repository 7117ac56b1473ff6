"""What the worker needs, and how far it is met."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid, StaleVersion
from cases.models import Case, CaseNeed
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, EventKind, NeedKind, NeedState

LONGEST_NOTE = 2000


def set_need(
    session: Session,
    case: Case,
    kind: NeedKind,
    state: NeedState,
    *,
    note: str | None = None,
    version: int,
    by: Actor,
    now: datetime,
) -> CaseNeed:
    """Say how one need of a locked case stands; `note` None: as it was. Raises StaleVersion when it was changed since
    `version` was read (0: there was none), Invalid for a note that is too long."""
    if by.user_id is None:
        raise Invalid("only a member of staff says so", field="author")
    if note is not None and (len(note) > LONGEST_NOTE or "\x00" in note):
        raise Invalid("is too long", field="note")
    need = need_of(session, case, kind)
    if (need.version if need else 0) != version:
        raise StaleVersion("this need was changed in the meantime", version=need.version if need else 0)
    before = need.state if need else None
    if need is None:
        need = CaseNeed(
            case_id=case.id,
            kind=kind,
            state=state,
            noted_at=now,
            changed_at=now,
            changed_by_id=by.user_id,
            version=0,
        )
        session.add(need)
    need.state, need.changed_at, need.changed_by_id = state, now, by.user_id
    need.note = need.note if note is None else note.strip() or None
    need.version += 1
    session.flush()
    data = {"need": kind.value, "from": before.value if before else None, "to": state.value}
    record_event(session, case, EventKind.NEED_CHANGED, by=by, now=now, data=data)
    touch(case, now=now)
    return need


def need_of(session: Session, case: Case, kind: NeedKind) -> CaseNeed | None:
    """The row of one need of a locked case, if anybody has said anything of it."""
    query = select(CaseNeed).where(
        CaseNeed.case_id == case.id, CaseNeed.kind == kind, CaseNeed.ended_at.is_(None)
    )
    return session.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))
