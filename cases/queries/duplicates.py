"""Cases that may be the same matter as a new one: found when somebody looks, in five statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, raiseload

from cases.models import Case, Message, NotDuplicate, Party
from cases.models.person import designation_of
from cases.queries.visible import visible_cases
from cases.rules.duplicates import COMPANIES, NEAR, Hint, Matter, compare, heaviest, is_new, weight
from cases.vocabulary import Actor, CaseStatus, Direction, HintKind

# Of a night with more cases than this in one country only the nearest in time are compared by their words.
_MOST_COMPARED = 200


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Another open case, and why it may be the same matter."""

    case: Case
    hints: tuple[Hint, ...]


def duplicates_of(
    session: Session, case: Case, parties: Sequence[Party], *, by: Actor, now: datetime
) -> list[Duplicate]:
    """At most five, the likeliest first; none for a case that is no longer new, nor those that somebody has looked at
    and found to be another matter."""
    if not is_new(case.status, case.opened_at, now):
        return []
    apart = _known_apart(session, case)
    hints = _by_people(session, case, parties, by=by)
    near = _near(session, case, set(hints), by=by)
    words = _first_words(session, [case.id, *(one.id for one in near)])
    mine = _matter(case, words)
    found = []
    for other in near:
        if other.id in apart:
            continue
        reasons = [*hints.get(other.id, []), *compare(mine, _matter(other, words))]
        found.append((weight(reasons), Duplicate(other, tuple(reasons))))
    return [one for one in heaviest(found) if isinstance(one, Duplicate)]


def _by_people(
    session: Session, case: Case, parties: Sequence[Party], *, by: Actor
) -> dict[UUID, list[Hint]]:
    """Cases with one of this case's people or companies in them."""
    companies = {party.person_id: party for party in parties if party.role in COMPANIES}
    keys = {party.name_key: party for party in companies.values() if party.name_key}
    people = {case.reporter_id, *(party.person_id for party in parties if party.role not in COMPANIES)}
    conditions: list[ColumnElement[bool]] = [Party.person_id.in_({*people, *companies})]
    if keys:
        conditions.append(Party.name_key.in_(list(keys)))
    shared = select(Party.case_id, Party.person_id, Party.role, Party.name_key).where(
        or_(*conditions), Party.ended_at.is_(None), Party.case_id != case.id
    )
    found: defaultdict[UUID, list[Hint]] = defaultdict(list)
    for case_id, person_id, role, key in session.execute(shared.limit(_MOST_COMPARED)):
        company = companies.get(person_id) or (keys.get(key) if key else None)
        if role in COMPANIES and company is not None:
            name = company.person.name or designation_of(company.person_id)
            _add(found[case_id], Hint(COMPANIES[role], name))
        elif person_id in people:
            _add(found[case_id], Hint(HintKind.SAME_PERSON, designation_of(person_id)))
    reported = select(Case.id, Case.reporter_id).where(
        Case.reporter_id.in_(people),
        Case.id != case.id,
        Case.status != CaseStatus.CLOSED,
        visible_cases(by),
    )
    for case_id, person_id in session.execute(reported.limit(_MOST_COMPARED)):
        _add(found[case_id], Hint(HintKind.SAME_PERSON, designation_of(person_id)))
    return found


def _add(hints: list[Hint], hint: Hint) -> None:
    if hint not in hints:
        hints.append(hint)


def _near(session: Session, case: Case, also: Iterable[UUID], *, by: Actor) -> Sequence[Case]:
    """Open cases of the same country and days, and those that are known to share somebody."""
    is_open = Case.status != CaseStatus.CLOSED
    nearby = (
        select(Case.id)
        .where(
            is_open,
            Case.country == case.country,
            Case.opened_at.between(case.opened_at - NEAR, case.opened_at + NEAR),
        )
        .order_by(Case.opened_at.desc())
        .limit(_MOST_COMPARED)
    )
    query = (
        select(Case)
        .where(
            visible_cases(by), is_open, Case.id != case.id, or_(Case.id.in_(nearby), Case.id.in_(list(also)))
        )
        .options(raiseload("*"))
    )
    return session.scalars(query).all()


def _first_words(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What each case began with, in one walk along the index of messages."""
    ids = select(Case.id).where(Case.id.in_(case_ids)).subquery()
    first = (
        select(Message.body)
        .where(Message.case_id == ids.c.id, Message.direction == Direction.IN)
        .order_by(Message.created_at, Message.id)
        .limit(1)
        .lateral()
    )
    rows = session.execute(select(ids.c.id, first.c.body).join_from(ids, first, first.c.body.is_not(None)))
    return {case_id: body for case_id, body in rows if body}


def _known_apart(session: Session, case: Case) -> set[UUID]:
    query = select(NotDuplicate).where(or_(NotDuplicate.case_id == case.id, NotDuplicate.other_id == case.id))
    return {one.other_id if one.case_id == case.id else one.case_id for one in session.scalars(query)}


def _matter(case: Case, words: dict[UUID, str]) -> Matter:
    return Matter(
        opened_at=case.opened_at,
        country=case.country,
        province_code=case.province_code,
        regency_code=case.regency_code,
        categories=tuple(case.categories),
        words=words.get(case.id, ""),
    )
