"""What people on duty write back: a code acknowledges a page; other words join the case they were asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.database import insert_together
from cases.jobs import Delivery, defer_deliveries
from cases.models import DutyContact, Message
from cases.queries.find_case import locked_case
from cases.services.attachments import Media
from cases.services.event_log import record_event, touch
from cases.services.outbox import outgoing_row
from cases.vocabulary import Actor, ActorKind, Direction, EventKind, MessageKind
from escalation.services.acknowledge import BY_CODE, acknowledge_page, in_case_order, page_by_code
from escalation.services.act import Act

_CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")
# After a week, words from a duty phone are no answer to what was asked.
_ANSWER_WINDOW = timedelta(days=7)
# A message that carried several pages names three of them; more codes than this are nobody's answer.
MOST_CODES = 10


def take_command(
    session: Session,
    message: dict[str, Any],
    *,
    contact_id: UUID,
    media: Sequence[Media] = (),
    now: datetime,
) -> bool:
    """Handle a message from a duty contact's number and store its row.

    The six-digit codes of their open pages acknowledge them, and are answered. Other words are stored with
    the case they were last asked about. False, with nothing written, when there is none: then whoever holds
    the phone is treated as a caller, because a report must not be lost.
    """
    by = Actor(ActorKind.AGENCY, contact_id=contact_id)
    pages = {
        page_id: None
        for code in _CODE.findall(message["body"])[:MOST_CODES]
        if (page_id := page_by_code(session, contact_id, code)) is not None
    }
    if pages:
        # In one order for everybody, because each locks its case.
        cases = {
            id_: acknowledge_page(session, id_, by=by, via=BY_CODE, now=now)
            for id_ in in_case_order(session, pages)
        }
        first = cases[next(iter(pages))]
        message["case_id"] = first.id
        _store(session, message, media)
        references = dict.fromkeys(cases[id_].reference for id_ in pages)
        _answer(session, message, "command_done", reference=", ".join(references), now=now)
        return True
    case_id = _asked_about(session, contact_id, now=now)
    if case_id is None:
        return False
    case = locked_case(session, case_id)
    message["case_id"] = case.id
    _store(session, message, media)
    data = {"message": str(message["id"]), "contact": str(contact_id)}
    record_event(session, case, EventKind.MESSAGE_RECEIVED, by=by, now=now, data=data)
    touch(case, now=now)
    # Only bare digits are answered: an auto-responder that quotes numbers must not make us talk for ever.
    if _CODE.fullmatch(message["body"].strip()):
        _answer(session, message, "command_unknown", reference=case.reference, now=now)
    return True


def _asked_about(session: Session, contact_id: UUID, *, now: datetime) -> UUID | None:
    return session.scalar(
        select(Message.case_id)
        .where(
            Message.contact_id == contact_id,
            Message.direction == Direction.OUT,
            Message.case_id.is_not(None),
            Message.created_at > now - _ANSWER_WINDOW,
        )
        .order_by(Message.created_at.desc())
        .limit(1)
    )


def _store(session: Session, message: dict[str, Any], media: Sequence[Media]) -> None:
    session.flush()
    act = Act()
    act.add(Message, message)
    act.attach(message, media)
    act.write(session)


def _answer(
    session: Session, message: dict[str, Any], wording: str, *, reference: str, now: datetime
) -> None:
    contact = session.get_one(DutyContact, message["contact_id"])
    row = outgoing_row(
        case_id=message["case_id"],
        kind=MessageKind.COMMAND_ANSWER,
        channel=contact.channel,
        now=now,
        contact_id=contact.id,
        wording=wording,
        parameters={"reference": reference},
        language=contact.language,
    )
    insert_together(session, {Message: [row]})
    defer_deliveries(session, [Delivery(contact.id, (row["id"],))])
