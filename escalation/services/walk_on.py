"""A message that failed takes the next way: another channel, then another person. Never silence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from cases.errors import ContactForbidden
from cases.models import Agency, Case, DutyContact, Event, Identifier, Message, PartnerEndpoint, Task
from cases.queries.find_case import locked_case
from cases.rules.phone_numbers import country_of_number
from cases.rules.reach import next_way_to_contact, other_way
from cases.services.event_log import CaseLog, record_event, touch
from cases.services.opt_out import stop_contact
from cases.services.outbox import OPTED_OUT, last_on_whatsapp, outgoing_row
from cases.services.partner_endpoints import GONE, close_endpoint
from cases.services.questioning import end_questions
from cases.services.send_to_person import send_to_person
from cases.services.tasks import open_task
from cases.vocabulary import (
    MACHINE,
    WRITABLE_CHANNELS,
    AgencyKind,
    Channel,
    Delivery,
    EventKind,
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

_FAILED = frozenset({Delivery.FAILED, Delivery.UNDELIVERED})
# HTTP's word of a machine for "never again".
_GONE = 410
# An answer to a command is of no use in a mailbox.
_BY_EMAIL = frozenset({MessageKind.PAGE, MessageKind.REFERRAL})
# The same news wakes nobody for a question about a passport: there it is a task.
_RING_AT = frozenset({Urgency.U1, Urgency.U2})


def walk_on(session: Session, message_id: UUID, *, now: datetime) -> None:
    """Find another way for a message that ended without arriving; in the caller's transaction, and only once.

    To a person: the other channel of her number, through the gate; else a task. To a duty contact: the other
    channel of their phone, then e-mail; when the phone has failed a page rings the supervisors of the duty room,
    and when all has failed a task stays with the case.
    """
    found = session.execute(
        select(Message.case_id, Message.delivery).where(Message.id == message_id)
    ).one_or_none()
    if found is None or found.case_id is None or found.delivery not in _FAILED:
        return
    case = locked_case(session, found.case_id)
    message = session.get_one(Message, message_id, with_for_update=True, populate_existing=True)
    if message.delivery not in _FAILED or _is_replaced(session, message):
        return
    if message.endpoint_id is not None:
        _to_machine(session, case, message, now=now)
    elif message.identifier_id is not None:
        _to_person(session, case, message, now=now)
    else:
        _to_contact(session, case, message, now=now)


def failed_lately(session: Session, *, now: datetime, limit: int = 200) -> list[UUID]:
    """Messages of the last day that failed and for which nothing followed: whoever was to `walk_on` was killed."""
    replacement, task = aliased(Message), aliased(Task)
    query = (
        select(Message.id)
        .where(
            Message.delivery.in_(_FAILED),
            Message.case_id.is_not(None),
            Message.created_at > now - timedelta(days=1),
            ~exists().where(replacement.replaces_id == Message.id),
            ~exists().where(task.message_id == Message.id),
        )
        .order_by(Message.created_at)
        .limit(limit)
    )
    return list(session.scalars(query))


def _to_person(session: Session, case: Case, message: Message, *, now: datetime) -> None:
    identifier = session.get_one(Identifier, message.identifier_id)
    if message.error_code == OPTED_OUT:
        _heed_opt_out(session, case, identifier, now=now)
    channel = None
    if message.replaces_id is None:
        channel = other_way(
            message.channel,
            identifier.kind,
            country=country_of_number(identifier.value),
            reach=load_reach(),
            last_whatsapp=last_on_whatsapp(session, message),
            now=now,
        )
    if channel is None:
        _give_up(session, case, message, now=now)
        return
    try:
        send_to_person(
            session,
            case,
            kind=message.kind,
            purpose=message.purpose or Purpose.NOTICE,
            body=message.body if message.wording is None else None,
            wording=message.wording,
            parameters=message.parameters,
            language=message.language,
            to=(identifier, channel),
            replaces=message,
            by=MACHINE,
            now=now,
        )
    except ContactForbidden:
        _give_up(session, case, message, now=now)


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
    channel = next_way_to_contact(contact.channel, ways_tried(session, message), has_email=has_email)
    if channel is None:
        _give_up(session, case, message, now=now)
    if message.kind is MessageKind.PAGE and channel not in WRITABLE_CHANNELS and _phone_was_last(message):
        # An e-mail wakes nobody: it goes as well, but somebody else's phone rings at once.
        _ring_supervisors(session, case, message, now=now)
    if channel is None:
        return
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
    act.send(contact.id, row["id"], urgent=True)
    act.write(session)
    data = {"message": str(row["id"]), "replaces": str(message.id), "channel": channel.value}
    record_event(session, case, EventKind.MESSAGE_REPEATED, by=MACHINE, now=now, data=data)
    touch(case, now=now)


def _to_machine(session: Session, case: Case, message: Message, *, now: datetime) -> None:
    """An agency's machine has one way. One that says it is gone for good is closed, and somebody must call them."""
    if message.error_code != _GONE:
        _give_up(session, case, message, now=now)
        return
    endpoint = session.get_one(PartnerEndpoint, message.endpoint_id, with_for_update=True)
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


def _give_up(session: Session, case: Case, message: Message, *, now: datetime) -> None:
    """No way is left: a human is asked."""
    opened = open_task(session, case, TaskKind.MESSAGE_FAILED, message_id=message.id, by=MACHINE, now=now)
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
    return message.channel in WRITABLE_CHANNELS or message.replaces_id is None


def _is_replaced(session: Session, message: Message) -> bool:
    return session.scalar(select(Message.id).where(Message.replaces_id == message.id)) is not None
