"""Two records that are one company, and back again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.errors import Forbidden, Invalid, NotFound, WrongState
from cases.models import Company, CompanyMerge, CompanyName, Party
from cases.rules.access import Permission, may
from cases.services.companies import merged_into
from cases.vocabulary import Actor

UNDO_WITHIN = timedelta(days=30)


def merge_companies(
    session: Session, survivor_id: UUID, merged_id: UUID, *, by: Actor, now: datetime
) -> CompanyMerge:
    """Give the names and the linked parties of one record to another, which keeps its own name. No case changes in
    anything else. Raises Invalid for one record twice, NotFound, WrongState when either was merged away already."""
    if survivor_id == merged_id:
        raise Invalid("these are one record already", field="with_company")
    if by.user_id is None or not may(by.role, Permission.WORK_CASES):
        raise Forbidden("only a member of staff who works cases may do this")
    companies = {one: _locked(session, one) for one in sorted({survivor_id, merged_id})}
    if any(merged_into(session, one) is not None for one in companies):
        raise WrongState("this record was merged into another", company="merged")
    moved: dict[str, Any] = {
        "parties": _move(session, Party, merged_id, survivor_id),
        "names": _move(session, CompanyName, merged_id, survivor_id),
    }
    survivor, merged = companies[survivor_id], companies[merged_id]
    survivor.last_case_at = max(survivor.last_case_at, merged.last_case_at)
    merge = CompanyMerge(
        survivor_id=survivor_id, merged_id=merged_id, moved=moved, merged_at=now, merged_by_id=by.user_id
    )
    session.add(merge)
    session.flush()
    return merge


def undo_company_merge(
    session: Session, survivor_id: UUID, merge_id: UUID, *, by: Actor, now: datetime
) -> CompanyMerge:
    """Give back what was moved, unless somebody linked it elsewhere since; what came to the survivor since stays there.

    Raises NotFound for a merge into another record, WrongState after 30 days, a second time, or when the survivor was
    merged on.
    """
    if by.user_id is None or not may(by.role, Permission.WORK_CASES):
        raise Forbidden("only a member of staff who works cases may do this")
    _locked(session, survivor_id)
    merge = session.get(CompanyMerge, merge_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if merge is None or merge.survivor_id != survivor_id:
        raise NotFound("there is no such merge")
    if merge.undone_at is not None or now - merge.merged_at > UNDO_WITHIN:
        raise WrongState("this merge can no longer be undone", merge="too_late")
    if merged_into(session, survivor_id) is not None:
        raise WrongState("undo the later merge first", company="merged")
    for model, ids in ((Party, merge.moved["parties"]), (CompanyName, merge.moved["names"])):
        back = update(model).where(model.id.in_([UUID(one) for one in ids]), model.company_id == survivor_id)
        session.execute(back.values(company_id=merge.merged_id).execution_options(synchronize_session=False))
    merge.undone_at, merge.undone_by_id = now, by.user_id
    session.flush()
    session.expire_all()
    return merge


def _move(session: Session, model: type[Any], source: UUID, target: UUID) -> list[str]:
    # In order of their ids, as everybody locks them.
    found = select(model.id).where(model.company_id == source).order_by(model.id)
    ids = session.scalars(found.with_for_update(key_share=True)).all()
    statement = update(model).where(model.id.in_(ids)).values(company_id=target)
    session.execute(statement.execution_options(synchronize_session=False))
    session.expire_all()
    return [str(one) for one in ids]


def _locked(session: Session, company_id: UUID) -> Company:
    company = session.get(Company, company_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if company is None:
        raise NotFound("there is no such company")
    return company
