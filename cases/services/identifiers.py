"""The dated names of a person: added and ended by an officer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.errors import Invalid, NotFound, WrongState
from cases.models import Case, Identifier, Person
from cases.models.person import designation_of, fingerprint_of
from cases.queries.find_case import locked_case
from cases.rules.identifiers import Name, read_identifier
from cases.services.event_log import record_event, touch
from cases.vocabulary import Actor, CaseStatus, EventKind, IdentifierKind

# So many of her open cases get a line in their log; more than one or two is rare.
_MOST_LINES = 20


def add_identifier(session: Session, person: Person, text: str, *, by: Actor, now: datetime) -> Identifier:
    """This person can also be reached, or is known, by this name.

    Raises Invalid for what is no name, WrongState for a number that is another's now: persons who are one are
    merged, a number that changed hands is passed on.
    """
    name = read_identifier(text)
    if name is None:
        raise Invalid(
            "a phone number, a WhatsApp user id, an e-mail address or an @username", field="identifier"
        )
    value_hash = fingerprint_of(name)
    holder = current_holder(session, name)
    if holder is not None and holder.person_id == person.id:
        return holder
    if holder is not None:
        raise WrongState(
            "this identifier is somebody else's now",
            identifier="taken",
            holder=designation_of(holder.person_id),
        )
    identifier = Identifier(
        person_id=person.id, kind=name.kind, value=name.value, value_hash=value_hash, first_seen_at=now
    )
    session.add(identifier)
    session.flush()
    log_in_cases(
        session, person.id, EventKind.IDENTIFIER_ADDED, {"identifier": str(identifier.id)}, by=by, now=now
    )
    return identifier


def end_identifier(
    session: Session, person: Person, identifier_id: UUID, *, by: Actor, now: datetime
) -> Identifier:
    """From now on this name is no longer hers: nothing goes there, and who writes from it is somebody new."""
    identifier = session.get(Identifier, identifier_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if identifier is None or identifier.person_id != person.id:
        raise NotFound("there is no such identifier")
    if identifier.ended_at is not None:
        return identifier
    identifier.ended_at = now
    session.flush()
    log_in_cases(
        session, person.id, EventKind.IDENTIFIER_ENDED, {"identifier": str(identifier.id)}, by=by, now=now
    )
    return identifier


def record_person_seen(session: Session, person: Person, *, by: Actor, now: datetime) -> None:
    """Who looked at all of a person's cases at once: a line in each open one. It changes nothing that pages show."""
    for case in _open_cases(session, person.id):
        record_event(session, case, EventKind.PERSON_SEEN, by=by, now=now)


def current_holder(session: Session, name: Name) -> Identifier | None:
    """The row of whoever has this name now; usernames are nobody's alone."""
    if name.kind is IdentifierKind.USERNAME:
        return None
    query = select(Identifier).where(
        Identifier.value_hash == fingerprint_of(name),
        Identifier.ended_at.is_(None),
        Identifier.kind != IdentifierKind.USERNAME,
    )
    return session.scalar(query)


def log_in_cases(
    session: Session, person_id: UUID, kind: EventKind, data: dict[str, str], *, by: Actor, now: datetime
) -> None:
    """A line in each open case that this person reported."""
    for case in _open_cases(session, person_id):
        record_event(session, case, kind, by=by, now=now, data=data)
        touch(case, now=now)


def _open_cases(session: Session, person_id: UUID) -> Sequence[Case]:
    ids = session.scalars(
        select(Case.id)
        .where(Case.reporter_id == person_id, Case.status != CaseStatus.CLOSED)
        .order_by(Case.id)
        .limit(_MOST_LINES)
    ).all()
    return [locked_case(session, case_id) for case_id in ids]
