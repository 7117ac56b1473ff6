"""The one gate to a person: nothing is written to her, and nothing is sent, that her contact plan forbids.

Every message to a person is made by `send_to_person` and judged there; it is judged again at the moment of
sending (`cases.services.outbox.begin_attempt`), for between the two she may have written STOP. What the gate
holds back stays as a row that says why, and becomes a task for a human.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.database import NO_KEY_UPDATE, new_id
from cases.errors import ContactForbidden, NotFound, Unreachable, WrongState
from cases.jobs import Delivery as DeliveryJob
from cases.jobs import defer_deliveries
from cases.models import Case, ContactPlan, Identifier, Message, Task
from cases.rules.contact_safety import ANSWERS_WITHIN, Destination, Verdict, judge_contact
from cases.rules.sending import priority_of
from cases.services.contact import plan_of
from cases.services.event_log import record_event, touch
from cases.services.parties import disclosure_to_reporter
from cases.services.tasks import finish_task, open_task
from cases.vocabulary import (
    WRITABLE_CHANNELS,
    Actor,
    Channel,
    Delivery,
    Direction,
    Disclosure,
    EventKind,
    HoldReason,
    IdentifierKind,
    MessageKind,
    Purpose,
    TaskKind,
)

NOT_WRITABLE = (IdentifierKind.EMAIL, IdentifierKind.USERNAME)


def send_to_person(
    session: Session,
    case: Case,
    *,
    kind: MessageKind,
    purpose: Purpose,
    by: Actor,
    now: datetime,
    body: str | None = None,
    wording: str | None = None,
    parameters: dict[str, Any] | None = None,
    language: str | None = None,
    to: tuple[Identifier, Channel] | None = None,
    replaces: Message | None = None,
    tells_nothing: bool = False,
) -> Message:
    """Write a message to the reporter of a locked case, and its job: on the channel she used last, or `to` another.

    An officer's words (Purpose.REPLY) that the gate holds are refused: ContactForbidden tells why, nothing is
    written. So are free words to a reporter who may learn nothing of the worker, unless the officer says that
    they tell nothing of her (`tells_nothing`). What the machine says, and what is said to many at once (NOTICE), is
    written HELD instead, with a task.
    Outside the safe hours both wait for the next one. Raises Unreachable when there is no address.
    """
    identifier, channel = to or last_address(session, case)
    # What replaces a message says the words that passed here before.
    if purpose is Purpose.REPLY and body is not None and not tells_nothing and replaces is None:
        _refuse_to_tell(session, case)
    verdict = judge(session, identifier, channel, purpose=purpose, body=body, now=now)
    if (
        purpose is Purpose.NOTICE
        and body is not None
        and not verdict.is_held
        and disclosure_to_reporter(session, case) is Disclosure.NOTHING
    ):
        verdict = Verdict(HoldReason.NOT_FOR_PROXY)
    if verdict.is_held and purpose is Purpose.REPLY:
        raise refusal(verdict)
    message = Message(
        id=new_id(),
        case_id=case.id,
        direction=Direction.OUT,
        kind=kind,
        channel=channel,
        identifier_id=identifier.id,
        author_id=replaces.author_id if replaces else by.user_id,
        replaces_id=replaces.id if replaces else None,
        body=body,
        purpose=purpose,
        wording=wording,
        parameters=parameters,
        language=language or _language_of(session, case),
        created_at=now,
        delivery=Delivery.WAITING,
        next_attempt_at=verdict.until or now,
    )
    session.add(message)
    data = {"message": str(message.id), "kind": kind.value}
    record_event(session, case, EventKind.MESSAGE_QUEUED, by=by, now=now, data=data)
    touch(case, now=now)
    if verdict.is_held:
        hold(session, case, message, verdict, by=by, now=now, is_new=True)
    else:
        session.flush()
        job = DeliveryJob(
            identifier.id,
            (message.id,),
            priority=priority_of(kind, purpose=purpose),
            not_before=verdict.until,
        )
        defer_deliveries(session, [job])
    return message


def repeat_to_person(
    session: Session, case: Case, said: Message, identifier: Identifier, *, by: Actor, now: datetime
) -> Message:
    """Say what a message said once more, to the same address on the same channel, through the gate as it is now."""
    return send_to_person(
        session,
        case,
        kind=said.kind,
        purpose=said.purpose or Purpose.NOTICE,
        body=said.body if said.wording is None else None,
        wording=said.wording,
        parameters=said.parameters,
        language=said.language,
        to=(identifier, said.channel),
        replaces=said,
        by=by,
        now=now,
    )


def _refuse_to_tell(session: Session, case: Case) -> None:
    if disclosure_to_reporter(session, case) is Disclosure.NOTHING:
        raise refusal(Verdict(HoldReason.NOT_FOR_PROXY))


def judge(
    session: Session,
    identifier: Identifier,
    channel: Channel,
    *,
    purpose: Purpose,
    body: str | None,
    now: datetime,
    message_id: UUID | None = None,
) -> Verdict:
    """Ask the gate about one message to one identifier, as things stand now."""
    destination = Destination(
        channel=channel,
        opted_out=identifier.opted_out_at is not None,
        in_doubt=identifier.doubted_at is not None,
        passed_on=identifier.ended_at is not None,
        answers_lately=_answers_lately(session, identifier.id, now, message_id)
        if purpose is Purpose.ANSWER
        else 0,
    )
    plan = plan_of(session, identifier.person_id)
    return judge_contact(plan, destination, purpose=purpose, body=body, now=now)


def hold(
    session: Session,
    case: Case,
    message: Message,
    verdict: Verdict,
    *,
    by: Actor,
    now: datetime,
    is_new: bool = False,
) -> None:
    """Keep a message of a locked case back and ask a human."""
    message.delivery = Delivery.HELD
    message.hold_reason = verdict.reason
    message.next_attempt_at = None
    data = {"message": str(message.id), "reason": str(verdict.reason)}
    record_event(session, case, EventKind.MESSAGE_HELD, by=by, now=now, data=data)
    open_task(
        session,
        case,
        TaskKind.DECIDE_HELD_MESSAGE,
        message_id=message.id,
        reason=verdict.reason,
        of_new_message=is_new,
        by=by,
        now=now,
    )


def release_message(session: Session, case: Case, message_id: UUID, *, by: Actor, now: datetime) -> Message:
    """An officer sends a held message after all, and answers for it as for a reply of their own.

    Raises ContactForbidden when the plan still forbids it, WrongState when it is not held.
    """
    message = _held(session, case, message_id)
    identifier = session.get_one(Identifier, message.identifier_id)
    verdict = judge(session, identifier, message.channel, purpose=Purpose.REPLY, body=message.body, now=now)
    if verdict.is_held:
        raise refusal(verdict)
    message.delivery, message.hold_reason = Delivery.WAITING, None
    message.purpose, message.author_id = Purpose.REPLY, by.user_id
    message.next_attempt_at = verdict.until or now
    data = {"message": str(message.id)}
    record_event(session, case, EventKind.MESSAGE_RELEASED, by=by, now=now, data=data)
    _finish_task_of(session, case, message, outcome="released", by=by, now=now)
    priority = priority_of(message.kind, purpose=Purpose.REPLY)
    defer_deliveries(
        session, [DeliveryJob(identifier.id, (message.id,), priority=priority, not_before=verdict.until)]
    )
    return message


def cancel_message(session: Session, case: Case, message_id: UUID, *, by: Actor, now: datetime) -> None:
    """A held message is not sent. Raises WrongState when it is not held."""
    message = _held(session, case, message_id)
    message.delivery = Delivery.CANCELLED
    data = {"message": str(message.id)}
    record_event(session, case, EventKind.MESSAGE_CANCELLED, by=by, now=now, data=data)
    _finish_task_of(session, case, message, outcome="cancelled", by=by, now=now)


def refusal(verdict: Verdict) -> ContactForbidden:
    """The gate's answer as an error that faces can explain."""
    return ContactForbidden(
        "the contact plan does not allow this message", reason=str(verdict.reason), words=verdict.words
    )


