"""What a case's worker needs."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Case, CaseNeed
from cases.vocabulary import NeedKind


def needs_by_kind(session: Session, case: Case) -> Mapping[NeedKind, CaseNeed]:
    """What is known of each need, in one statement."""
    query = select(CaseNeed).where(CaseNeed.case_id == case.id, CaseNeed.ended_at.is_(None))
    return {need.kind: need for need in session.scalars(query)}
