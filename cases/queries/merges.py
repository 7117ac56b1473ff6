"""Which case went into which."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cases.models import Case, CaseFollower, CaseMerge, Person


def standing_merge(session: Session, case_id: UUID) -> CaseMerge | None:
    """The merge that made this case part of another one; None for a case of its own."""
    query = select(CaseMerge).where(CaseMerge.merged_id == case_id, CaseMerge.undone_at.is_(None))
    return session.scalar(query.options(joinedload(CaseMerge.survivor)))


def survivor_of(session: Session, case: Case) -> Case:
    """The case that this one's matter is handled in today: itself, or where it went, however many merges on."""
    seen = {case.id}
    while (merge := standing_merge(session, case.id)) is not None and merge.survivor_id not in seen:
        case = merge.survivor
        seen.add(case.id)
    return case


def cases_merged_into(session: Session, case: Case) -> Sequence[CaseMerge]:
    """The merges into this case that stand, the latest first, with the cases that went and who did it."""
    query = (
        select(CaseMerge)
        .where(CaseMerge.survivor_id == case.id, CaseMerge.undone_at.is_(None))
        .options(joinedload(CaseMerge.merged), joinedload(CaseMerge.merged_by))
        .order_by(CaseMerge.merged_at.desc())
    )
    return session.scalars(query).all()


def followers_of(session: Session, case: Case) -> Sequence[Person]:
    """Whose messages come to this case besides its reporter's."""
    query = (
        select(Person)
        .where(Person.id.in_(select(CaseFollower.person_id).where(CaseFollower.case_id == case.id)))
        .order_by(Person.id)
    )
    return session.scalars(query).all()