def last_address(session: Session, case: Case) -> tuple[Identifier, Channel]:
    """Where the reporter wrote from last, and never where somebody else did whose case was merged into hers; for whom
    nothing can be sent to, raises Unreachable."""
    query = (
        select(Message.channel, Identifier)
        .join(Identifier, Identifier.id == Message.identifier_id)
        .where(
            Message.case_id == case.id,
            Message.direction == Direction.IN,
            Identifier.person_id == case.reporter_id,
            Identifier.ended_at.is_(None),
            Identifier.kind.not_in(NOT_WRITABLE),
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
    )
    last = session.execute(query).first()
    if last is None:
        raise Unreachable("there is no address to which a reply could go")
    channel, identifier = last
    way = answerable(identifier, channel)
    if way is None:
        raise Unreachable("a WhatsApp user id can only be written to on WhatsApp")
    return identifier, way


def answerable(identifier: Identifier, channel: Channel) -> Channel | None:
    """On which channel somebody is answered who came by this one; None where there is none. Who called, or whom an
    officer wrote down by their number, is answered by SMS."""
    if identifier.kind is IdentifierKind.BSUID and channel is not Channel.WHATSAPP:
        return None
    return channel if channel in WRITABLE_CHANNELS else Channel.SMS


def _language_of(session: Session, case: Case) -> str:
    """The language she asked for, or else the one she wrote in."""
    plan = session.get(ContactPlan, case.reporter_id)
    return (plan.language if plan else None) or case.language


def _answers_lately(session: Session, identifier_id: UUID, now: datetime, message_id: UUID | None) -> int:
    query = select(func.count()).where(
        Message.identifier_id == identifier_id,
        Message.purpose == Purpose.ANSWER,
        Message.delivery != Delivery.HELD,
        Message.created_at > now - ANSWERS_WITHIN,
    )
    if message_id is not None:
        query = query.where(Message.id != message_id)
    return session.scalar(query) or 0


def _held(session: Session, case: Case, message_id: UUID) -> Message:
    message = session.get(Message, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if message is None or message.case_id != case.id:
        raise NotFound("there is no such message")
    if message.delivery is not Delivery.HELD:
        raise WrongState("this message is not held back", delivery=str(message.delivery))
    return message


def _finish_task_of(
    session: Session, case: Case, message: Message, *, outcome: str, by: Actor, now: datetime
) -> None:
    query = select(Task).where(Task.message_id == message.id, Task.done_at.is_(None))
    for task in session.scalars(query):
        finish_task(session, case, task, outcome=outcome, by=by, now=now)
    touch(case, now=now)
