"""A word just before WhatsApp's window closes on somebody whose answer an officer waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Exists, exists, func, select
from sqlalchemy.orm import Session, aliased

from cases.models import Case, Identifier, Message
from cases.queries.find_case import locked_case
from cases.services.send_to_person import judge, send_to_person
from cases.vocabulary import (
    MACHINE,
    CaseStatus,
    Channel,
    Delivery,
    Direction,
    MessageKind,
    Purpose,
)

# After she last wrote; it must still be handed over before `rules.reach.WHATSAPP_WINDOW` ends.
NUDGE_FROM, NUDGE_UNTIL = timedelta(hours=22, minutes=50), timedelta(hours=23, minutes=20)
_UNHEARD = (Delivery.HELD, Delivery.FAILED, Delivery.UNDELIVERED, Delivery.CANCELLED)


@dataclass(frozen=True, slots=True)
class Closing:
    """A talk by WhatsApp whose window is about to close."""

    case_id: UUID
    identifier_id: UUID


def closing_windows(session: Session, *, now: datetime) -> Sequence[Closing]:
    """The talks in which she last wrote almost a day ago, an officer has written since, and no nudge has gone."""
    last = (
        select(
            Message.case_id.label("case_id"),
            Message.identifier_id.label("identifier_id"),
            func.max(Message.created_at).label("at"),
        )
        .join(Case, Case.id == Message.case_id)
        .where(
            Case.status != CaseStatus.CLOSED,
            Case.last_message_at > now - NUDGE_UNTIL,
            Message.direction == Direction.IN,
            Message.channel == Channel.WHATSAPP,
            Message.identifier_id.is_not(None),
            Message.created_at > now - timedelta(days=2),
        )
        .group_by(Message.case_id, Message.identifier_id)
        .subquery()
    )
    since = aliased(Message)

    def said(*what: ColumnElement[bool]) -> Exists:
        return exists().where(
            since.case_id == last.c.case_id,
            since.identifier_id == last.c.identifier_id,
            since.direction == Direction.OUT,
            since.created_at > last.c.at,
            *what,
        )

    query = select(last.c.case_id, last.c.identifier_id).where(
        last.c.at > now - NUDGE_UNTIL,
        last.c.at <= now - NUDGE_FROM,
        said(since.purpose == Purpose.REPLY, since.delivery.not_in(_UNHEARD)),
        ~said(since.kind == MessageKind.NUDGE),
    )
    return [Closing(case_id, identifier_id) for case_id, identifier_id in session.execute(query)]


def nudge(session: Session, closing: Closing, *, now: datetime) -> bool:
    """Write one neutral sentence, if her contact plan lets the machine write now; once in a window.

    False when the plan does not: then nothing is written, and nobody is asked. It is not worth a risk.
    """
    case = locked_case(session, closing.case_id)
    if closing not in closing_windows(session, now=now):
        return False
    identifier = session.get_one(Identifier, closing.identifier_id)
    verdict = judge(session, identifier, Channel.WHATSAPP, purpose=Purpose.NOTICE, body=None, now=now)
    if identifier.ended_at is not None or verdict.reason is not None:
        return False
    send_to_person(
        session,
        case,
        kind=MessageKind.NUDGE,
        purpose=Purpose.NOTICE,
        wording="nudge",
        to=(identifier, Channel.WHATSAPP),
        by=MACHINE,
        now=now,
    )
    return True
