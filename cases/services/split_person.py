"""One person who turns out to be two: an officer says which names and cases are the other's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import Invalid, NotFound
from cases.models import Case, ContactPlan, Identifier, Party, Person
from cases.models.person import designation_of
from cases.queries.find_case import locked_case
from cases.queries.sender import hold_persons
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, ContactPermission, EventKind, PhoneHolder


def split_person(
    session: Session,
    person_id: UUID,
    *,
    identifiers: Iterable[UUID],
    cases: Iterable[UUID],
    by: Actor,
    now: datetime,
) -> Person:
    """Make a new person of some identifiers and some cases; to undo it, merge the new person back.

    Messages stay in the cases they came to. The new person's contact plan is as strict as the old one, without its
    secret words, hours and stories: they were given by one of the two, and we do not know by which. Raises Invalid
    when nothing, or everything, would go, NotFound for what is not this person's.
    """
    hold_persons(session, person_id)
    wanted, wanted_cases = sorted(set(identifiers)), sorted(set(cases))
    if not wanted:
        raise Invalid("choose at least one number or id of the other person", field="identifiers")
    # No message of hers comes in meanwhile; and cases before numbers, as everybody locks.
    hold_persons(session, person_id)
    moved = [locked_case(session, case_id) for case_id in wanted_cases]
    if any(case.reporter_id != person_id for case in moved):
        raise NotFound("there is no such case")
    mine = session.scalars(
        select(Identifier)
        .where(Identifier.person_id == person_id)
        .order_by(Identifier.id)
        .with_for_update(key_share=True)
    ).all()
    by_id = {identifier.id: identifier for identifier in mine}
    if set(wanted) - set(by_id):
        raise NotFound("there is no such identifier")
    if not {one.id for one in mine if one.ended_at is None} - set(wanted):
        raise Invalid("one current number or id must stay", field="identifiers")
    other = Person(country=None, created_at=now)
    session.add(other)
    session.flush()
    for identifier_id in wanted:
        by_id[identifier_id].person_id = other.id
    for case in moved:
        case.reporter_id = other.id
    _move_parts(session, person_id, other.id, moved)
    _copy_plan(session, person_id, other.id, now=now)
    session.flush()
    data = {"from": designation_of(person_id), "to": designation_of(other.id)}
    for case in moved:
        record_event(session, case, EventKind.PERSON_SPLIT, by=by, now=now, data=data)
        touch(case, now=now)
    return other


def _move_parts(session: Session, person_id: UUID, other_id: UUID, cases: Iterable[Case]) -> None:
    """The person's own parts in the cases that go, go along."""
    ids = [case.id for case in cases]
    if not ids:
        return
    for party in session.scalars(select(Party).where(Party.person_id == person_id, Party.case_id.in_(ids))):
        party.person_id = other_id


def _copy_plan(session: Session, person_id: UUID, other_id: UUID, *, now: datetime) -> None:
    plan = session.get(ContactPlan, person_id)
    if plan is None:
        return

    def strict(permission: ContactPermission) -> ContactPermission:
        # What one of the two allowed, the other has not.
        return ContactPermission.UNKNOWN if permission is ContactPermission.ALLOWED else permission

    session.add(
        ContactPlan(
            person_id=other_id,
            holder=PhoneHolder.UNKNOWN,
            reply=strict(plan.reply),
            call=strict(plan.call),
            voice_note=strict(plan.voice_note),
            family=strict(plan.family),
            signs=list(plan.signs),
            updated_at=now,
        )
    )
