"""Finding people, and what belongs to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import false, func, or_, select, text
from sqlalchemy.orm import Session, joinedload, selectinload

from cases.errors import NotFound
from cases.models import Case, ContactPlan, Identifier, Party, Person, PersonMerge
from cases.models.person import end_of_designation, fingerprint_of
from cases.queries.visible import visible_cases
from cases.rules.identifiers import read_identifier
from cases.vocabulary import Actor

MOST_FOUND = 20
MOST_CASES = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A person who was found; `was_theirs`: the name is somebody else's, or nobody's, by now."""

    person: Person
    open_cases: int
    cases: int
    was_theirs: bool


def find_persons(session: Session, words: str, *, by: Actor) -> list[Found]:
    """People by a number, WhatsApp user id, e-mail address, @username or designation (P-1A2B3C), also by names they
    had before; nobody for other words, or for who may not see cases. At most 20, who has the name now first."""
    end = end_of_designation(words)
    if end is not None:
        called_so = text("right(person.id::text, 6) = :ending").bindparams(ending=end)
        query = select(Person, false()).where(called_so).order_by(Person.id)
    else:
        name = read_identifier(words)
        if name is None:
            return []
        query = (
            select(Person, func.bool_and(Identifier.ended_at.is_not(None)))
            .join(Identifier, Identifier.person_id == Person.id)
            .where(Identifier.value_hash == fingerprint_of(name))
            .group_by(Person.id)
            .order_by(func.bool_and(Identifier.ended_at.is_not(None)), Person.id.desc())
        )
    query = query.where(visible_cases(by))
    rows = session.execute(query.limit(MOST_FOUND)).all()
    counts = _counts(session, [person.id for person, _ in rows])
    return [Found(person, *counts.get(person.id, (0, 0)), was_theirs=bool(ended)) for person, ended in rows]


def person_by_id(session: Session, person_id: UUID, *, by: Actor, lock: bool = False) -> Person:
    """The person, with identifiers, if the asker may see cases. Raises NotFound otherwise."""
    query = (
        select(Person)
        .where(Person.id == person_id, visible_cases(by))
        .options(selectinload(Person.identifiers))
        .execution_options(populate_existing=True)
    )
    person = session.scalar(query.with_for_update(of=Person, key_share=True) if lock else query)
    if person is None:
        raise NotFound("there is no such person")
    return person


@dataclass(frozen=True, slots=True)
class PersonFile:
    """What belongs to one person: cases they reported, the latest first, parts they have in others' cases, their
    contact plan, merges into them that stand, and whom they were merged into."""

    reported: Sequence[Case]
    more_reported: bool
    parts: Sequence[Party]
    plan: ContactPlan | None
    merges: Sequence[PersonMerge]
    merged_into: UUID | None


def person_file(session: Session, person: Person) -> PersonFile:
    """Read all of it: five statements, at most 50 cases and 50 parts."""
    reported = (
        select(Case)
        .where(Case.reporter_id == person.id)
        .options(joinedload(Case.owner))
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(MOST_CASES + 1)
    )
    parts = (
        select(Party)
        .where(Party.person_id == person.id, Party.ended_at.is_(None))
        .options(joinedload(Party.case))
        .order_by(Party.id.desc())
        .limit(MOST_CASES)
    )
    standing = PersonMerge.undone_at.is_(None)
    merges = select(PersonMerge).where(PersonMerge.survivor_id == person.id, standing)
    into = select(PersonMerge.survivor_id).where(PersonMerge.merged_id == person.id, standing)
    cases = session.scalars(reported).all()
    return PersonFile(
        reported=cases[:MOST_CASES],
        more_reported=len(cases) > MOST_CASES,
        parts=session.scalars(parts).all(),
        plan=session.get(ContactPlan, person.id),
        merges=session.scalars(merges.order_by(PersonMerge.merged_at.desc())).all(),
        merged_into=session.scalar(into),
    )


def related_cases(session: Session, case: Case, parties: Sequence[Party]) -> Sequence[Case]:
    """Other cases with one of this case's people in them, as reporter or as a party; the latest 20."""
    people = {case.reporter_id, *(party.person_id for party in parties)}
    as_party = select(Party.case_id).where(Party.person_id.in_(people), Party.ended_at.is_(None))
    query = (
        select(Case)
        .where(or_(Case.reporter_id.in_(people), Case.id.in_(as_party)), Case.id != case.id)
        .order_by(Case.opened_at.desc())
        .limit(MOST_FOUND)
    )
    return session.scalars(query).all()


def _counts(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    query = (
        select(Case.reporter_id, func.count().filter(Case.closed_at.is_(None)), func.count())
        .where(Case.reporter_id.in_(ids))
        .group_by(Case.reporter_id)
    )
    return {person_id: (opened, total) for person_id, opened, total in session.execute(query)}
