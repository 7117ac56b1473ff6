"""A message that failed takes the next way: another channel, then another person. Never silence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from cases.database import NO_KEY_UPDATE
from cases.errors import ContactForbidden
from cases.models import Agency, Case, DutyContact, Event, Identifier, Message, PartnerEndpoint, Task
from cases.queries.find_case import locked_case
from cases.rules.contact_safety import narrowed
from cases.rules.phone_numbers import country_of_number
from cases.rules.reach import next_way_to_contact, other_way
from cases.rules.sending import priority_of
from cases.services.contact import plan_of
from cases.services.event_log import CaseLog, record_event, touch
from cases.services.opt_out import stop_contact
from cases.services.outbox import OPTED_OUT, OUTSIDE_WINDOW, last_on_whatsapp, outgoing_row
from cases.services.partner_endpoints import GONE, close_endpoint
from cases.services.questioning import end_questions
from cases.services.send_to_person import repeat_to_person, send_to_person
from cases.services.tasks import open_task
from cases.services.templates import approved_template
from cases.vocabulary import (
    MACHINE,
    AgencyKind,
    Channel,
    ContactPermission,
    Delivery,
    EventKind,
    HoldReason,
    MessageKind,
    PageKind,
    Purpose,
    TaskKind,
    Urgency,
)
from escalation.models import Page
from escalation.queries.on_call import SUPERVISOR_LEVEL, OnCall, contacts_of_agencies
from escalation.services.act import Act
from escalation.services.load_reach import load_reach
from escalation.services.paging import add_page
from escalation.services.ring_for_duress import ring_for_duress

_WRITTEN_WAYS = (Channel.WHATSAPP, Channel.SMS)
# A call wakes whoever sleeps; it is made to duty phones alone.
_WAYS_OF_A_PAGE = (*_WRITTEN_WAYS, Channel.CALL)
_FAILED = frozenset({Delivery.FAILED, Delivery.UNDELIVERED})
# A nudge that does not arrive is missed by nobody: it was only to keep a window open.
_NOT_MISSED = frozenset({MessageKind.NUDGE})
# Of these a human must hear when they waited too long to be sent; the others are overtaken by what followed.
_MISSED = frozenset({MessageKind.REPLY, MessageKind.NEUTRAL_REPLY, MessageKind.REFERRAL, MessageKind.UPDATE})
# The same news wakes nobody for a question about a passport: there it is a task.
_RING_AT = frozenset({Urgency.U1, Urgency.U2})
# HTTP's word of a machine for "never again".
_GONE = 410
# An answer to a command is of no use in a mailbox.
_BY_EMAIL = frozenset({MessageKind.PAGE, MessageKind.REFERRAL})


def walk_on(session: Session, message_id: UUID, *, now: datetime) -> None:
    """Find another way for a message that ended without arriving; in the caller's transaction, and only once.

    To a person: an approved greeting where WhatsApp's window is shut, the other channel of her number, through the
    gate; else a task. To a duty contact: the other channel of their phone, for a page a call, then e-mail; when the
    phone has failed a page rings the supervisors of the duty room, and when all has failed a task stays with the
    case. One that waits to go once more the same way (`cases.services.same_way`) goes when its time has come.
    """
    found = session.execute(
        select(Message.case_id, Message.delivery, Message.hold_reason).where(Message.id == message_id)
    ).one_or_none()
    if found is None or found.case_id is None:
        return
    if found.delivery is Delivery.CANCELLED and found.hold_reason is HoldReason.TOO_OLD:
        _tell_if_missed(session, message_id, case_id=found.case_id, now=now)
        return
    if found.delivery not in _FAILED:
        return
    case = locked_case(session, found.case_id)
    message = session.get_one(Message, message_id, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if message.delivery not in _FAILED:
        return
    again_at = message.next_attempt_at
    if _is_replaced(session, message):
        message.next_attempt_at = None
        return
    if again_at is not None:
        if again_at > now:
            return
        message.next_attempt_at = None
        _once_more(session, case, message, now=now)
        return
    if message.endpoint_id is not None:
        _to_machine(session, case, message, now=now)
    elif message.identifier_id is not None:
        _to_person(session, case, message, now=now)
    else:
        _to_contact(session, case, message, now=now)


def _tell_if_missed(session: Session, message_id: UUID, *, case_id: UUID, now: datetime) -> None:
    case = locked_case(session, case_id)
    message = session.get_one(Message, message_id)
    if message.kind in _MISSED:
        _give_up(session, case, message, now=now)


def failed_lately(session: Session, *, now: datetime, limit: int = 200) -> list[UUID]:
    """Messages of the last day that failed and for which nothing followed: whoever was to `walk_on` was killed."""
    replacement, task = aliased(Message), aliased(Task)
    query = (
        select(Message.id)
        .where(
            Message.delivery.in_(_FAILED),
            Message.case_id.is_not(None),
            Message.kind.not_in(_NOT_MISSED),
            Message.next_attempt_at.is_(None),  # else it waits to go once more
            Message.created_at > now - timedelta(days=1),
            ~exists().where(replacement.replaces_id == Message.id),
            ~exists().where(task.message_id == Message.id),
        )
        .order_by(Message.created_at)
        .limit(limit)
    )
    return list(session.scalars(query))


def _once_more(session: Session, case: Case, message: Message, *, now: datetime) -> None:
    """The same words on the same way: a person's through the gate, which may have closed meanwhile."""
    if message.identifier_id is None:
        contact = session.get_one(DutyContact, message.contact_id)
        _repeat_to_contact(session, case, message, contact, message.channel, now=now)
        return
    identifier = session.get_one(Identifier, message.identifier_id)
    try:
        repeat_to_person(session, case, message, identifier, by=MACHINE, now=now)
    except ContactForbidden:
        _give_up_on_person(session, case, message, identifier, now=now)


