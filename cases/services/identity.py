"""Who a number belongs to: doubting, confirming, passing on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.errors import NotFound, WrongState
from cases.models import Case, Identifier, Person, Task
from cases.models.person import designation_of
from cases.rules.phone_numbers import country_of_number
from cases.services.event_log import record_event, touch
from cases.services.tasks import finish_task, open_task
from cases.vocabulary import Actor, Doubt, EventKind, IdentifierKind, TaskKind


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What became of a number that is somebody else's now: their person, their row for each row that ended, and from
    when on it was them who wrote (None: nobody doubted it before)."""

    person: Person
    rows: dict[UUID, UUID]
    since: datetime | None


def doubt_identifier(
    session: Session,
    case: Case,
    identifier: Identifier,
    doubt: Doubt,
    *,
    by: Actor,
    now: datetime,
    since: datetime | None = None,
) -> bool:
    """From here on nothing but an officer's neutral words goes there, and an officer is asked who it is. `since`: when
    the message was sent that may be somebody else's, where that is not now. False when it was in doubt already."""
    if identifier.doubted_at is not None:
        return False
    identifier.doubted_at, identifier.doubt = since or now, doubt
    session.flush()
    data = {"identifier": str(identifier.id), "doubt": doubt.value}
    record_event(session, case, EventKind.IDENTIFIER_DOUBTED, by=by, now=now, data=data)
    open_task(session, case, TaskKind.CONFIRM_IDENTIFIER, by=by, now=now)
    touch(case, now=now)
    return True


def confirm_identifier(
    session: Session, case: Case, identifier: Identifier, *, by: Actor, now: datetime
) -> bool:
    """It is still hers: an officer says so, or the safe word came from it. False when there was no doubt."""
    if identifier.doubted_at is None:
        return False
    identifier.doubted_at, identifier.doubt = None, None
    session.flush()
    data = {"identifier": str(identifier.id)}
    record_event(session, case, EventKind.IDENTIFIER_CONFIRMED, by=by, now=now, data=data)
    _finish_question(session, case, outcome="confirmed", by=by, now=now)
    return True


def pass_on_identifier(
    session: Session, case: Case, identifier: Identifier, *, by: Actor, now: datetime
) -> PassedOn:
    """The number belongs to somebody else now: it ends for this person and begins for a new one, of whom nothing
    is known. WhatsApp ids that came with it since the doubt go along.

    Nothing is sent to the row that ended. Raises WrongState for a number that ended before.
    """
    if identifier.ended_at is not None:
        raise WrongState("this number has been passed on before")
    person = Person(country=country_of_number(identifier.value), created_at=now)
    session.add(person)
    session.flush()
    rows: dict[UUID, UUID] = {}
    for row in [identifier, *_came_with(session, identifier)]:
        row.ended_at = now
        # The old row ends before the new one begins: a value is one person's at a time.
        session.flush()
        fresh = Identifier(
            person_id=person.id,
            kind=row.kind,
            value=row.value,
            value_hash=row.value_hash,
            first_seen_at=now,
            opted_out_at=row.opted_out_at,
        )
        session.add(fresh)
        session.flush()
        rows[row.id] = fresh.id
    data = {"identifier": str(identifier.id), "to": designation_of(person.id)}
    record_event(session, case, EventKind.IDENTIFIER_PASSED_ON, by=by, now=now, data=data)
    _finish_question(session, case, outcome="passed_on", by=by, now=now)
    return PassedOn(person, rows, identifier.doubted_at)


def identifier_of(session: Session, case: Case, identifier_id: object) -> Identifier:
    """An identifier of the case's reporter, locked. Raises NotFound for another's."""
    identifier = session.get(Identifier, identifier_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if identifier is None or identifier.person_id != case.reporter_id:
        raise NotFound("there is no such identifier")
    return identifier


def _came_with(session: Session, identifier: Identifier) -> list[Identifier]:
    if identifier.doubted_at is None:
        return []
    query = select(Identifier).where(
        Identifier.person_id == identifier.person_id,
        Identifier.kind == IdentifierKind.BSUID,
        Identifier.ended_at.is_(None),
        Identifier.first_seen_at >= identifier.doubted_at,
    )
    return list(session.scalars(query))


def _finish_question(session: Session, case: Case, *, outcome: str, by: Actor, now: datetime) -> None:
    query = select(Task).where(
        Task.case_id == case.id, Task.kind == TaskKind.CONFIRM_IDENTIFIER, Task.done_at.is_(None)
    )
    for task in session.scalars(query):
        finish_task(session, case, task, outcome=outcome, by=by, now=now)
    touch(case, now=now)
