"""Figures on cases for those who answer for the whole: one statement, groups of cases opened in a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from cases.models import Case, CaseMerge
from cases.vocabulary import CaseStatus

# Months are the ministry's, not UTC's.
HOME_ZONE = "Asia/Jakarta"


class CaseGrouping(StrEnum):
    """By what cases can be counted."""

    CATEGORY = "category"
    URGENCY = "urgency"
    COUNTRY = "country"
    STATUS = "status"
    SIDE = "side"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """Cases of one group that were opened in the period, and how many of these are closed now."""

    key: str | None
    opened: int
    closed: int

    @property
    def open(self) -> int:
        return self.opened - self.closed

    @property
    def follow_through(self) -> float | None:
        return self.closed / self.opened if self.opened else None


def count_cases(session: Session, by: CaseGrouping, *, start: datetime, end: datetime) -> list[CaseFigures]:
    """Cases opened from `start` up to, not including, `end`, by group in the order of their keys. One that was merged
    into another is the same matter, counted once: else merging would count as solving."""
    key = _key(by).label("key")
    query = (
        select(key, func.count(), func.count().filter(Case.status == CaseStatus.CLOSED))
        .where(Case.opened_at >= start, Case.opened_at < end, ~_is_merged())
        .group_by(key)
        .order_by(key)
    )
    return [CaseFigures(name, opened, closed) for name, opened, closed in session.execute(query)]


def _is_merged() -> ColumnElement[bool]:
    return exists().where(CaseMerge.merged_id == Case.id, CaseMerge.undone_at.is_(None))


def _key(by: CaseGrouping) -> ColumnElement[Any]:
    columns: dict[CaseGrouping, Any] = {
        CaseGrouping.CATEGORY: Case.leading_category,
        CaseGrouping.URGENCY: Case.urgency,
        CaseGrouping.COUNTRY: Case.country,
        CaseGrouping.STATUS: Case.status,
        CaseGrouping.SIDE: Case.side,
        CaseGrouping.MONTH: func.to_char(func.timezone(HOME_ZONE, Case.opened_at), "YYYY-MM"),
    }
    column: ColumnElement[Any] = columns[by]
    return column
