"""What a human does about a dead letter: send it once more, or settle it. Why is kept; nothing is sent twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE
from cases.errors import Invalid, NotFound, Unreachable, WrongState
from cases.jobs import Delivery as DeliveryJob
from cases.jobs import defer_deliveries, drop_failed_job, retry_failed_job
from cases.models import Case, DeadLetterAct, DutyContact, Identifier, Message, Task
from cases.queries.dead_letters import is_dead
from cases.queries.find_case import locked_case
from cases.rules.sending import Sending, is_too_old, priority_of
from cases.services.event_log import record_event, touch
from cases.services.outbox import outgoing_row
from cases.services.send_to_person import repeat_to_person
from cases.services.tasks import finish_task
from cases.vocabulary import Actor, DeadLetterKind, DeadLetterVerb, EventKind

LONGEST_REASON = 500


def replay_message(
    session: Session, message_id: UUID, *, sending: Sending, reason: str, by: Actor, now: datetime
) -> Message:
    """Write a dead message anew, in the place of the dead one, to the same address; it passes the gate again.

    A message has one successor at most, so doing it twice sends it once. Raises WrongState when it is not dead (any
    more), when its case is closed, or when its kind is too old to help; ContactForbidden and Unreachable as for a
    reply.
    """
    case, dead = _locked_dead(session, message_id)
    if is_too_old(sending, dead.kind, dead.created_at, now):
        raise WrongState("it is too old to help", too_old=True)
    if case is not None and not case.is_open:
        raise WrongState("the case is closed", status=case.status)
    if dead.identifier_id is not None:
        again = _to_person(session, case, dead, by=by, now=now)
    else:
        again = _to_contact(session, dead, now=now)
    _note(session, DeadLetterKind.MESSAGE, str(dead.id), DeadLetterVerb.REPLAYED, reason, by=by, now=now)
    _tell_case(session, case, dead, EventKind.MESSAGE_REPLAYED, reason=reason, by=by, now=now)
    return again


def settle_message(session: Session, message_id: UUID, *, reason: str, by: Actor, now: datetime) -> None:
    """Nothing more is to be sent: somebody has seen to it otherwise. Raises WrongState when it is not dead."""
    case, dead = _locked_dead(session, message_id)
    _note(session, DeadLetterKind.MESSAGE, str(dead.id), DeadLetterVerb.SETTLED, reason, by=by, now=now)
    _tell_case(session, case, dead, EventKind.MESSAGE_SETTLED, reason=reason, by=by, now=now)


def replay_job(session: Session, job_id: int, *, reason: str, by: Actor, now: datetime) -> None:
    """Put a failed job back in the queue. What it does, it does once: a message that was sent meanwhile is passed
    over. Raises WrongState when it has not failed."""
    if not retry_failed_job(session, job_id, now=now):
        raise WrongState("there is no such failed job")
    _note(session, DeadLetterKind.JOB, str(job_id), DeadLetterVerb.REPLAYED, reason, by=by, now=now)


def settle_job(session: Session, job_id: int, *, reason: str, by: Actor, now: datetime) -> None:
    """Drop a failed job. Messages that still wait get a job of their own from the worker, within minutes."""
    if not drop_failed_job(session, job_id):
        raise WrongState("there is no such failed job")
    _note(session, DeadLetterKind.JOB, str(job_id), DeadLetterVerb.SETTLED, reason, by=by, now=now)


def note_spooled(
    session: Session, name: str, verb: DeadLetterVerb, *, reason: str, by: Actor, now: datetime
) -> None:
    """Keep why a webhook that was set aside was put back, or laid by."""
    _note(session, DeadLetterKind.SPOOL, name, verb, reason, by=by, now=now)


def _locked_dead(session: Session, message_id: UUID) -> tuple[Case | None, Message]:
    case_id = session.execute(select(Message.case_id).where(Message.id == message_id)).one_or_none()
    if case_id is None:
        raise NotFound("there is no such message")
    case = locked_case(session, case_id[0]) if case_id[0] else None
    message = session.get_one(Message, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if not is_dead(session, message):
        raise WrongState("this message is not dead (any more)", delivery=str(message.delivery))
    return case, message


def _to_person(session: Session, case: Case | None, dead: Message, *, by: Actor, now: datetime) -> Message:
    identifier = session.get_one(Identifier, dead.identifier_id)
    if case is None or identifier.ended_at is not None:
        raise Unreachable("this number is somebody else's now")
    return repeat_to_person(session, case, dead, identifier, by=by, now=now)


def _to_contact(session: Session, dead: Message, *, now: datetime) -> Message:
    contact = session.get_one(DutyContact, dead.contact_id)
    if not contact.active:
        raise Unreachable("this contact is not on duty any more")
    row = outgoing_row(
        case_id=dead.case_id,
        kind=dead.kind,
        channel=dead.channel,
        now=now,
        contact_id=contact.id,
        wording=dead.wording or "",
        parameters=dead.parameters or {},
        language=dead.language or "id",
    )
    again = Message(**row, replaces_id=dead.id)
    session.add(again)
    session.flush()
    defer_deliveries(
        session,
        [DeliveryJob(contact.id, (again.id,), priority=priority_of(dead.kind, parameters=dead.parameters))],
    )
    return again


def _tell_case(
    session: Session,
    case: Case | None,
    dead: Message,
    kind: EventKind,
    *,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    if case is None:
        return
    record_event(session, case, kind, by=by, now=now, data={"message": str(dead.id), "explanation": reason})
    for task in session.scalars(select(Task).where(Task.message_id == dead.id, Task.done_at.is_(None))):
        finish_task(session, case, task, outcome=kind.value, by=by, now=now)
    touch(case, now=now)


def _note(
    session: Session,
    kind: DeadLetterKind,
    subject: str,
    verb: DeadLetterVerb,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    words = reason.strip()
    if not words or len(words) > LONGEST_REASON or "\x00" in words:
        raise Invalid("a reason is needed", field="reason")
    act = DeadLetterAct(kind=kind, subject=subject, verb=verb, reason=words, at=now, by_id=by.user_id)
    session.add(act)
    session.flush()
