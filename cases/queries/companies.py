"""Employers, recruiters and P3MI, with what their cases add up to for the asker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, false, func, select, true, tuple_
from sqlalchemy.orm import Session, raiseload

from cases.errors import NotFound
from cases.models import Case, Company, CompanyMerge, CompanyName, Identifier, Party
from cases.queries.lists import Page
from cases.queries.visible import visible_cases
from cases.rules.access import Permission, may
from cases.rules.duplicates import company_name
from cases.rules.likeness import folded, is_like
from cases.rules.masking import masked_end
from cases.vocabulary import Actor, CaseStatus, PartyRole, Urgency

# Names are encrypted: those of so many companies, the last ones to be linked, are opened and compared in the process.
_OPENED = 2000
_MOST_FOUND = 20
_MOST_NAMES, _MOST_NUMBERS = 50, 20


@dataclass(frozen=True, slots=True)
class CompanyRow:
    """A company, and what the asker may know of its cases: how many, how many of these are open, and the highest
    urgency of an open one (None: none is open)."""

    company: Company
    open_cases: int
    all_cases: int
    urgency: Urgency | None


@dataclass(frozen=True, slots=True)
class CompanyFile:
    """What belongs to one company besides its cases: how it is written, its numbers with only their ends, merges
    into it that stand, and what it was merged into."""

    names: Sequence[str]
    numbers: Sequence[str]
    merges: Sequence[tuple[CompanyMerge, str]]
    merged_into: UUID | None


def list_companies(
    session: Session,
    *,
    by: Actor,
    limit: int,
    role: PartyRole | None = None,
    after: tuple[datetime, UUID] | None = None,
) -> Page[CompanyRow]:
    """Companies by when a case was linked last, in one statement; `after` is the last row of the last page."""
    query = _counted(by).where(_stands()).order_by(Company.last_case_at.desc(), Company.id.desc())
    if role is not None:
        query = query.where(Company.role == role)
    if after is not None:
        query = query.where(tuple_(Company.last_case_at, Company.id) < after)
    rows = session.execute(query.limit(limit + 1)).all()
    return Page([_row(found) for found in rows[:limit]], len(rows) > limit)


def company_row(session: Session, company_id: UUID, *, by: Actor) -> CompanyRow:
    """One company with its counts. Raises NotFound when there is none, or none the asker may know of."""
    found = session.execute(_counted(by).where(Company.id == company_id)).one_or_none()
    if found is None:
        raise NotFound("there is no such company")
    return _row(found)


def company_file(session: Session, company: Company) -> CompanyFile:
    """Names, numbers and merges: four statements."""
    names = (
        select(CompanyName.name)
        .where(CompanyName.company_id == company.id)
        .order_by(CompanyName.id)
        .limit(_MOST_NAMES)
    )
    numbers = (
        select(Identifier.value)
        .where(
            Identifier.ended_at.is_(None),
            Identifier.person_id.in_(
                select(Party.person_id).where(Party.company_id == company.id, Party.ended_at.is_(None))
            ),
        )
        .order_by(Identifier.id)
        .limit(_MOST_NUMBERS)
    )
    merges = (
        select(CompanyMerge, Company.name)
        .join(Company, Company.id == CompanyMerge.merged_id)
        .where(CompanyMerge.survivor_id == company.id, CompanyMerge.undone_at.is_(None))
        .order_by(CompanyMerge.merged_at.desc())
    )
    into = select(CompanyMerge.survivor_id).where(
        CompanyMerge.merged_id == company.id, CompanyMerge.undone_at.is_(None)
    )
    return CompanyFile(
        names=session.scalars(names).all(),
        numbers=list(dict.fromkeys(masked_end(value) for value in session.scalars(numbers))),
        merges=[(merge, name) for merge, name in session.execute(merges)],
        merged_into=session.scalar(into),
    )


def find_companies(
    session: Session, words: str, *, key: bytes | None, by: Actor, but: UUID | None = None
) -> list[CompanyRow]:
    """Companies called exactly so (`key`), over everything, and then those nearly so among the 2,000 linked last; at
    most 20, in three statements."""
    if not may(by.role, Permission.SEE_CASES):
        return []
    plain = company_name(words)
    wanted = folded(plain)
    exact = select(CompanyName.company_id).join(Company).where(CompanyName.name_key == key, _stands())
    ids = dict.fromkeys(session.scalars(exact.limit(_MOST_FOUND)).all() if key is not None else ())
    if wanted:
        latest = select(Company.id).where(_stands()).order_by(Company.last_case_at.desc()).limit(_OPENED)
        names = select(CompanyName.company_id, CompanyName.name).where(CompanyName.company_id.in_(latest))
        for company_id, name in session.execute(names):
            # Either way: one writes the town behind the name, the other does not.
            if is_like(wanted, name) or is_like(folded(company_name(name)), plain):
                ids.setdefault(company_id)
    chosen = [one for one in ids if one != but][:_MOST_FOUND]
    found = session.execute(_counted(by).where(Company.id.in_(chosen))).all()
    return sorted((_row(one) for one in found), key=lambda row: chosen.index(row.company.id))


def _stands() -> ColumnElement[bool]:
    """Not merged into another."""
    gone = select(CompanyMerge.id).where(
        CompanyMerge.merged_id == Company.id, CompanyMerge.undone_at.is_(None)
    )
    return ~gone.exists()


def _counted(by: Actor) -> Select[Company, int, int, str | None]:
    is_open = Case.status != CaseStatus.CLOSED
    linked = select(Party.case_id).where(Party.company_id == Company.id, Party.ended_at.is_(None))
    linked = linked.correlate(Company)
    # Beside each row of the page, as for incidents: a page costs its own cases only.
    counts = (
        select(
            func.count().filter(is_open).label("open_cases"),
            func.count().label("all_cases"),
            func.min(Case.urgency).filter(is_open).label("urgency"),
        )
        .where(Case.id.in_(linked), visible_cases(by))
        .lateral("counts")
    )
    may_know = true() if may(by.role, Permission.SEE_CASES) else false()
    return (
        select(Company, counts.c.open_cases, counts.c.all_cases, counts.c.urgency)
        .join(counts, true())
        .where(may_know)
        .options(raiseload("*"))
    )


def _row(found: Row[Company, int, int, str | None]) -> CompanyRow:
    company, open_cases, all_cases, urgency = found
    return CompanyRow(company, open_cases, all_cases, Urgency(urgency) if urgency else None)