def _to_person(session: Session, case: Case, message: Message, *, now: datetime) -> None:
    """WhatsApp, then its template, then SMS (or, from SMS, WhatsApp), then a human. What the first one said is said
    again; a template can only greet her, so that she writes and free words may go again."""
    identifier = session.get_one(Identifier, message.identifier_id)
    if message.error_code == OPTED_OUT:
        _heed_opt_out(session, case, identifier, now=now)
    if message.kind in _NOT_MISSED:
        return
    tried = _tried(session, message)
    first = tried[0]
    greets = _may_greet(session, message, tried)
    channel = Channel.WHATSAPP if greets else _another_channel(session, first, identifier, tried, now=now)
    if channel is None:
        _give_up_on_person(session, case, message, identifier, now=now)
        return
    try:
        send_to_person(
            session,
            case,
            kind=MessageKind.NEUTRAL_REPLY if greets else first.kind,
            purpose=first.purpose or Purpose.NOTICE,
            body=first.body if first.wording is None and not greets else None,
            wording="neutral_reply" if greets else first.wording,
            parameters=None if greets else first.parameters,
            language=first.language,
            to=(identifier, channel),
            replaces=message,
            by=MACHINE,
            now=now,
        )
    except ContactForbidden:
        _give_up_on_person(session, case, message, identifier, now=now)
        return
    if greets:
        # Her phone greets her; the officer's words are still unsaid, and the officer must know.
        _give_up(session, case, first, now=now)


def _tried(session: Session, message: Message) -> list[Message]:
    """This message and those that it took the place of, the first one first."""
    tried = [message]
    while tried[0].replaces_id is not None:
        tried.insert(0, session.get_one(Message, tried[0].replaces_id))
    return tried


def _may_greet(session: Session, message: Message, tried: list[Message]) -> bool:
    """True where WhatsApp refused free words for coming too late, and an approved greeting may open the talk again."""
    return (
        message.channel is Channel.WHATSAPP
        and message.error_code == OUTSIDE_WINDOW
        and message.wording is None
        and not any(one.content_sid for one in tried)
        and approved_template(session, "neutral_reply", message.language or "id") is not None
    )


def _another_channel(
    session: Session, first: Message, identifier: Identifier, tried: list[Message], *, now: datetime
) -> Channel | None:
    channel = other_way(
        first.channel,
        identifier.kind,
        country=country_of_number(identifier.value),
        reach=load_reach(),
        last_whatsapp=last_on_whatsapp(session, first),
        now=now,
    )
    return None if channel in {one.channel for one in tried} else channel


def _give_up_on_person(
    session: Session, case: Case, message: Message, identifier: Identifier, *, now: datetime
) -> None:
    """No message gets through. Where her plan allows a call an officer is asked to make it: no machine calls her."""
    plan = plan_of(session, identifier.person_id)
    may_call = narrowed(plan, ()).call is ContactPermission.ALLOWED and not plan.is_watched
    kind = TaskKind.CALL_PERSON if may_call and identifier.opted_out_at is None else TaskKind.MESSAGE_FAILED
    _give_up(session, case, message, kind=kind, now=now)


def _heed_opt_out(session: Session, case: Case, identifier: Identifier, *, now: datetime) -> None:
    """The provider says that STOP came from her number, which we never saw: it means what a STOP means, and somebody
    who may be in danger is asked after at once."""
    if not stop_contact(session, case, identifier, by=MACHINE, now=now):
        return
    end_questions(session, case.id, reason="stop", now=now)
    if case.is_open and case.urgency in _RING_AT:
        ring_for_duress(session, case, now=now)


def _to_contact(session: Session, case: Case, message: Message, *, now: datetime) -> None:
    contact = session.get_one(DutyContact, message.contact_id)
    has_email = contact.email is not None and message.kind in _BY_EMAIL
    is_page = message.kind is MessageKind.PAGE
    channel = next_way_to_contact(
        contact.channel,
        ways_tried(session, message),
        has_email=has_email,
        phone_ways=_WAYS_OF_A_PAGE if is_page else _WRITTEN_WAYS,
    )
    if channel is None:
        _give_up(session, case, message, now=now)
    if is_page and channel not in _WAYS_OF_A_PAGE and _phone_was_last(message):
        # An e-mail wakes nobody: it goes as well, but somebody else's phone rings at once.
        _ring_supervisors(session, case, message, now=now)
    if channel is not None:
        _repeat_to_contact(session, case, message, contact, channel, now=now)


def _repeat_to_contact(
    session: Session, case: Case, message: Message, contact: DutyContact, channel: Channel, *, now: datetime
) -> None:
    act = Act()
    row: dict[str, Any] = outgoing_row(
        case_id=case.id,
        kind=message.kind,
        channel=channel,
        now=now,
        contact_id=contact.id,
        wording=message.wording or "",
        parameters=message.parameters or {},
        language=message.language or "id",
    )
    act.add(Message, row | {"replaces_id": message.id})
    act.send(contact.id, row["id"], priority=priority_of(message.kind, parameters=message.parameters))
    act.write(session)
    data = {"message": str(row["id"]), "replaces": str(message.id), "channel": channel.value}
    record_event(session, case, EventKind.MESSAGE_REPEATED, by=MACHINE, now=now, data=data)
    touch(case, now=now)


def _to_machine(session: Session, case: Case, message: Message, *, now: datetime) -> None:
    """An agency's machine has one way. One that says it is gone for good is closed, and somebody must call them."""
    if message.error_code != _GONE:
        _give_up(session, case, message, now=now)
        return
    endpoint = session.get_one(PartnerEndpoint, message.endpoint_id, with_for_update=NO_KEY_UPDATE)
    close_endpoint(session, endpoint, because=GONE, now=now)
    open_task(session, case, TaskKind.ENDPOINT_GONE, message_id=message.id, by=MACHINE, now=now)


def _ring_supervisors(session: Session, case: Case, message: Message, *, now: datetime) -> None:
    page = session.scalar(select(Page).where(Page.id == UUID(str((message.parameters or {})["page"]))))
    rooms = session.scalars(select(Agency.id).where(Agency.kind == AgencyKind.DUTY_ROOM, Agency.active)).all()
    contacts = contacts_of_agencies(session, rooms)
    called: list[OnCall] = [
        one
        for room in rooms
        for one in contacts.of_agency(room, SUPERVISOR_LEVEL)
        if one.id != message.contact_id
    ]
    session.flush()
    act = Act()
    log = CaseLog(case.id, count=case.event_count, last_hash=case.last_event_hash)
    for contact in called:
        add_page(
            act,
            contact,
            page.kind if page else PageKind.NEW_CASE,
            case_id=case.id,
            reference=case.reference,
            urgency=Urgency(case.urgency),
            now=now,
            clock_id=page.clock_id if page else None,
        )
        log.add(EventKind.PAGED, by=MACHINE, now=now, data={"contact": str(contact.id)})
    if not called:
        log.add(EventKind.NOBODY_TO_PAGE, by=MACHINE, now=now)
    act.rows[Event].extend(log.rows)
    case.event_count, case.last_event_hash = log.count, log.last_hash
    act.write(session)


def _give_up(
    session: Session,
    case: Case,
    message: Message,
    *,
    now: datetime,
    kind: TaskKind = TaskKind.MESSAGE_FAILED,
) -> None:
    """No way is left: a human is asked."""
    opened = open_task(session, case, kind, message_id=message.id, by=MACHINE, now=now)
    if opened:
        data = {"message": str(message.id), "code": message.error_code}
        record_event(session, case, EventKind.MESSAGE_FAILED, by=MACHINE, now=now, data=data)


def ways_tried(session: Session, message: Message) -> set[Channel]:
    """The channels of a message and of those whose place it took."""
    tried = {message.channel}
    while message.replaces_id is not None:
        message = session.get_one(Message, message.replaces_id)
        tried.add(message.channel)
    return tried


def _phone_was_last(message: Message) -> bool:
    """True for the last way by phone, and for an e-mail to somebody who has none: then nobody was rung yet."""
    return message.channel in _WAYS_OF_A_PAGE or message.replaces_id is None


def _is_replaced(session: Session, message: Message) -> bool:
    return session.scalar(select(Message.id).where(Message.replaces_id == message.id)) is not None
